"""Noise that is drawn beforehand: the same loss, and parts of a batch that add up to it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig

STYLES = {"a": 1, "b": 2, "c": 1}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def inputs(missing: bool, support_data: Any, some_masks: Any) -> Any:
    data = support_data()
    return IncompleteDataset(data, some_masks) if missing else data


@pytest.mark.parametrize("subsets", ["mopoe", "moe", "sampled"])
@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
@given(cut=st.integers(1, 4), seed=st.integers(0, 100))
@settings(max_examples=10, deadline=None)
def test_parts_of_a_batch_add_up_to_the_whole(
    subsets: str, missing: bool, cut: int, seed: int, small_model: Any, support_data: Any, some_masks: Any
) -> None:
    model = small_model(subsets=subsets, modalities_specific_dim=STYLES, subset_draws=3)
    batch = inputs(missing, support_data, some_masks)
    whole = model(batch, generator=generator(seed))
    noise = model.draw_noise(batch, generator(seed))
    assert torch.equal(model(batch, noise=noise).loss, whole.loss)

    def part(rows: slice) -> Any:
        if missing:
            return model(batch[rows], noise=noise.rows(rows.start, rows.stop))
        return model({m: x[rows] for m, x in batch.items()}, noise=noise.rows(rows.start, rows.stop))

    parts = [part(slice(0, cut)), part(slice(cut, 5))]
    torch.testing.assert_close(sum(p.loss_sum for p in parts), whole.loss_sum, rtol=1e-12, atol=0)
    for term, value in whole.metrics.items():
        of = f"share_{term[-1]}" if term.startswith(("recon", "style")) else None
        weights = [
            length * part.metrics.get(of, 1.0) for length, part in zip((cut, 5 - cut), parts, strict=True)
        ]
        total = sum(weight * part.metrics[term] for weight, part in zip(weights, parts, strict=True))
        torch.testing.assert_close(total / sum(weights), value, rtol=1e-11, atol=1e-12)


def test_noise_of_another_length_is_refused(small_model: Any, support_data: Any) -> None:
    model = small_model()
    noise = model.draw_noise(support_data(length=4))
    with pytest.raises(ValueError, match="noise: expected that of 5 samples, got that of 4"):
        model(support_data(), noise=noise)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")  # torch's own tracing
@pytest.mark.parametrize("subsets", ["mopoe", "poe", "sampled"])
def test_a_compiled_model_returns_the_same_loss_and_gradient(subsets: str) -> None:
    dims = {"a": (3,), "b": (2, 2), "c": (2, 3)}
    torch.manual_seed(0)
    model = MoPoE(MoPoEConfig(3, 2, dims, subsets=subsets, modalities_specific_dim=STYLES))
    batch = {name: torch.randn(5, *shape) for name, shape in dims.items()}
    noise = model.draw_noise(batch, generator())
    results = []
    # No C++ compiler is asked for: what torch traces and differentiates is run as it is.
    for run in (model, torch.compile(model, backend="aot_eager")):
        model.zero_grad()
        loss = run(batch, noise=noise).loss
        loss.backward()
        results.append([loss.detach(), *(p.grad.clone() for p in model.parameters())])
    for got, expected in zip(*results, strict=True):
        torch.testing.assert_close(got, expected)


@pytest.mark.parametrize("subsets", ["mopoe", "sampled"])
def test_noise_that_does_not_fit_is_refused(
    subsets: str, small_model: Any, support_data: Any, some_masks: Any
) -> None:
    model, data = small_model(subsets=subsets), support_data()
    whole = model.draw_noise(data)
    with pytest.raises(ValueError, match="same missing modalities, got that of complete"):
        model(IncompleteDataset(data, some_masks), noise=whole)
    everything = {name: torch.ones(5, dtype=torch.bool) for name in data}
    assert torch.equal(
        model(IncompleteDataset(data, everything), noise=whole).loss, model(data, noise=whole).loss
    )
    for other in ({"latent_dim": 1}, {"modalities_specific_dim": STYLES}):
        with pytest.raises(ValueError, match="noise: expected that of this model"):
            small_model(subsets=subsets, **other)(data, noise=whole)
