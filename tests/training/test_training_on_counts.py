"""Counts with losses, of samples of different sizes and some missing, trained together with tokens and grades."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from workbench.datasets import MultimodalDataset, Splits
from workbench.training import TrainConfig, fit
from workbench.training.build import build_model

GENES, WORDS = 12, 400


def made(n: int, seed: int, sized: bool = True) -> tuple[MultimodalDataset, Tensor]:
    """Data of two latents and what counts are expected: the size of a sample is known, not computed from counts."""
    generator = torch.Generator().manual_seed(seed)
    loads = torch.linspace(-1, 1, 2 * GENES).reshape(2, GENES).sin() * 1.2
    z = torch.randn(n, 2, generator=generator)
    sizes = torch.exp(1.2 * torch.randn(n, generator=generator))
    rate = sizes[:, None] * torch.exp(1 + z @ loads)
    # Negative binomial of inverse dispersion 4, of which one in five is lost.
    gamma = torch.distributions.Gamma(4.0, 4.0)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        spread = gamma.sample(rate.shape)
    counts = torch.poisson(rate * spread, generator=generator)
    counts = counts * (torch.rand(counts.shape, generator=generator) > 0.2)
    seen = torch.rand(n, generator=generator) > 0.1
    counts[~seen], given = torch.nan, sizes.where(seen, torch.nan)
    tokens = 100 * torch.arange(4) + 5 + (2 * z[:, :1]).round().clamp(-3, 3).long()
    lengths = torch.randint(1, 5, (n, 1), generator=generator)
    data = {
        "rna": counts,
        "words": tokens.where(torch.arange(4) < lengths, 0),
        "grade": (z @ torch.tensor([[1.0], [1.0]]) + 2).round().clamp(0, 4),
    }
    dataset = MultimodalDataset(data, missing="nan", size_factors={"rna": given} if sized else None)
    return dataset, 0.8 * rate


def splits(sized: bool) -> Splits:
    parts = [made(n, seed, sized)[0] for n, seed in ((400, 0), (100, 1), (100, 2))]
    return Splits(
        *parts,
        decoders_dist={
            "rna": "zero_inflated_negative_binomial",
            "words": "categorical",
            "grade": "ordinal",
        },
        decoder_dist_params={
            "rna": {"inverse_dispersion": "learned_per_entry"},
            "words": {"n_classes": WORDS, "padding": 0},
            "grade": {"n_levels": 5},
        },
    )


@pytest.mark.filterwarnings("ignore:.*not to be believed")
def test_counts_tokens_and_grades_are_learned_together() -> None:
    nll, agreement = {}, {}
    for sized in (True, False):
        data = splits(sized)
        model = build_model(data, latent_dim=2, seed=1)
        assert model.network_names["decoders"] == {"rna": "mlp256", "words": "text1d", "grade": "mlp256"}
        before = {name: p.detach().clone() for name, p in model.likelihoods.named_parameters()}
        settings = TrainConfig(epochs=6, batch_size=32, device="cpu", progress=False)
        losses = fit(model, data.train, data.validation, settings).history["validation"]["loss"]
        assert losses[-1] < losses[0] - 3
        assert all(not torch.equal(p, before[name]) for name, p in model.likelihoods.named_parameters())
        generator = torch.Generator().manual_seed(0)
        nll[sized] = model.estimate_nll(data.test, K=100, generator=generator)
        assert bool(torch.isfinite(nll[sized].nll).all())
        _, expected = made(100, 2)
        found = model.predict(data.test, ["words", "grade"], "rna", return_mean=True).rna
        assert found.shape == expected.shape and bool(torch.isfinite(found).all())
        seen = data.test.masks["rna"]
        logs = torch.stack([found[seen].log().flatten(), expected[seen].log().flatten()])
        agreement[sized] = float(torch.corrcoef(logs)[0, 1])
    assert (nll[False] - nll[True]).mean().interval()[0] > 0
    assert agreement[True] > 0.7 > 0.5 > agreement[False]
