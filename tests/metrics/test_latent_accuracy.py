from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from mopoe import ModelOutput, MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.metrics import latent_accuracy

NAMES = ("a", "b")


class Sees(nn.Module):
    """Latents are the first two entries, with a variance of one."""

    def forward(self, x: torch.Tensor) -> ModelOutput:
        return ModelOutput(embedding=x[:, :2], log_covariance=torch.zeros_like(x[:, :2]))


class Blind(nn.Module):
    """Latents that know nothing."""

    def forward(self, x: torch.Tensor) -> ModelOutput:
        return ModelOutput(embedding=0 * x[:, :2], log_covariance=torch.zeros_like(x[:, :2]))


def make_model(subsets: str = "mopoe") -> MoPoE:
    config = MoPoEConfig(2, 2, dict.fromkeys(NAMES, (3,)), subsets=subsets, prior_expert="none")
    return MoPoE(config, {"a": Sees(), "b": Blind()})


def corners(n: int, seed: int, noise: float) -> MultimodalBaseDataset:
    """Four labels at the corners of a square, with noise around them."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 4
    corner = torch.stack([labels // 2 * 2.0 - 1, labels % 2 * 2.0 - 1, torch.zeros(n)], 1)
    x = corner + noise * torch.randn(n, 3, generator=generator)
    return MultimodalBaseDataset({"a": x, "b": x}, labels)


def test_it_is_bayes_accuracy_where_a_line_is_best() -> None:
    noise = 0.8
    found = latent_accuracy(
        make_model(), corners(6000, 0, noise), corners(6000, 1, noise), n_labelled=4000, n_draws=2, seed=0
    )
    one_side = 0.5 * (1 + math.erf(1 / noise / 2**0.5))
    assert found.accuracy["a",].value == pytest.approx(one_side**2, abs=0.025)
    assert found.accuracy["b",].value == pytest.approx(0.25, abs=0.03)
    assert found.by_observed[1].value == pytest.approx((one_side**2 + 0.25) / 2, abs=0.02)
    assert list(found.by_observed) == [1, 2]
    page = found._repr_html_()
    assert "4000 labelled" in page and f"{found.by_observed[2].value:.3f}" in page


def test_a_mixture_reads_one_expert_at_a_time() -> None:
    data = corners(4000, 0, 0.1), corners(4000, 1, 0.1)
    product = latent_accuracy(make_model(), *data, n_labelled=1000, n_draws=2, seed=0, subsets=[NAMES])
    mixture = latent_accuracy(
        make_model("moe"), *data, n_labelled=1000, n_draws=2, seed=0, subsets=[NAMES], posterior="mixture"
    )
    assert product.by_observed[2].value == 1
    # Half of the time the blind one is asked, and then one of four guesses is right.
    assert mixture.by_observed[2].value == pytest.approx(0.5 + 0.5 / 4, abs=0.05)


def test_the_error_is_that_of_other_labels_and_other_test_samples() -> None:
    """Repeated with new data all through, estimates scatter as their standard errors say."""
    model = make_model()
    found = [
        latent_accuracy(
            model,
            corners(400, 2 * i, 1.0),
            corners(300, 2 * i + 1, 1.0),
            n_labelled=40,
            n_draws=3,
            seed=i,
            subsets=[("a",)],
        ).by_observed[1]
        for i in range(60)
    ]
    means = torch.tensor([one.value for one in found])
    told = sum(one.standard_error for one in found) / len(found)
    assert told == pytest.approx(float(means.std()), rel=0.4)


def test_seeds_and_random_state() -> None:
    model, train, test = make_model(), corners(200, 0, 1.0), corners(100, 1, 1.0)
    before = torch.get_rng_state()
    first, again, other = (
        latent_accuracy(model, train, test, n_labelled=20, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again != other
    assert torch.equal(torch.get_rng_state(), before)


def test_what_cannot_be_read_is_refused() -> None:
    model, data = make_model(), corners(40, 0, 1.0)
    one_label = MultimodalBaseDataset(data.data, torch.zeros(40, dtype=torch.long))
    cases = [
        ({"n_draws": 1}, data, "n_draws: expected at least 2"),
        ({"n_labelled": 41}, data, "n_labelled: expected 2 to 40, the training samples, got 41"),
        ({"n_labelled": 1}, data, "n_labelled: expected 2 to 40"),
        ({"n_labelled": 10}, one_label, "train: expected two labels and more"),
        ({"n_labelled": 10}, MultimodalBaseDataset(data.data), "train: expected data with labels"),
        ({"n_labelled": 10, "posterior": "x"}, data, "posterior: expected one of"),
    ]
    for options, train, message in cases:
        with pytest.raises(ValueError, match=message):
            latent_accuracy(model, train, data, seed=0, **options)
