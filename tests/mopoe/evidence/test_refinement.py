"""The proposal that is fitted to each sample: against exact posteriors, and where encoders fail."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mopoe import IncompleteDataset, ModelOutput, MoPoE, MoPoEConfig
from mopoe.evidence import refinement
from mopoe.evidence.refinement import refine
from workbench.datasets import LinearGaussian
from workbench.datasets.linear_gaussian.model import linear_gaussian_model


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("private", [False, True], ids=["shared", "private"])
@pytest.mark.parametrize(("target", "given"), [("all", None), (["a", "c"], None), ("b", ["a", "c"])], ids=str)
def test_a_gaussian_posterior_is_found_and_the_likelihood_with_it(
    target: object, given: object, private: bool, linear_world: Callable[..., Any]
) -> None:
    """Encoders far off: the product is a hopeless proposal, the fitted Gaussian nearly the posterior itself."""
    world = linear_world(3, private, widening=0.5, shift=1.5)
    asked = {"target": target, "given": given, "K": 500}
    found = world.model.estimate_nll(world.data, **asked, proposal="refined", generator=generator())
    product = world.model.estimate_nll(world.data, **asked, proposal="product", generator=generator())
    exact = (
        world.truth.conditional_log_prob(world.data, ["b"], ["a", "c"])
        if given
        else world.truth.log_prob(world.data, None if target == "all" else target)
    )
    assert float(((found.nll + exact) / found.standard_error).abs().max()) < 4
    assert float(found.standard_error.max()) < 0.05
    assert float(found.effective_sample_size.min()) > 300
    assert float(product.effective_sample_size.median()) < 50, "no need for a refined proposal here"


def test_mean_and_covariance_are_those_of_the_posterior(linear_world: Callable[..., Any]) -> None:
    world = linear_world(1, latent_dim=3, length=5, noise=0.3)

    def explain(z: Tensor, private: Any) -> dict[str, Tensor]:
        return {m: world.truth.log_likelihood(world.data, z, modalities=[m]) for m in "a"}

    start = torch.full((5, 3), 0.5, dtype=torch.float64)
    q = refine([(start, torch.zeros_like(start))], {}, explain, generator())
    mean, covariance = world.truth.posterior(world.data)
    scale = covariance.diagonal().sqrt()
    assert float((covariance / scale.outer(scale) - torch.eye(3)).abs().max()) > 0.2, (
        "nothing is correlated here"
    )
    torch.testing.assert_close(q.mu, mean, rtol=0, atol=1e-2)
    # Wider by 1 + 0.8 / √3, as its docstring says of three dimensions.
    wider = (1 + 0.8 / 3**0.5) * covariance
    torch.testing.assert_close(q.root @ q.root.mT, wider.expand(5, 3, 3), rtol=0, atol=1e-2)


def test_missing_modalities_leave_their_private_latents_at_the_prior(
    linear_world: Callable[..., Any],
) -> None:
    world = linear_world(3, private=True)
    masks = dict(zip("abc", torch.tensor([[1, 0, 1, 1], [1, 1, 0, 1], [0, 1, 1, 1]]).bool(), strict=True))
    found = world.model.estimate_nll(
        IncompleteDataset(world.data, masks), K=500, proposal="refined", generator=generator()
    )
    exact = torch.stack(
        [
            world.truth.log_prob(
                {m: x[b : b + 1] for m, x in world.data.items()}, [m for m in "abc" if masks[m][b]]
            )[0]
            for b in range(4)
        ]
    )
    assert float(((found.nll + exact) / found.standard_error).abs().max()) < 4
    assert float(found.effective_sample_size.min()) > 300


class Off(nn.Module):
    """An encoder that is sure, and wrong."""

    def forward(self, x: Tensor) -> ModelOutput:
        return ModelOutput(embedding=torch.ones(len(x), 2), log_covariance=torch.full((len(x), 2), -6.0))


class Curved(nn.Module):
    """A decoder for which the posterior is no Gaussian."""

    def __init__(self) -> None:
        super().__init__()
        self.size = nn.Parameter(torch.tensor(3.0))

    def forward(self, z: Tensor) -> ModelOutput:
        curved = torch.tanh(z[:, 0] * z[:, 1])
        return ModelOutput(reconstruction=self.size * torch.stack([z[:, 0], z[:, 1], curved], 1))


def make() -> MoPoE:
    return MoPoE(MoPoEConfig(1, 2, {"a": (3,)}), {"a": Off()}, {"a": Curved()})


def test_it_gives_the_number_that_the_prior_gives_with_many_more_draws() -> None:
    model = make()
    data = {"a": 2 * torch.randn(6, 3, generator=generator(1))}
    found = model.estimate_nll(data, K=2_000, proposal="refined", generator=generator())
    again = model.estimate_nll(data, K=200_000, proposal="prior", chunk=50_000, generator=generator())
    error = torch.hypot(found.standard_error, again.standard_error)
    assert float(((found.nll - again.nll) / error).abs().max()) < 4
    assert float(error.max()) < 0.1
    assert "refined" in found._repr_html_()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize(("size", "least"), [(32, 300), (64, 300), (128, 100)])
def test_many_dimensions_stay_right(size: int, least: int, dtype: torch.dtype) -> None:
    truth = LinearGaussian.random(dict.fromkeys("abc", 30), size, noise=1.0, seed=1)
    model = linear_gaussian_model(truth, widening=1.5, shift=0.3).to(dtype)
    data, _, _ = truth.sample(3, seed=1)
    found = model.estimate_nll(data, proposal="refined", generator=generator())
    exact = -truth.log_prob(data)
    assert float(((found.nll - exact) / found.standard_error).abs().max()) < 4
    assert float(found.effective_sample_size.min()) > least


def test_a_fit_that_fails_leaves_the_start(
    monkeypatch: pytest.MonkeyPatch, linear_world: Callable[..., Any]
) -> None:
    """Steps far too long: what comes back is the product of the experts, a little wider."""
    world = linear_world(3, prior_expert="none", widening=3.0)
    monkeypatch.setattr(refinement, "LEARNING_RATE", 1e4)
    found = world.model.estimate_nll(world.data, K=2_000, proposal="refined", generator=generator())
    exact = -world.truth.log_prob(world.data)
    assert float(((found.nll - exact) / found.standard_error).abs().max()) < 4
    assert float(found.standard_error.max()) < 0.2


def test_inference_mode_is_refused_with_what_to_do() -> None:
    with torch.inference_mode(), pytest.raises(RuntimeError, match=r"use torch.no_grad\(\) instead"):
        make().estimate_nll({"a": torch.zeros(3, 3)}, K=20, proposal="refined")


def test_weights_of_the_model_and_random_state_are_untouched() -> None:
    model = make().train()
    data = {"a": torch.randn(3, 3, generator=generator(1))}
    before = torch.get_rng_state()
    found = model.estimate_nll(data, K=20, proposal="refined")
    assert torch.equal(torch.get_rng_state(), before)
    assert not found.nll.requires_grad
    assert all(p.grad is None and p.requires_grad for p in model.parameters())
    assert model.training


@pytest.mark.parametrize("private", [False, True])
def test_chunks_and_generators_as_with_the_others(
    private: bool,
    monkeypatch: pytest.MonkeyPatch,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    monkeypatch.setattr(refinement, "STEPS", 10)
    model = small_model(modalities_specific_dim={"a": 1, "b": 2, "c": 3} if private else None)
    inputs = IncompleteDataset(support_data(), some_masks)
    whole, part, other = (
        model.estimate_nll(inputs, K=9, proposal="refined", chunk=chunk, generator=generator(seed)).nll
        for chunk, seed in ((100, 0), (2, 0), (100, 1))
    )
    torch.testing.assert_close(whole, part, rtol=1e-12, atol=0)
    assert not torch.equal(whole, other)


def test_of_two_modes_the_better_one_is_found_if_a_start_leads_there() -> None:
    """ln p(x|z) has a small bump near the first start and a large one near the second."""

    def bumps(z: Tensor, private: Any) -> dict[str, Tensor]:
        near, far = (-0.5 * ((z - centre) / 0.1).square().sum(-1) for centre in (2.0, -2.0))
        return {"a": torch.logaddexp(near, far + 5)}

    near, far = (torch.full((3, 2), centre, dtype=torch.float64) for centre in (1.8, -1.8))
    narrow = torch.full_like(near, -4.0)
    alone = refine([(near, narrow)], {}, bumps, generator())
    both = refine([(near, narrow), (far, narrow)], {}, bumps, generator())
    assert bool((alone.mu > 0).all()) and bool((both.mu < 0).all())


class Fixed(nn.Module):
    """An encoder that says the same of every sample."""

    def __init__(self, mean: float, logvar: float) -> None:
        super().__init__()
        self.mean, self.logvar = mean, logvar

    def forward(self, x: Tensor) -> ModelOutput:
        shape = (len(x), 1)
        return ModelOutput(
            embedding=torch.full(shape, self.mean), log_covariance=torch.full(shape, self.logvar)
        )


class Identity(nn.Module):
    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=z)


def test_experts_that_the_product_drowns_are_a_start_too() -> None:
    """One sure expert sits on a small bump of the likelihood; the other, less sure, on a large one."""

    def bumps(recon: Tensor, target: Tensor) -> Tensor:
        return torch.logaddexp(
            -0.5 * ((recon - 1.5) / 0.3).square(), 5 - 0.5 * ((recon + 1.5) / 0.3).square()
        )

    config = MoPoEConfig(2, 1, {"a": (1,), "b": (1,)}, decoders_dist={"a": bumps, "b": lambda r, t: 0 * r})
    encoders = {"a": Fixed(1.5, -6.0), "b": Fixed(-4.5, -1.0)}
    model = MoPoE(config, encoders, {"a": Identity(), "b": Identity()})
    data = {m: torch.zeros(3, 1) for m in "ab"}
    found = model.estimate_nll(data, proposal="refined", generator=generator())
    z = torch.linspace(-8, 8, 20_001, dtype=torch.float64)
    joint = bumps(z, z) - 0.5 * z.square() - 0.5 * math.log(2 * math.pi)
    exact = -math.log(float(torch.trapezoid(joint.exp(), z)))
    # What the small bump holds, e⁻⁵ of all, may be missed.
    assert float((found.nll - exact).abs().max()) < 0.05
    product = model.estimate_nll(data, proposal="product", generator=generator())
    assert float((product.nll - exact).min()) > 3, "the product finds it by itself"


def test_a_gradient_that_is_not_finite_is_refused_with_the_samples() -> None:
    model = make()

    def break_gradient(module: Any, args: Any, output: ModelOutput) -> ModelOutput:
        return ModelOutput(reconstruction=output.reconstruction + (0 * args[0]).sum(1, True).sqrt())

    model.decoders["a"].register_forward_hook(break_gradient)
    with pytest.raises(ValueError, match=r"'refined': expected finite gradients .* samples \[0, 1, 2\]"):
        model.estimate_nll({"a": torch.zeros(3, 3)}, K=20, proposal="refined")
