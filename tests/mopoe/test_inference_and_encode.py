"""inference and encode: shapes, means and draws."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from mopoe import ModelOutput, MoPoE

STYLES = {"a": 1, "b": 2, "c": 3}
DIMS = {"a": (3,), "b": (2, 2), "c": (2, 3)}
LAYOUTS = {(1, False): (5,), (1, True): (5,), (4, False): (5, 4), (4, True): (20,)}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("return_mean", [False, True])
@pytest.mark.parametrize(("N", "flatten"), list(LAYOUTS))
@pytest.mark.parametrize("cond_mod", ["all", "b", ["c", "a"]])
def test_shapes_are_those_of_the_contract(
    cond_mod: str | list[str], N: int, flatten: bool, return_mean: bool, model: MoPoE, data: dict[str, Tensor]
) -> None:
    leading = LAYOUTS[N, flatten]
    found = model.encode(data, cond_mod, N, return_mean, flatten=flatten)
    assert found.z.shape == (*leading, 2)
    assert found.one_latent_space is (not model.style_dims)
    assert {m: tuple(w.shape) for m, w in found.modalities_z.items()} == {
        m: (*leading, size) for m, size in model.style_dims.items()
    }
    decoded = model.decode(found)
    assert isinstance(decoded, ModelOutput)
    assert {m: tuple(x.shape) for m, x in decoded.items()} == {m: (*leading, *d) for m, d in DIMS.items()}
    predicted = model.predict(data, cond_mod, ["c", "a"], N, flatten, return_mean=return_mean)
    assert {m: tuple(x.shape) for m, x in predicted.items()} == {m: (*leading, *DIMS[m]) for m in "ac"}


@pytest.mark.parametrize("prior_expert", ["full", "all", "none"])
@pytest.mark.parametrize("subsets", ["poe", "moe", "mopoe", [["a"]]])
def test_the_mean_is_the_product_of_the_conditioning_experts_configured_or_not(
    subsets: object, prior_expert: str, small_model: Callable[..., MoPoE], data: dict[str, Tensor]
) -> None:
    model = small_model(subsets=subsets, prior_expert=prior_expert)
    experts = model.modality_encode(data)
    for size in (1, 2, 3):
        for names in itertools.combinations("abc", size):
            precisions = {m: 1 / experts[m].log_covariance.exp() for m in names}
            prior = prior_expert == "all" or (prior_expert == "full" and size == 3)
            mean = sum(p * experts[m].embedding for m, p in precisions.items()) / (
                sum(precisions.values()) + prior
            )
            found = model.encode(data, list(names), return_mean=True)
            torch.testing.assert_close(found.z, mean, rtol=1e-12, atol=1e-13)


def test_draws_have_the_posteriors_moments_and_lie_side_by_side(
    model: MoPoE, data: dict[str, Tensor]
) -> None:
    n = 5000
    with torch.no_grad():
        found = model.encode(data, ["a", "b"], n, generator=generator())
        flat = model.encode(data, ["a", "b"], n, flatten=True, generator=generator())
        posterior = model.posterior(data, ["a", "b"]).base_dist
        experts = model.modality_encode(data)
    assert torch.equal(flat.z.reshape(5, n, 2), found.z)
    expected = {"z": (found.z, posterior.loc, posterior.scale)}
    for name, w in found.modalities_z.items():
        assert torch.equal(flat.modalities_z[name].reshape(w.shape), w)
        zero = torch.zeros(5, STYLES[name]).double()
        # c was not conditioned on: its private latent comes from the prior.
        mean, logvar = zero, zero
        if name != "c":
            mean, logvar = experts[name].style_embedding, experts[name].style_log_covariance
        expected[name] = (w, mean, (logvar / 2).exp())
    for draws, mean, deviation in expected.values():
        # Five standard errors of a mean and of a variance.
        assert float(((draws.mean(1) - mean) / deviation).abs().max()) < 5 / n**0.5
        assert float((draws.var(1) / deviation**2 - 1).abs().max()) < 5 * (2 / n) ** 0.5


def test_draws_of_different_samples_and_draws_are_different(model: MoPoE, data: dict[str, Tensor]) -> None:
    z = model.encode({m: x[:1].expand_as(x) for m, x in data.items()}, N=3).z
    assert len(z.reshape(-1, 2).unique(dim=0)) == 15


def test_return_mean_repeats_the_mean(model: MoPoE, data: dict[str, Tensor]) -> None:
    once, often = (model.encode(data, "a", n, return_mean=True) for n in (1, 3))
    for one, many in [
        (once.z, often.z),
        *((once.modalities_z[m], often.modalities_z[m]) for m in model.style_dims),
    ]:
        assert torch.equal(many, one[:, None].expand(-1, 3, -1))
    if model.style_dims:
        assert bool((once.modalities_z["b"] == 0).all())


def test_modality_encode_returns_each_experts_output(model: MoPoE, data: dict[str, Tensor]) -> None:
    found = model.modality_encode(data)
    entries = ["embedding", "log_covariance"] + ["style_embedding", "style_log_covariance"] * bool(
        model.style_dims
    )
    for name, output in found.items():
        raw = model.encoders[name](data[name])
        assert sorted(output) == sorted(entries)
        assert all(torch.equal(output[e], raw[e]) for e in entries)


def test_inference_returns_what_the_contract_lists(model: MoPoE, data: dict[str, Tensor]) -> None:
    found = model.inference(data, generator=generator())
    assert set(found) == {"modalities", "mus", "logvars", "weights", "joint", "subsets"}
    assert found["mus"].shape == found["logvars"].shape == (7, 5, 2)
    assert found["weights"].shape == (7, 5)
    torch.testing.assert_close(
        found["weights"], torch.full((7, 5), 1 / 7, dtype=torch.float64), rtol=1e-15, atol=0
    )
    assert [t.shape for t in found["joint"]] == [(5, 2), (5, 2)]
    assert list(found["subsets"]) == ["a", "b", "c", "a_b", "a_c", "b_c", "a_b_c"]
    for s, (mu, logvar) in enumerate(found["subsets"].values()):
        assert torch.equal(mu, found["mus"][s])
        assert torch.equal(logvar, found["logvars"][s])
    assert model.all_subsets() == [
        ("a",), ("b",), ("c",), ("a", "b"), ("a", "c"), ("b", "c"), ("a", "b", "c")
    ]  # fmt: skip


def test_all_subsets_lists_the_power_set_whatever_was_configured(small_model: Callable[..., MoPoE]) -> None:
    for subsets in ("poe", "moe", [["a"]], None):
        listed = small_model(subsets=subsets).all_subsets()
        assert len(listed) == len(set(listed)) == 7
        assert () not in listed
