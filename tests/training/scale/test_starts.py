"""Decoders of counts start at the rates of the data, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from mopoe import IncompleteDataset, MultimodalBaseDataset
from mopoe.likelihoods import make_likelihood
from mopoe.networks import MLPDecoder
from workbench.datasets import Splits
from workbench.training import build_model

WORDS = ("poisson", "negative_binomial", "zero_inflated_negative_binomial")
PREDICTED = {"inverse_dispersion": "predicted"}


def counts(n: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Counts of a few, of hundreds and of nothing in samples of other sizes; and those sizes."""
    generator = torch.Generator().manual_seed(seed)
    sizes = torch.rand(n, generator=generator) + 0.2
    return torch.poisson(sizes[:, None] * torch.tensor([2.0, 300.0, 0.0]), generator=generator), sizes


@pytest.mark.parametrize("sized", [True, False])
def test_the_start_is_where_counts_are_most_probable_but_for_half_a_count(sized: bool) -> None:
    x, sizes = counts(40)
    seen = torch.rand(x.shape, generator=torch.Generator().manual_seed(1)) > 0.4
    likelihood = make_likelihood("poisson", {}, "rna", (3,))
    found = likelihood.start(x.where(seen, torch.nan), seen, sizes if sized else None)
    assert found is not None
    log_rate = found.double().requires_grad_()
    recon = log_rate.expand(40, 3)
    recon = likelihood.with_size(recon, sizes.double()[:, None]) if sized else recon
    (slope,) = torch.autograd.grad(likelihood.total(recon, x.double(), seen).sum(), log_rate)
    torch.testing.assert_close(slope, torch.full_like(slope, -0.5), atol=1e-3, rtol=0)


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("params", [{}, PREDICTED])
def test_only_rates_start_elsewhere_than_at_zero(word: str, params: dict[str, Any]) -> None:
    if word == "poisson" and params:
        return
    x, _ = counts(40)
    likelihood = make_likelihood(word, params, "rna", (3,))
    start = likelihood.start(x)
    assert start is not None and start.shape == likelihood.recon_dims((3,)) and start.dtype == torch.float32
    rates = start if start.ndim == 1 else start[:, 0]
    torch.testing.assert_close(rates, ((x.sum(0) + 0.5) / 40).log())
    assert start.ndim == 1 or not start[:, 1:].any()


def test_entries_that_nobody_shows_start_at_zero() -> None:
    x, _ = counts(5)
    seen = torch.tensor([True, True, False]).expand(5, 3)
    start = make_likelihood("poisson", {}, "rna", (3,)).start(x, seen)
    assert start is not None and start[2] == 0 and start[1] > 5


def test_columns_of_counts_start_at_their_rates_in_the_order_of_the_groups() -> None:
    table = torch.tensor([[1.0, 700.0, 2.0], [0.0, 900.0, -2.0]])
    parts: list[dict[str, Any]] = [
        {"columns": 2, "likelihood": "normal", "scale": "predicted"},
        {"columns": 1, "likelihood": "negative_binomial", **PREDICTED},
        {"columns": 0, "likelihood": "categorical", "n_classes": 3},
    ]
    likelihood = make_likelihood("mixed", {"parts": parts}, "table", (3,))
    expected = [0, 0, float(torch.tensor(1600.5 / 2).log()), 0, 0, 0, 0]
    torch.testing.assert_close(likelihood.start(table), torch.tensor(expected))
    numbers = make_likelihood("mixed", {"parts": [{"columns": [0, 1, 2], "likelihood": "normal"}]}, "t", (3,))
    assert numbers.start(table) is None


@pytest.mark.parametrize("word", WORDS)
def test_a_fresh_model_of_counts_starts_at_their_rates_and_is_otherwise_what_it_was(
    word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, sizes = counts(60)
    x[5], x[0, 1] = torch.nan, torch.nan
    real = torch.randn(60, 2, generator=torch.Generator().manual_seed(2))
    data = IncompleteDataset({"rna": x, "real": real}, missing="nan", size_factors={"rna": sizes})
    splits = Splits(data, data[:5], data[:5], decoders_dist={"rna": word})
    started = build_model(splits, latent_dim=2)
    seen = ~x[:, 1].isnan()
    rate = float(x[seen, 1].sum() / sizes[seen].sum())
    # Half of the counts are lost as long as nothing is known of their share.
    rate = rate / 2 if word.startswith("zero") else rate
    assert 0.5 * rate < float(started.decode(torch.zeros(1, 2), "rna").rna[0, 1]) < 2 * rate

    own = build_model(
        splits, latent_dim=2, decoders={"rna": MLPDecoder((3, 2)[: 1 + word.startswith("zero")], 2)}
    )
    assert float(own.decoders["rna"].layers[-1].bias.detach().abs().max()) < 1
    monkeypatch.setattr("workbench.training.build.start_decoders", lambda *_: None)
    fresh = dict(build_model(splits, latent_dim=2).named_parameters())
    changed = [name for name, weight in started.named_parameters() if not torch.equal(weight, fresh[name])]
    assert changed == ["decoders.rna.layers.2.bias"]


def test_data_on_the_unit_scale_leave_the_decoders_as_they_were() -> None:
    x, flags = torch.randn(20, 3), (torch.rand(20, 4) > 0.5).float()
    data = MultimodalBaseDataset({"x": x, "flags": flags})
    splits = Splits(data, data, data, decoders_dist={"flags": "bernoulli"})
    for name in data.modalities:
        likelihood = build_model(splits).likelihoods[name]
        assert likelihood.start(data.data[name]) is None


@pytest.mark.parametrize("stray", [-300.0, torch.inf])
def test_what_are_no_counts_is_refused_and_makes_no_weights(stray: float) -> None:
    x, _ = counts(40)
    x[3, 2] = stray
    data = MultimodalBaseDataset({"rna": x})
    with pytest.raises(ValueError, match="modality 'rna': expected counts for poisson"):
        build_model(Splits(data, data, data, {"rna": "poisson"}))
