"""decode, predict and generate_from_prior: shapes, values, modes, and data space."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from mopoe import ModelOutput, MoPoE

STYLES = {"a": 1, "b": 2, "c": 3}
DIMS = {"a": (3,), "b": (2, 2), "c": (2, 3)}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_only_the_conditioning_modalities_are_needed(model: MoPoE, data: dict[str, Tensor]) -> None:
    whole, part = (
        model.predict(x, ["a", "b"], generator=generator()) for x in (data, {m: data[m] for m in "ba"})
    )
    assert all(torch.equal(whole[m], part[m]) for m in "abc")


def test_predict_is_decode_after_encode(model: MoPoE, data: dict[str, Tensor]) -> None:
    predicted = model.predict(data, ["a"], "b", N=2, generator=generator())
    decoded = model.decode(model.encode(data, ["a"], N=2, generator=generator()), "b")
    assert list(predicted) == ["b"]
    assert torch.equal(predicted.b, decoded.b)


@pytest.mark.parametrize("leading", [(), (1,), (7,), (3, 1, 2)])
def test_decode_takes_any_leading_axes(model: MoPoE, leading: tuple[int, ...]) -> None:
    embedding = ModelOutput(
        z=torch.randn(*leading, 2).double(),
        modalities_z={m: torch.randn(*leading, size).double() for m, size in model.style_dims.items()},
    )
    for given in (embedding, dict(embedding), *([] if model.style_dims else [embedding.z])):
        decoded = model.decode(given)
        assert {m: tuple(x.shape) for m, x in decoded.items()} == {m: (*leading, *d) for m, d in DIMS.items()}
    flat = torch.cat([embedding.z, embedding.modalities_z["b"]], -1) if model.style_dims else embedding.z
    expected = model.decoders["b"](flat.reshape(-1, flat.shape[-1])).reconstruction.reshape(*leading, 2, 2)
    torch.testing.assert_close(model.decode(embedding).b, expected, rtol=1e-13, atol=1e-14)


def test_decoding_one_modality_needs_only_its_private_latent(
    small_model: Callable[..., MoPoE],
) -> None:
    model = small_model(modalities_specific_dim=STYLES)
    decoded = model.decode(
        {"z": torch.zeros(4, 2).double(), "modalities_z": {"b": torch.zeros(4, 2).double()}}, "b"
    )
    assert decoded.b.shape == (4, 2, 2)


@pytest.mark.parametrize(
    ("kind", "map_"), [("bernoulli", torch.sigmoid), ("categorical", lambda t: t.softmax(-1))]
)
def test_outputs_are_in_data_space(
    kind: str,
    map_: Callable[[Tensor], Tensor],
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
) -> None:
    model, data = small_model(decoders_dist=dict.fromkeys("abc", kind)), support_data(kind)
    z = model.encode(data, generator=generator()).z
    for output in (
        model.decode(z),
        model.predict(data, generator=generator()),
    ):
        for name in "abc":
            logits = model.decoders[name](z).reconstruction
            torch.testing.assert_close(output[name], map_(logits), rtol=1e-12, atol=1e-13)
            assert float(logits.detach().min()) < 0
    generated = model.generate_from_prior(50)
    for name in "abc":
        assert bool(((generated[name] >= 0) & (generated[name] <= 1)).all())
    if kind == "categorical":
        torch.testing.assert_close(generated.c.sum(-1), torch.ones(50, 2).double())


def test_generation_from_the_prior(model: MoPoE) -> None:
    found = model.generate_from_prior(4000, generator=generator(1))
    assert found.one_latent_space is (not model.style_dims)
    assert set(found) == {"z", "one_latent_space", "modalities_z", "a", "b", "c"}
    assert found.b.shape == (4000, 2, 2)
    assert found.z.dtype == torch.float64
    for latent in (found.z, *found.modalities_z.values()):
        assert float(latent.mean(0).abs().max()) < 5 / 4000**0.5
        assert float((latent.var(0) - 1).abs().max()) < 5 * (2 / 4000) ** 0.5
    again = model.decode(found)
    assert all(torch.equal(found[m], again[m]) for m in "abc")
    assert model.generate_from_prior(1).c.shape == (1, 2, 3)


def test_modes_are_left_as_they_were_found_even_after_an_error(model: MoPoE, data: dict[str, Tensor]) -> None:
    model.train()
    model.decoders["a"].eval()
    modes = []
    for part in (model.encoders, model.decoders):
        part["b"].register_forward_hook(lambda module, *_: modes.append(module.training))
    model.predict(data)
    model.decode(model.generate_from_prior(2))
    assert modes == [False] * 4
    with pytest.raises(ValueError, match="cond_mod"):
        model.predict(data, "nothing")
    assert model.training
    assert model.encoders["b"].training
    assert not model.decoders["a"].training


def test_dropout_is_off_while_generating(small_model: Callable[..., MoPoE], data: dict[str, Tensor]) -> None:
    model = small_model()
    model.encoders["a"] = torch.nn.Sequential(torch.nn.Dropout(0.5), model.encoders["a"])
    model.decoders["b"] = torch.nn.Sequential(torch.nn.Dropout(0.5), model.decoders["b"])
    model.train()
    first, second = (model.predict(data, "a", "b", return_mean=True).b for _ in range(2))
    assert torch.equal(first, second)


# What generates, by whether gradients are asked for.
GENERATING: dict[str, Callable[..., ModelOutput]] = {
    "decode": lambda model, data, **asked: model.decode(model.encode(data, generator=generator()), **asked),
    "predict": lambda model, data, **asked: model.predict(data, N=2, generator=generator(), **asked),
    "generate_from_prior": lambda model, data, **asked: model.generate_from_prior(3, generator(), **asked),
}


@pytest.mark.parametrize("method", GENERATING)
def test_what_is_generated_carries_no_graph_unless_asked(
    method: str, model: MoPoE, data: dict[str, Tensor]
) -> None:
    kept = []

    def keep(tensor: Tensor) -> Tensor:
        kept.append(tensor)
        return tensor

    x = data["a"].clone().requires_grad_()
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        encoded = model.encode({**data, "a": x}, generator=generator())
        kept.clear()
        plain = model.decode(encoded) if method == "decode" else GENERATING[method](model, {**data, "a": x})
    assert not kept  # and so no memory
    assert all(plain[m].numpy().shape == plain[m].shape for m in "abc")
    asked = GENERATING[method](model, data, differentiable=True)
    assert all(torch.equal(asked[m], plain[m]) for m in "abc")
    asked.b.sum().backward()
    assert all(bool((weight.grad != 0).any()) for weight in model.decoders["b"].parameters())


def test_gradients_by_data_and_latents_on_demand(model: MoPoE, data: dict[str, Tensor]) -> None:
    """An explorer may ask which pixels a generated modality depends on."""
    x = data["a"].requires_grad_()
    found = model.predict(data, "a", "b", return_mean=True, differentiable=True).b
    (by_predict,) = torch.autograd.grad(found.sum(), x)
    encoded = model.encode(data, "a", return_mean=True)
    (by_hand,) = torch.autograd.grad(model.decode(encoded, "b", differentiable=True).b.sum(), x)
    assert bool((by_predict != 0).any())
    torch.testing.assert_close(by_predict, by_hand)


def test_no_gradient_is_kept_where_the_surroundings_want_none(model: MoPoE, data: dict[str, Tensor]) -> None:
    with torch.no_grad():
        assert not model.predict(data, differentiable=True).a.requires_grad


def test_beliefs_and_likelihoods_keep_their_gradients(model: MoPoE, data: dict[str, Tensor]) -> None:
    x = data["a"].requires_grad_()
    latents = model.encode(data)
    for value in (
        latents.z,
        model.posterior(data).mean,
        model.joint_posterior(data).mean,
        model.inference(data)["mus"],
        model.log_likelihood(data, latents).b,
        model(data).loss,
    ):
        (gradient,) = torch.autograd.grad(value.sum(), x, retain_graph=True)
        assert bool((gradient != 0).any())
