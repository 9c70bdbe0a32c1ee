"""Missing modalities: which subsets a sample mixes, and which requests it cannot serve."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig

STYLES = {"a": 1, "b": 2, "c": 3}


@pytest.mark.parametrize("prior_expert", ["full", "all", "none"])
def test_poe_with_a_modality_missing_everywhere_is_the_model_of_the_others(
    run: Callable[..., Any],
    prior_expert: str,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
) -> None:
    """MVAE on the observed modalities, built as a model of its own with the same networks."""
    model = small_model(subsets="poe", prior_expert=prior_expert)
    data, seen = support_data(), torch.ones(5, dtype=torch.bool)
    masked, _, found = run(model, IncompleteDataset(data, {"a": seen, "b": ~seen, "c": seen}))
    dims = {name: model.model_config.input_dims[name] for name in "ac"}
    config = MoPoEConfig(2, latent_dim=2, input_dims=dims, subsets="poe", prior_expert=prior_expert)
    smaller = MoPoE(
        config, *(deepcopy({m: part[m] for m in "ac"}) for part in (model.encoders, model.decoders))
    )
    alone, _, expected = run(smaller, {m: data[m] for m in "ac"})
    torch.testing.assert_close(masked, alone, rtol=1e-13, atol=0)
    torch.testing.assert_close(found["joint"], expected["joint"], rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("subsets", ["poe", "moe", "mopoe", [["a"], ["b", "c"]]])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_masks_that_hide_nothing_change_nothing(
    run: Callable[..., Any],
    dtype: torch.dtype,
    subsets: object,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
) -> None:
    model, data = small_model(subsets=subsets, dtype=dtype), support_data(dtype=dtype)
    masks = {m: torch.ones(5) for m in "abc"}
    complete, complete_gradients, complete_posteriors = run(model, data)
    masked, masked_gradients, masked_posteriors = run(model, IncompleteDataset(data, masks))
    precision = {"rtol": 8 * torch.finfo(dtype).eps, "atol": 8 * torch.finfo(dtype).eps}
    torch.testing.assert_close(masked, complete, **precision)
    torch.testing.assert_close(
        masked_gradients, complete_gradients, rtol=1e3 * precision["rtol"], atol=precision["atol"]
    )
    assert masked_posteriors["weights"].dtype == dtype
    for key in ("mus", "logvars", "weights"):
        torch.testing.assert_close(masked_posteriors[key], complete_posteriors[key], **precision)


def test_weights_are_uniform_over_the_observed_subsets(
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    found = small_model().inference(IncompleteDataset(support_data(), some_masks))
    keys = ["a", "b", "c", "a_b", "a_c", "b_c", "a_b_c"]
    assert list(found["subsets"]) == keys
    observed = [["a", "b", "c"], ["a"], ["b", "c"], ["c"], ["a", "b"]]
    for b, seen in enumerate(observed):
        usable = [set(key.split("_")) <= set(seen) for key in keys]
        expected = torch.tensor([u / sum(usable) for u in usable], dtype=torch.float64)
        torch.testing.assert_close(found["weights"][:, b], expected, rtol=1e-15, atol=0)
    torch.testing.assert_close(found["weights"].sum(0), torch.ones(5).double(), rtol=1e-15, atol=0)


def test_a_sample_without_any_whole_subset_uses_the_parts_it_has(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model, data = small_model(subsets=[["a"], ["b", "c"]]), support_data()
    only_b = {"a": torch.zeros(5), "b": torch.ones(5), "c": torch.zeros(5)}
    found = model.inference(IncompleteDataset(data, only_b))
    expert = found["modalities"]["b"]
    assert found["weights"].tolist() == [[0.0] * 5, [1.0] * 5]
    torch.testing.assert_close(found["joint"][0], expert.embedding, rtol=1e-13, atol=1e-14)
    torch.testing.assert_close(found["joint"][1], expert.log_covariance, rtol=1e-13, atol=1e-14)


def test_a_sample_that_shares_nothing_with_any_subset_is_refused_by_number(
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model = small_model(subsets=[["a"], ["a", "b"]])
    with pytest.raises(ValueError, match=r"samples \[3\] show no modality of any configured subset"):
        model(IncompleteDataset(support_data(), some_masks))


def test_conditioning_on_an_unobserved_modality_is_refused_by_number(
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model, data = small_model(), IncompleteDataset(support_data(), some_masks)
    with pytest.raises(ValueError, match=r"\['b'\].*samples \[1, 3\]"):
        model.encode(data, "b")
    with pytest.raises(ValueError, match=r"samples \[1, 2, 3, 4\]"):
        model.predict(data)
    with pytest.raises(ValueError, match=r"samples \[1, 3, 4\]"):
        model.posterior(data, ["b", "c"])
    assert model.encode(data[[0, 2]], ["b", "c"]).z.shape == (2, 2)


def test_ignore_incomplete_uses_what_was_observed_and_the_prior_otherwise(
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model = small_model(prior_expert="none", modalities_specific_dim=STYLES)
    data = IncompleteDataset(support_data(), some_masks)
    experts = model.modality_encode(data)
    found = model.encode(data, ["a", "b"], return_mean=True, ignore_incomplete=True)
    torch.testing.assert_close(found.z[1], experts["a"].embedding[1], rtol=1e-13, atol=1e-14)
    torch.testing.assert_close(found.z[2], experts["b"].embedding[2], rtol=1e-13, atol=1e-14)
    assert torch.equal(found.z[3], torch.zeros(2).double())
    assert torch.equal(found.modalities_z["b"][1], torch.zeros(2).double())
    torch.testing.assert_close(
        found.modalities_z["b"][2], experts["b"].style_embedding[2], rtol=1e-13, atol=0
    )
    with torch.no_grad():
        generator = torch.Generator().manual_seed(0)
        draws = model.encode(data, ["a", "b"], N=4000, ignore_incomplete=True, generator=generator)
    # Sample 3 shows neither: mean 0 ± 1/√4000 and variance 1 ± √(2/4000), each within five deviations.
    for prior_draws in (draws.z[3], draws.modalities_z["a"][3]):
        assert float(prior_draws.mean(0).abs().max()) < 5 / 4000**0.5
        assert float((prior_draws.var(0) - 1).abs().max()) < 5 * (2 / 4000) ** 0.5
