"""Scales of a model are trained, saved, moved and copied with it, and those that are learned find the truth."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig
from mopoe.likelihoods import Likelihood, make_likelihood

DIMS = {"a": (3,), "b": (2, 2), "c": (2,), "d": (3,), "e": (2,)}
WORDS = {"a": "normal", "b": "laplace", "c": "student_t", "d": "normal", "e": "continuous_bernoulli"}
PARAMS: dict[str, dict[str, Any]] = {
    "a": {"scale": "learned", "floor": 0.01},
    "b": {"scale": "learned_per_entry"},
    "c": {"degrees_of_freedom": "learned", "scale": "predicted"},
    "d": {"scale": torch.tensor([0.1, 2.0, 0.3])},
}


@pytest.fixture
def model() -> MoPoE:
    torch.manual_seed(0)
    config = MoPoEConfig(5, 2, DIMS, decoders_dist=WORDS, decoder_dist_params=PARAMS)
    return MoPoE(config)


@pytest.fixture
def data() -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return {name: torch.rand(6, *dims, generator=generator) for name, dims in DIMS.items()}


def loss(model: MoPoE, data: object) -> Tensor:
    return model(data, generator=torch.Generator().manual_seed(2)).loss


LEARNED = ["a.scale.raw", "b.scale.raw", "c.degrees_of_freedom.raw"]


def test_what_is_learned_is_trained_with_the_model(model: MoPoE, data: dict[str, Tensor]) -> None:
    weights = dict(model.named_parameters())
    assert [name for name in weights if name.startswith("likelihoods")] == [
        f"likelihoods.{x}" for x in LEARNED
    ]
    loss(model, data).backward()
    for name in LEARNED:
        gradient = weights[f"likelihoods.{name}"].grad
        assert gradient is not None and bool((gradient != 0).all())
    assert model.decoders["c"](torch.randn(4, 2)).reconstruction.shape == (4, 2, 2)
    assert model.decode(torch.randn(4, 2)).c.shape == (4, 2)
    twin = model.sharing_networks(subsets="moe")
    assert twin.likelihoods["a"] is model.likelihoods["a"]


def test_weights_of_a_modality_that_nobody_shows_have_gradients_of_zero(
    model: MoPoE, data: dict[str, Tensor]
) -> None:
    """Processes that train together wait for a gradient of every weight."""
    masks = {name: torch.full((6,), name == "d") for name in DIMS}
    loss(model, IncompleteDataset(data, masks)).backward()
    for name in LEARNED:
        gradient = model.likelihoods.get_parameter(name).grad
        assert gradient is not None and not gradient.any()


def test_it_comes_back_from_files(model: MoPoE, data: dict[str, Tensor], tmp_path: Path) -> None:
    with torch.no_grad():
        for name in LEARNED:
            model.likelihoods.get_parameter(name).fill_(0.7)
    model.save_pretrained(tmp_path)
    again = MoPoE.from_pretrained(tmp_path)
    assert torch.equal(loss(again, data), loss(model.eval(), data))
    assert [str(x) for x in again.likelihoods.values()] == [str(x) for x in model.likelihoods.values()]
    described = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))["decoder_dist_params"]
    assert described["a"] == PARAMS["a"] and described["d"]["scale"] == PARAMS["d"]["scale"].tolist()
    assert MoPoEConfig.from_json(model.model_config.to_json()) == model.model_config


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_it_moves_and_is_copied_with_the_model(
    model: MoPoE, data: dict[str, Tensor], dtype: torch.dtype
) -> None:
    other = copy.deepcopy(model).to(dtype)
    assert {x.dtype for x in other.likelihoods.parameters()} == {dtype}
    assert {x.dtype for name, x in other.likelihoods.named_buffers() if "given" in name} == {dtype}
    # Half precision has eight bits, and the density is summed in single precision all the same.
    tolerance = 0.05 if dtype == torch.bfloat16 else 1e-5
    z = torch.randn(6, 2, generator=torch.Generator().manual_seed(3))
    for name, value in model.log_likelihood(data, z).items():
        found = other.log_likelihood(data, z.to(dtype))[name]
        assert found.dtype == torch.promote_types(dtype, torch.float32)
        torch.testing.assert_close(found.float(), value, rtol=tolerance, atol=tolerance)
    with torch.no_grad():
        other.likelihoods.get_parameter(LEARNED[0]).fill_(3.0)
    assert float(model.likelihoods.get_parameter(LEARNED[0]).detach()) != 3.0


def test_an_entry_needs_the_shape_of_the_data() -> None:
    with pytest.raises(
        ValueError,
        match=r"decoder_dist_params\['x'\]\['scale'\]: expected input_dims beside 'learned_per_entry'",
    ):
        MoPoEConfig(1, 2, decoder_dist_params={"x": {"scale": "learned_per_entry"}})


def fitted(likelihood: Likelihood, target: Tensor) -> Likelihood:
    """Trained on data around 0; where the scale is predicted it is one number for all samples."""
    raw = torch.zeros(likelihood.recon_dims(target.shape[1:]), requires_grad=True)
    likelihood = likelihood.train()
    weights = [raw, *likelihood.parameters()]
    optimizer = torch.optim.LBFGS(weights, line_search_fn="strong_wolfe", max_iter=200)

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = -likelihood.total(raw.expand(len(target), *raw.shape), target).mean()
        value.backward()
        return value

    optimizer.step(closure)
    likelihood.found = likelihood.scale(raw[..., 1] if likelihood.scale.predicted else None)
    return likelihood


@pytest.mark.parametrize("word", ["normal", "laplace", "student_t"])
@pytest.mark.parametrize("scale", ["learned", "learned_per_entry", "predicted"])
def test_scales_of_known_data_are_found(word: str, scale: str) -> None:
    truth = torch.tensor([0.2, 1.0, 3.0] if scale != "learned" else [0.5] * 3)
    params = {"degrees_of_freedom": 5.0} if word == "student_t" else {}
    drawn = make_likelihood(word, params | {"scale": truth}, "x", (3,))
    target = drawn.sample(torch.zeros(20_000, 3), torch.Generator().manual_seed(0))
    params |= {"degrees_of_freedom": "learned"} if word == "student_t" else {}
    found = fitted(make_likelihood(word, params | {"scale": scale}, "x", (3,)), target)
    torch.testing.assert_close(found.found.detach().expand(3), truth, rtol=0.03, atol=0)
    if word == "student_t":
        assert abs(float(found.degrees_of_freedom().detach()) - 5) < 0.5


@pytest.mark.slow
def test_a_model_learns_the_noise_of_its_data() -> None:
    """Factor analysis: two latents in five and five numbers, whose noise is 0.3 and 0.8."""
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(4000, 2, generator=generator)
    noise = {"a": 0.3, "b": 0.8}
    data = {
        name: z @ torch.randn(2, 5, generator=generator) + sd * torch.randn(4000, 5, generator=generator)
        for name, sd in noise.items()
    }
    torch.manual_seed(0)
    dims = dict.fromkeys("ab", (5,))
    params = {name: {"scale": "learned"} for name in dims}
    model = MoPoE(MoPoEConfig(2, 2, dims, decoder_dist_params=params, subsets="poe"))
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    for step in range(700):
        if step == 500:
            optimizer.param_groups[0]["lr"] = 5e-4
        optimizer.zero_grad()
        rows = torch.randint(4000, (256,), generator=generator)
        model({name: x[rows] for name, x in data.items()}).loss.backward()
        optimizer.step()
    for name, sd in noise.items():
        found = model.likelihoods[name].scale().detach()
        torch.testing.assert_close(found, torch.full_like(found, sd), rtol=0.08, atol=0)


def test_a_printed_model_names_what_its_likelihoods_are_made_with(model: MoPoE) -> None:
    assert "(c): student_t, degrees of freedom learned, above 2, scale predicted, above 0.001" in repr(
        model.likelihoods
    )
