"""Missing modalities: what stands under a missing entry never matters, nor do the networks it would pass."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import LogNormal

from mopoe import IncompleteDataset, ModelOutput, MoPoE, MoPoEConfig
from tests.mopoe.likelihoods.examples import WORDS, settings

STYLES = {"a": 1, "b": 2, "c": 3}


def filled(data: dict[str, Tensor], masks: dict[str, Tensor], value: float) -> dict[str, Tensor]:
    return {
        name: torch.where(masks[name].reshape(-1, *[1] * (x.ndim - 1)), x, value) for name, x in data.items()
    }


@pytest.mark.parametrize("junk", [math.nan, math.inf, -math.inf, 1e30, 0.0, 7.0])
@pytest.mark.parametrize("kind", WORDS)
@pytest.mark.parametrize("private", [False, True])
def test_the_value_under_a_missing_entry_changes_no_bit(
    run: Callable[..., Any],
    private: bool,
    kind: str,
    junk: float,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model = small_model(
        **settings(kind),
        modalities_specific_dim=STYLES if private else None,
        dtype=torch.float32,
    )
    data = support_data(kind, dtype=torch.float32)
    loss, gradients, posteriors = run(model, IncompleteDataset(data, some_masks))
    other = IncompleteDataset(filled(data, some_masks, junk), some_masks)
    other_loss, other_gradients, other_posteriors = run(model, other)
    assert bool(torch.isfinite(loss))
    assert torch.equal(loss, other_loss)
    assert all(torch.equal(g, h) for g, h in zip(gradients, other_gradients, strict=True))
    for key in ("mus", "logvars", "weights"):
        assert torch.equal(posteriors[key], other_posteriors[key])
    for inputs in (data, other.data):
        z = [
            model.encode(
                IncompleteDataset(inputs, some_masks),
                N=3,
                ignore_incomplete=True,
                generator=torch.Generator().manual_seed(0),
            )
        ]
        nll = model.compute_joint_nll(
            IncompleteDataset(inputs, some_masks), K=20, generator=torch.Generator().manual_seed(0)
        )
        if inputs is data:
            first_z, first_nll = z, nll
    assert torch.equal(first_z[0].z, z[0].z)
    assert torch.equal(first_nll, nll)


def test_batch_statistics_do_not_see_what_stands_under_a_missing_entry(
    run: Callable[..., Any], some_masks: dict[str, Tensor]
) -> None:
    class Normalising(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm, self.head = nn.BatchNorm1d(3), nn.Linear(3, 4)

        def forward(self, x: Tensor) -> ModelOutput:
            mu, logvar = self.head(self.norm(x)).chunk(2, -1)
            return ModelOutput(embedding=mu, log_covariance=logvar)

    torch.manual_seed(0)
    model = MoPoE(
        MoPoEConfig(3, latent_dim=2, input_dims=dict.fromkeys("abc", (3,))), {m: Normalising() for m in "abc"}
    )
    data = {m: torch.randn(5, 3) for m in "abc"}
    losses, gradients, _ = zip(
        *(run(model, IncompleteDataset(filled(data, some_masks, v), some_masks)) for v in (0.0, math.nan)),
        strict=True,
    )
    assert torch.equal(*losses)
    assert all(torch.equal(g, h) for g, h in zip(*gradients, strict=True))


@pytest.mark.parametrize("private", [False, True])
def test_terms_of_a_modality_are_means_over_the_samples_that_have_it(
    private: bool, small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    """By a model that sees those samples alone, with the same noise: what others lack does not thin it out."""
    model = small_model(modalities_specific_dim=STYLES if private else None, subsets="moe")
    data, n = support_data(length=40), 10
    having = torch.arange(40) < n
    everywhere = torch.ones(40, dtype=torch.bool)
    inputs = IncompleteDataset(data, {"a": having, "b": everywhere, "c": everywhere})
    noise = model.draw_noise(inputs, torch.Generator().manual_seed(0))
    whole, some = model(inputs, noise=noise), model(inputs[:n], noise=noise.rows(0, n))
    terms = ["recon_a", "style_divergence_a"] if private else ["recon_a"]
    for term in terms:
        torch.testing.assert_close(whole.metrics[term], some.metrics[term], rtol=1e-12, atol=0)
    assert [float(whole.metrics[f"share_{m}"]) for m in "abc"] == [0.25, 1.0, 1.0]
    assert [float(some.metrics[f"share_{m}"]) for m in "abc"] == [1.0, 1.0, 1.0]


def test_who_shows_some_entries_has_the_modality(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    """b of shape (2, 2): one sample shows one number of it, one all, three none."""
    model, data = small_model(subsets="moe"), support_data()
    entries = torch.zeros(5, 2, 2, dtype=torch.bool)
    entries[1, 0, 1], entries[3] = True, True
    everywhere = torch.ones(5, dtype=torch.bool)
    inputs = IncompleteDataset(data, {"a": everywhere, "b": entries, "c": everywhere})
    noise = model.draw_noise(inputs, torch.Generator().manual_seed(0))
    terms = model(inputs, noise=noise).metrics
    assert terms.share_b.item() == pytest.approx(2 / 5)
    single = [model(inputs[i : i + 1], noise=noise.rows(i, i + 1)).metrics.recon_b for i in (1, 3)]
    torch.testing.assert_close(terms.recon_b, sum(single) / 2, rtol=1e-12, atol=0)


@pytest.mark.parametrize("private", [False, True])
def test_a_modality_that_nobody_has_counts_nothing(
    private: bool, small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model = small_model(modalities_specific_dim=STYLES if private else None)
    seen = torch.ones(5, dtype=torch.bool)
    output = model(IncompleteDataset(support_data(), {"a": seen, "b": ~seen, "c": seen}))
    terms = ["recon_b", "share_b", *(["style_divergence_b"] if private else [])]
    assert all(output.metrics[term].item() == 0 for term in terms)
    assert all(bool(value.isfinite()) for value in output.metrics.values())


@pytest.mark.parametrize("private", [False, True])
def test_networks_of_a_modality_missing_everywhere_get_a_gradient_of_exactly_zero(
    run: Callable[..., Any],
    private: bool,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
) -> None:
    model = small_model(modalities_specific_dim=STYLES if private else None)
    data = support_data()
    data["b"] = torch.full_like(data["b"], math.nan)
    seen = torch.ones(5, dtype=torch.bool)
    loss, _, _ = run(model, IncompleteDataset(data, {"a": seen, "b": ~seen, "c": seen}))
    assert bool(torch.isfinite(loss))
    for part in (model.encoders, model.decoders):
        for name, network in part.items():
            sizes = [float(p.grad.abs().max()) for p in network.parameters()]
            assert sizes == [0.0] * len(sizes) if name == "b" else min(sizes) > 0


def test_a_likelihood_that_is_infinite_at_zero_stays_harmless_where_its_modality_is_missing_everywhere(
    run: Callable[..., Any], small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model = small_model(
        decoders_dist={"b": lambda recon, target: LogNormal(recon, 1.0, validate_args=False).log_prob(target)}
    )
    seen = torch.ones(5, dtype=torch.bool)
    loss, gradients, _ = run(model, IncompleteDataset(support_data(), {"a": seen, "b": ~seen, "c": seen}))
    assert bool(torch.isfinite(loss))
    assert all(bool(torch.isfinite(g).all()) for g in gradients)
