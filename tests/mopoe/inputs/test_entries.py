"""Single entries missing: what stands under them never matters, and gradients by them are exactly zero."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig, MultimodalBaseDataset
from mopoe.likelihoods import LIKELIHOODS
from tests.mopoe.likelihoods import examples

DIMS = {"table": (4,), "picture": (2, 3)}


def model_of(**config: Any) -> MoPoE:
    torch.manual_seed(0)
    return MoPoE(MoPoEConfig(2, 3, DIMS, masked_entries=list(DIMS), **config)).double()


def batch(seed: int, length: int = 6) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    data = {
        name: torch.randn(length, *dims, dtype=torch.float64, generator=generator)
        for name, dims in DIMS.items()
    }
    masks = {name: torch.rand(length, *dims, generator=generator) < 0.6 for name, dims in DIMS.items()}
    masks["table"][:, 0] = True
    return data, masks


def answers(model: MoPoE, data: dict[str, Tensor], masks: dict[str, Tensor]) -> list[Tensor]:
    inputs, seed = IncompleteDataset(data, masks), torch.Generator().manual_seed(1)
    found = model(inputs, generator=seed)
    nll = model.estimate_nll(inputs, K=8, generator=torch.Generator().manual_seed(2))
    z = model.encode(inputs, ["table"], return_mean=True).z
    return [found.loss, nll.nll, z, *model.inference(inputs, generator=seed)["mus"]]


@given(seed=st.integers(0, 10_000), stray=st.sampled_from([0.0, 1e6, float("nan"), float("inf")]))
@settings(max_examples=20, deadline=None)
def test_what_stands_under_a_missing_entry_never_matters(seed: int, stray: float) -> None:
    data, masks = batch(seed)
    model = model_of()
    changed = {name: x.where(masks[name], stray) for name, x in data.items()}
    for one, other in zip(answers(model, data, masks), answers(model, changed, masks), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("kind", [word for word in examples.WORDS if not LIKELIHOODS[word].event_axes])
def test_gradients_by_missing_entries_are_exactly_zero(kind: str) -> None:
    data, masks = batch(3)
    data = {name: examples.EXAMPLES[kind].data(x) for name, x in data.items()}
    leaves = {name: x.clone().requires_grad_() for name, x in data.items()}
    model = model_of(**examples.settings(kind, DIMS))
    model(IncompleteDataset(leaves, masks), generator=torch.Generator().manual_seed(0)).loss.backward()
    for name, x in leaves.items():
        assert torch.equal(x.grad == 0, ~masks[name]) if kind == "normal" else not x.grad[~masks[name]].any()


def test_density_is_that_of_the_observed_entries() -> None:
    data, masks = batch(5)
    model, z = model_of(), torch.randn(6, 3, dtype=torch.float64)
    found = model.log_likelihood(IncompleteDataset(data, masks), z)
    for name, recon in model.decode(z).items():
        by_entry = torch.distributions.Normal(recon, 1.0).log_prob(data[name])
        torch.testing.assert_close(found[name], (by_entry * masks[name]).flatten(1).sum(1))


def test_a_modality_without_an_observed_entry_is_missing() -> None:
    data, masks = batch(7)
    masks["picture"][:2] = False
    whole = {"table": masks["table"], "picture": masks["picture"].flatten(1).any(1)}
    by_entry, by_sample = IncompleteDataset(data, masks), IncompleteDataset(data, whole)
    model = model_of()
    for inputs in (by_entry, by_sample):
        weights = model.inference(inputs)["weights"]
        assert bool((weights[1:, :2] == 0).all())
        with pytest.raises(ValueError, match=r"samples \[0, 1\]"):
            model.encode(inputs, "picture")


def test_nan_marks_what_is_missing() -> None:
    data, masks = batch(9)
    marked = {name: x.where(masks[name], torch.nan) for name, x in data.items()}
    by_nan, by_mask = IncompleteDataset(marked, missing="nan"), IncompleteDataset(data, masks)
    assert all(torch.equal(by_nan.masks[name], by_mask.masks[name]) for name in DIMS)
    model = model_of()
    for one, other in zip(answers(model, marked, by_nan.masks), answers(model, data, masks), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(ValueError, match="masks or missing='nan' mark the missing"):
        model(MultimodalBaseDataset(marked))


def test_nan_in_whole_samples_is_one_mask_entry_a_sample() -> None:
    data, _ = batch(9)
    gone = torch.arange(6) % 3 == 0
    marked = {
        "table": data["table"],
        "picture": data["picture"].where(~gone[:, None, None], torch.nan),
        "number": torch.arange(6.0).where(~gone, torch.nan),
    }
    found = IncompleteDataset(marked, missing="nan").masks
    assert torch.equal(found["picture"], ~gone) and torch.equal(found["number"], ~gone)
    single = marked | {"picture": marked["picture"].index_fill(2, torch.tensor(0), torch.nan)}
    assert IncompleteDataset(single, missing="nan").masks["picture"].shape == (6, 2, 3)


def test_masks_broadcast_to_the_shape_of_the_modality() -> None:
    data, _ = batch(11)
    rows = torch.rand(6, 2, 1) < 0.7
    rows[:, 0] = True
    once = IncompleteDataset(data, {"table": torch.ones(6), "picture": rows})
    spread = IncompleteDataset(data, {"table": torch.ones(6, 1), "picture": rows.expand(6, 2, 3)})
    assert torch.equal(once.masks["picture"], spread.masks["picture"]) and spread.masks["table"].shape == (6,)
    with pytest.raises(ValueError, match=r"masks\['picture'\]: expected shape \(6,\).* or \(6, 2, 3\)"):
        IncompleteDataset(data, {"table": torch.ones(6), "picture": torch.ones(6, 3)})


def test_samples_and_slices_keep_their_entries() -> None:
    data, masks = batch(13)
    dataset, model = IncompleteDataset(data, masks), model_of()
    z = model.encode(dataset, "table", return_mean=True).z
    torch.testing.assert_close(model.encode(dataset[4], "table", return_mean=True).z, z[4:5])
    torch.testing.assert_close(model.encode(dataset[2:5], "table", return_mean=True).z, z[2:5])


def test_encoders_are_told_which_entries_are_missing() -> None:
    data, masks = batch(15)
    model = model_of()
    z = model.encode(IncompleteDataset(data, masks), "table", return_mean=True).z
    zeros = {name: x.where(masks[name], 0) for name, x in data.items()}
    assert not torch.allclose(z, model.encode(zeros, "table", return_mean=True).z)


def test_an_encoder_that_is_not_told_gets_zeros_and_says_so() -> None:
    data, masks = batch(17)
    model = MoPoE(MoPoEConfig(2, 3, DIMS)).double()
    with pytest.warns(
        UserWarning, match=r"encoders\['table'\]: single entries are missing.*masked_entries=\['table'\]"
    ):
        z = model.encode(IncompleteDataset(data, masks), "table", return_mean=True).z
    zeros = {name: x.where(masks[name], 0) for name, x in data.items()}
    torch.testing.assert_close(z, model.encode(zeros, "table", return_mean=True).z)


def test_whole_samples_of_nan_are_missing_samples_and_no_reason_to_warn() -> None:
    data, _ = batch(19)
    data["picture"][1:3] = torch.nan
    dataset = IncompleteDataset(data, missing="nan")
    assert {name: tuple(mask.shape) for name, mask in dataset.masks.items()} == {
        "table": (6,),
        "picture": (6,),
    }
    by_entry = IncompleteDataset(data, {"table": torch.ones(6, 4), "picture": ~data["picture"].isnan()})
    model = MoPoE(MoPoEConfig(2, 3, DIMS)).double()
    one, other = (model(x, generator=torch.Generator().manual_seed(0)).loss for x in (dataset, by_entry))
    torch.testing.assert_close(one, other)
