"""Samples from the prior or from a mixture, whatever the size of a batch."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mopoe import MoPoE, MoPoEConfig
from workbench.samplers.draw import decode_in_batches, draw_latents, generate
from workbench.samplers.gaussian_mixture import LatentMixture

DIMS = {"a": (3,), "b": (1, 4, 4)}


def small_model(private: bool, **config) -> MoPoE:
    torch.manual_seed(0)
    styles = {"a": 3, "b": 1} if private else None
    return MoPoE(MoPoEConfig(2, latent_dim=2, input_dims=DIMS, modalities_specific_dim=styles, **config))


def point(at: float, size: int = 2) -> LatentMixture:
    """A mixture that always draws about the same."""
    return LatentMixture(torch.ones(1), torch.full((1, size), at), torch.full((1, size), 1e-6))


def from_seed(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("private", [False, True])
def test_in_one_batch_the_samples_are_those_of_the_prior(private: bool) -> None:
    model = small_model(private)
    ours, theirs = generate(model, 7, generator=from_seed(1)), model.generate_from_prior(7, from_seed(1))
    assert set(ours) == set(theirs)
    assert ours.one_latent_space == theirs.one_latent_space != private
    assert set(ours.modalities_z) == set(theirs.modalities_z)
    pairs = [(ours[name], theirs[name]) for name in ("z", "a", "b")]
    pairs += [(ours.modalities_z[name], theirs.modalities_z[name]) for name in theirs.modalities_z]
    assert all(torch.equal(one, other) for one, other in pairs)


@settings(max_examples=20)
@given(n=st.integers(1, 12), batch_size=st.integers(1, 14), private=st.booleans(), mixture=st.booleans())
def test_the_size_of_a_batch_changes_nothing(n: int, batch_size: int, private: bool, mixture: bool) -> None:
    model, latents = small_model(private), point(0.5) if mixture else None
    whole, parts = (
        generate(model, n, latents=latents, generator=from_seed(2), batch_size=size)
        for size in (n, batch_size)
    )
    assert torch.equal(whole.z, parts.z)
    for name, dims in DIMS.items():
        assert parts[name].shape == (n, *dims)
        assert torch.allclose(whole[name], parts[name], atol=1e-6)


def test_a_mixture_gives_the_shared_latent_and_the_prior_the_private_ones() -> None:
    model = small_model(private=True)
    found = generate(model, 4000, latents=point(3.0), generator=from_seed(0))
    assert torch.allclose(found.z, torch.full((4000, 2), 3.0), atol=1e-4)
    for name, size in {"a": 3, "b": 1}.items():
        style = found.modalities_z[name]
        assert style.shape == (4000, size)
        assert float(style.mean()) == pytest.approx(0, abs=0.08)
        assert float(style.std()) == pytest.approx(1, abs=0.05)
    decoded = model.decode(found)
    assert all(torch.allclose(found[name], decoded[name], atol=1e-5) for name in DIMS)


def test_latents_take_the_type_of_the_model_and_no_gradient_is_kept() -> None:
    mixture = LatentMixture(*(tensor.double() for tensor in vars(point(1.0)).values()))
    found = generate(small_model(private=False).train(), 3, latents=mixture)
    assert found.z.dtype == found.a.dtype == torch.float32
    assert not found.a.requires_grad


def test_only_the_modalities_asked_for_are_decoded() -> None:
    model = small_model(private=True)
    parts = list(decode_in_batches(model, draw_latents(model, 5), 2, ["b"]))
    assert [set(part) for part in parts] == [{"b"}] * 3
    assert [len(part.b) for part in parts] == [2, 2, 1]


def test_what_cannot_be_generated_is_refused() -> None:
    model = small_model(private=False)
    for n, options, error, message in [
        (0, {}, ValueError, "n: expected at least 1, got 0"),
        (2.0, {}, TypeError, "n: expected an integer, got 2.0"),
        (2, {"batch_size": 0}, ValueError, "batch_size: expected at least 1, got 0"),
        (2, {"latents": point(0.0, size=3)}, ValueError, "over z of size 2, got one of size 3"),
    ]:
        with pytest.raises(error, match=message):
            generate(model, n, **options)
