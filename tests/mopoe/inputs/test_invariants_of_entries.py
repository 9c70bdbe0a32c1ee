"""Whatever a model is made of and asked: what stands under missing entries never matters, nor do other samples."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig
from mopoe.evidence import refinement
from tests.mopoe.inputs.incomplete import LENGTH, Kind, data_of, model_of, questions, seeded, tensors, whole

KINDS = st.builds(
    Kind,
    subsets=st.sampled_from(
        ["poe", "moe", "mopoe", "sampled", (("table",), ("text", "ids"), ("image", "table"))]
    ),
    private=st.booleans(),
    told=st.booleans(),
    table=st.sampled_from(["normal", "laplace", "log_normal"]),
)
STRAY = st.sampled_from([0.0, -1e6, float("nan"), float("inf")])
# Encoders that are not told say so: that is tested elsewhere.
pytestmark = pytest.mark.filterwarnings("ignore:encoders.*single entries are missing")


def spoilt(data: dict[str, Tensor], masks: dict[str, Tensor], stray: float) -> dict[str, Tensor]:
    """Something else under each missing entry; integers cannot be NaN."""
    return {
        name: x.where(masks[name], stray if x.is_floating_point() else -7).to(x.dtype)
        for name, x in data.items()
    }


def assert_same(one: object, other: object, exactly: bool = True) -> None:
    mine, theirs = tensors(one), tensors(other)
    assert mine.keys() == theirs.keys() and mine
    for key, x in mine.items():
        assert bool(torch.isfinite(x[x != -torch.inf]).all()), key
        if exactly:
            assert torch.equal(x, theirs[key]), key
        else:
            torch.testing.assert_close(x, theirs[key], rtol=1e-9, atol=1e-9)


@pytest.mark.slow
@given(kind=KINDS, seed=st.integers(0, 1_000), stray=STRAY)
@settings(max_examples=30, deadline=None)
def test_what_stands_under_missing_entries_never_matters(kind: Kind, seed: int, stray: float) -> None:
    model, (data, masks) = model_of(kind), data_of(kind, seed)
    first, second = (IncompleteDataset(x, masks) for x in (data, spoilt(data, whole(masks), stray)))
    others = questions(model, second, masks)
    for name, ask in questions(model, first, masks).items():
        one, other = ask(), others[name]()
        assert_same(one, other)


@pytest.mark.slow
@given(kind=KINDS, seed=st.integers(0, 1_000), stray=STRAY)
@settings(max_examples=30, deadline=None)
def test_gradients_by_missing_entries_are_zero_and_all_others_finite(
    kind: Kind, seed: int, stray: float
) -> None:
    """By data; by weights they are the same whatever stands there. The table may be missing in all samples."""
    model, (data, masks) = model_of(kind), data_of(kind, seed)
    if seed % 4 == 0:
        masks["table"], masks["ids"] = torch.zeros_like(masks["table"]), torch.ones_like(masks["ids"])
    shown, gradients = whole(masks), []
    z = torch.randn(LENGTH, 3, dtype=torch.float64, generator=seeded(3))
    latents = {"z": z, "modalities_z": dict.fromkeys(model.style_dims, z[:, :2])}
    for values in (data, spoilt(data, shown, stray)):
        leaves = {n: x.clone().requires_grad_() for n, x in values.items() if x.is_floating_point()}
        inputs = IncompleteDataset({**values, **leaves}, masks)
        model.zero_grad(set_to_none=False)
        total = model(inputs, generator=seeded()).loss
        total = total + model.encode(inputs, ignore_incomplete=True, generator=seeded()).z.sum()
        total = total + torch.stack(list(model.log_likelihood(inputs, latents).values())).sum()
        total.backward()
        for name, leaf in leaves.items():
            assert bool(torch.isfinite(leaf.grad).all()), name
            assert not leaf.grad[~shown[name]].any(), name
        assert bool(leaves["image"].grad[shown["image"]].any())
        gradients.append([torch.zeros(()) if w.grad is None else w.grad.clone() for w in model.parameters()])
    for one, other in zip(*gradients, strict=True):
        assert bool(torch.isfinite(one).all()) and torch.equal(one, other)


@pytest.mark.slow
@given(kind=KINDS, seed=st.integers(0, 1_000))
@settings(max_examples=20, deadline=None)
def test_no_sample_depends_on_the_others(kind: Kind, seed: int) -> None:
    """Others stand in where something is missing: neither their values, nor their number, nor their order shows."""
    model, (data, masks) = model_of(kind), data_of(kind, seed)
    inputs = IncompleteDataset(data, masks)
    noise = model.draw_noise(inputs, seeded())
    loss = model(inputs, noise=noise).loss_sum
    order = torch.randperm(LENGTH, generator=seeded(seed))
    alone = [model(inputs[i : i + 1], noise=noise.rows(i, i + 1)).loss_sum for i in range(LENGTH)]
    torch.testing.assert_close(torch.stack(alone).sum(), loss, rtol=1e-10, atol=0)

    z = torch.randn(LENGTH, 3, dtype=torch.float64, generator=seeded(3))
    styles = dict.fromkeys(model.style_dims, z[:, :2])

    def by_sample(x: IncompleteDataset, rows: Tensor) -> dict[str, Tensor]:
        latents = {"z": z[rows], "modalities_z": {name: w[rows] for name, w in styles.items()}}
        found = tensors(model.encode(x, return_mean=True, ignore_incomplete=True))
        found |= tensors(model.log_likelihood(x, latents), "ln p")
        found["posterior"] = model.posterior(x, "table").variance
        if kind.subsets != "sampled":
            found["joint"] = model.joint_posterior(x).mean
        return found

    together = by_sample(inputs, torch.arange(LENGTH))
    for i in range(LENGTH):
        rows = torch.tensor([i])
        assert_same(
            {key: x[rows] for key, x in together.items()}, by_sample(inputs[rows], rows), exactly=False
        )
        one = by_sample(inputs[i], rows)  # a sample without a batch axis
        assert_same({key: x[rows] for key, x in together.items()}, one, exactly=False)
    shuffled = by_sample(inputs[order], order)
    assert_same({key: x[order] for key, x in together.items()}, shuffled, exactly=False)


@given(
    kind=KINDS, seed=st.integers(0, 1_000), proposal=st.sampled_from(["mixture", "product", "prior", "table"])
)
@settings(max_examples=20, deadline=None)
def test_no_estimate_depends_on_the_values_of_other_samples(kind: Kind, seed: int, proposal: str) -> None:
    model, (data, masks) = model_of(kind), data_of(kind, seed)
    other = {name: torch.cat([x[:1].flip(1), x[1:]]) for name, x in data.items()}  # the first often stands in
    first, second = (
        model.estimate_nll(IncompleteDataset(x, masks), K=4, proposal=proposal, generator=seeded()).nll
        for x in (data, other)
    )
    torch.testing.assert_close(first[1:], second[1:], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("table", ["normal", "log_normal"])
def test_a_refined_proposal_sees_nothing_of_what_is_missing(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refinement, "STEPS", 5)
    kind = Kind("mopoe", True, True, table)
    model, (data, masks) = model_of(kind), data_of(kind, 3, length=2)
    first, second = (
        model.estimate_nll(IncompleteDataset(x, masks), K=4, proposal="refined", generator=seeded()).nll
        for x in (data, spoilt(data, whole(masks), float("nan")))
    )
    assert bool(torch.isfinite(first).all()) and torch.equal(first, second)


def test_a_character_of_which_a_part_is_missing_is_missing() -> None:
    kind = Kind("mopoe", False, True, "normal")
    model, (data, masks) = model_of(kind), data_of(kind, 5)
    masks["text"][:] = True
    masks["text"][0, 1, 2] = False
    hidden = {**masks, "text": masks["text"].clone()}
    hidden["text"][0, 1] = False
    first, second = (questions(model, IncompleteDataset(data, m), masks) for m in (masks, hidden))
    for name, ask in first.items():
        assert_same(ask(), second[name]())
    z = torch.randn(LENGTH, 3, dtype=torch.float64)
    found = model.log_likelihood(IncompleteDataset(data, masks), z)["text"]
    by_character = (data["text"] * model.decode(z)["text"].log()).sum(-1)
    by_character[0, 1] = 0
    torch.testing.assert_close(found, by_character.sum(-1))


def test_bytes_and_booleans_may_miss_entries() -> None:
    kind = Kind("mopoe", False, True, "normal")
    model, (data, masks) = model_of(kind), data_of(kind, 7)
    whole_numbers = {
        **data,
        "image": data["image"].to(torch.uint8),
        "text": data["text"].bool(),
        "ids": data["ids"].to(torch.uint8),
    }
    stray = {
        n: x if x.is_floating_point() else x.where(masks[n], 200).to(x.dtype)
        for n, x in whole_numbers.items()
    }
    reference = questions(model, IncompleteDataset(data, masks), masks)
    for name, ask in questions(model, IncompleteDataset(stray, masks), masks).items():
        assert_same(ask(), reference[name](), exactly=False)


def test_functions_that_sum_over_entries_are_refused_in_words() -> None:
    config = MoPoEConfig(1, 2, {"x": (3,)}, decoders_dist={"x": lambda r, x: -(r - x).square().sum(1)})
    model = MoPoE(config)
    seen = torch.tensor([[1, 1, 0], [1, 1, 1]])
    with pytest.raises(ValueError, match="one number an entry where single entries"):
        model(IncompleteDataset({"x": torch.randn(2, 3)}, {"x": seen}))
