"""Single entries missing, for every likelihood that has a word, class ids and tables of them: told or not."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig
from tests.mopoe.inputs.incomplete import seeded, tensors
from tests.mopoe.likelihoods.examples import EXAMPLES, Example

pytestmark = pytest.mark.filterwarnings("ignore:encoders.*single entries are missing")


def ids(x: Tensor) -> Tensor:
    return x.abs().floor().clamp(max=3).long()


def unused(*_: Tensor) -> Tensor:
    raise AssertionError("no formula is asked for here")


MORE = {
    "class ids": Example(ids, unused, unused, {"n_classes": 4}),
    "padded ids": Example(ids, unused, unused, {"n_classes": 5, "padding": 4}),
    "table with ids": Example(
        lambda x: torch.stack([x[..., 0], ids(x[..., 1]).to(x.dtype), ids(x[..., 2]).to(x.dtype)], -1),
        unused,
        unused,
        {
            "parts": [
                {"columns": [1], "likelihood": "categorical", "n_classes": 4},
                {"columns": [0], "likelihood": "student_t"},
                {"columns": [2], "likelihood": "poisson"},
            ]
        },
        (3,),
    ),
}
WORDS = {"class ids": "categorical", "padded ids": "categorical", "table with ids": "mixed"}
LENGTH = 7


def made(kind: str, told: bool, seed: int = 0) -> tuple[MoPoE, dict[str, Tensor], dict[str, Tensor]]:
    """A model, data, and masks: of entries of ``x``, all of which is missing in sample 1, and of samples of ``y``."""
    example = (EXAMPLES | MORE)[kind]
    dims = {"x": example.dims or (2, 3), "y": (2,)}
    config = MoPoEConfig(
        2,
        3,
        dims,
        decoders_dist={"x": WORDS.get(kind, kind)},
        decoder_dist_params={"x": dict(example.params)},
        masked_entries=["x"] if told else None,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = MoPoE(config).double().eval()
    generator = torch.Generator().manual_seed(seed)
    x = example.data(torch.randn(LENGTH, *dims["x"], dtype=torch.float64, generator=generator))
    data = {"x": x, "y": torch.randn(LENGTH, 2, dtype=torch.float64, generator=generator)}
    seen = torch.rand(x.shape, generator=generator) < 0.6
    seen[2:, 0] = True  # something of each sample, also where categories are one event
    seen[0], seen[1] = True, False
    return model, data, {"x": seen, "y": torch.arange(LENGTH) != 2}


def stray(x: Tensor, seen: Tensor, value: float) -> Tensor:
    return x.where(seen, value if x.is_floating_point() else -7).to(x.dtype)


def answers(model: MoPoE, inputs: IncompleteDataset) -> dict[str, Tensor]:
    z = torch.randn(len(inputs), 3, dtype=torch.float64, generator=seeded(3))
    found: dict[str, Any] = {
        "loss": model(inputs, generator=seeded()),
        "encode": model.encode(inputs, ignore_incomplete=True, return_mean=True),
        "ln p": model.log_likelihood(inputs, z),
        "nll": {"nll": model.estimate_nll(inputs, K=4, generator=seeded()).nll},
        "of x alone": {"nll": model.estimate_nll(inputs[torch.arange(len(inputs)) != 1], "x", K=4).nll},
    }
    return tensors(found)


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("kind", [*EXAMPLES, *MORE])
def test_what_stands_under_missing_entries_never_matters(kind: str, told: bool) -> None:
    model, data, masks = made(kind, told)
    expected = answers(model, IncompleteDataset(data, masks))
    for value in (0.0, -1e6, float("nan"), float("inf")):
        changed = {"x": stray(data["x"], masks["x"], value), "y": data["y"]}
        changed["y"][2] = value
        found = answers(model, IncompleteDataset(changed, masks))
        for key, x in expected.items():
            assert bool(torch.isfinite(x).all()) and torch.equal(x, found[key]), key


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("kind", [*EXAMPLES, *MORE])
def test_gradients_are_zero_by_what_is_missing_and_finite_by_all(kind: str, told: bool) -> None:
    """Also in batches of one, where nothing of some columns may be there to stand in."""
    model, data, masks = made(kind, told)
    shown = model.likelihoods["x"].whole_events(masks["x"])
    for rows in (slice(None), *(slice(i, i + 1) for i in range(LENGTH) if i != 1)):
        x = stray(data["x"][rows], masks["x"][rows], -1e6)
        leaf = x.requires_grad_() if x.is_floating_point() else x
        parts = {"x": masks["x"][rows], "y": masks["y"][rows]}
        model.zero_grad(set_to_none=False)
        model(IncompleteDataset({"x": leaf, "y": data["y"][rows]}, parts), generator=seeded()).loss.backward()
        gradients = [w.grad for w in model.parameters() if w.grad is not None]
        assert all(bool(torch.isfinite(gradient).all()) for gradient in gradients)
        if leaf.grad is not None:
            assert bool(torch.isfinite(leaf.grad).all()) and not leaf.grad[~shown[rows]].any()


@pytest.mark.parametrize("kind", [*EXAMPLES, *MORE])
def test_no_sample_depends_on_the_others(kind: str) -> None:
    model, data, masks = made(kind, told=True)
    inputs = IncompleteDataset({**data, "x": stray(data["x"], masks["x"], -1e6)}, masks)
    noise = model.draw_noise(inputs, seeded())
    alone = [model(inputs[i : i + 1], noise=noise.rows(i, i + 1)).loss_sum for i in range(LENGTH)]
    torch.testing.assert_close(torch.stack(alone).sum(), model(inputs, noise=noise).loss_sum)
    z = torch.randn(LENGTH, 3, dtype=torch.float64, generator=seeded(3))
    together = model.log_likelihood(inputs, z)["x"]
    for i in range(LENGTH):
        torch.testing.assert_close(model.log_likelihood(inputs[i], z[i : i + 1])["x"], together[i : i + 1])
    assert not together[1].any()


def test_samples_of_other_sizes_may_lack_entries() -> None:
    """Counts whose rate is multiplied: ln p is that of the observed ones, whatever else was counted."""
    model, data, masks = made("poisson", told=True)
    sizes = {"x": torch.linspace(0.5, 2, LENGTH, dtype=torch.float64)}
    inputs = IncompleteDataset({**data, "x": stray(data["x"], masks["x"], -3.0)}, masks, size_factors=sizes)
    z = torch.randn(LENGTH, 3, dtype=torch.float64, generator=seeded(3))
    rate = model.decode(z)["x"] * sizes["x"][:, None, None]
    expected = torch.distributions.Poisson(rate).log_prob(data["x"]).where(masks["x"], 0).flatten(1).sum(1)
    torch.testing.assert_close(model.log_likelihood(inputs, z)["x"], expected)
