"""The three bounds below ln p(x): against closed forms, against numerical integration, and in their order."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch
from scipy.integrate import quad
from torch import Tensor
from torch.distributions import Normal

from mopoe import IncompleteDataset, MoPoE
from workbench.datasets import exact_elbo

STYLES = {"a": 1, "b": 2, "c": 3}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def exact_generalised_elbo(world: Any, names: list[str], masks: dict[str, Tensor] | None = None) -> Tensor:
    """Σ_S ELBO(q_S) / |𝒮| over the subsets of ``names``, by the closed form of a linear-Gaussian model."""
    values = []
    for b in range(len(world.data["a"])):
        one = {m: x[b : b + 1] for m, x in world.data.items()}
        seen = [m for m in names if masks is None or masks[m][b]]
        subsets = [s for s in world.model.subsets.values() if set(s) <= set(seen)]
        experts = world.model.modality_encode(one)
        private = {
            m: (experts[m].style_embedding, experts[m].style_log_covariance.exp().diag_embed())
            for m in world.truth.private_loadings
        }
        elbos = []
        for subset in subsets:
            precision = sum(torch.exp(-experts[m].log_covariance) for m in subset)
            weighted = sum(torch.exp(-experts[m].log_covariance) * experts[m].embedding for m in subset)
            if len(subset) == len(world.model.modalities):
                precision = precision + 1  # the prior expert of the full subset
            shared = (weighted / precision, (1 / precision).diag_embed())
            elbos.append(exact_elbo(world.truth, one, shared, private, seen)[0])
        values.append(torch.stack(elbos).mean())
    return torch.stack(values).detach()


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
@pytest.mark.parametrize("private", [False, True], ids=["shared", "private"])
@pytest.mark.parametrize("names", [list("abc"), ["a", "c"]], ids=str)
def test_the_generalised_elbo_is_the_exact_one_and_the_bounds_are_in_order(
    names: list[str], private: bool, missing: bool, linear_world: Callable[..., Any]
) -> None:
    world = linear_world(3, private, length=4)
    masks = dict(zip("abc", torch.tensor([[1, 0, 1, 1], [1, 1, 0, 1], [0, 1, 1, 1]]).bool(), strict=True))
    inputs = IncompleteDataset(world.data, masks) if missing else world.data
    found = world.model.estimate_bounds(inputs, names, K=20, repeats=200, chunk=1_000, generator=generator())
    exact = exact_generalised_elbo(world, names, masks if missing else None)
    deviations = (found.generalised.value - exact) / found.generalised.standard_error
    assert float(deviations.abs().max()) < 4
    evidence = torch.stack(
        [
            world.truth.log_prob(
                {m: x[b : b + 1] for m, x in world.data.items()},
                [m for m in names if not missing or masks[m][b]],
            )[0]
            for b in range(4)
        ]
    )
    ladder = [found.generalised, found.mixture, found.importance_weighted]
    for lower, higher in pairwise(ladder):
        slack = torch.hypot(lower.standard_error, higher.standard_error)
        assert bool((lower.value <= higher.value + 4 * slack).all())
        assert lower.mean().value < higher.mean().value, "the bounds do not differ here: nothing is tested"
    assert bool((ladder[-1].value <= evidence + 4 * ladder[-1].standard_error).all())


def test_the_mixture_bound_is_the_integral(linear_world: Callable[..., Any]) -> None:
    """E_q[ln p(x, z) − ln q(z|x)] on a line, by quadrature."""
    world = linear_world(2, latent_dim=1, length=3)
    found = world.model.estimate_bounds(world.data, K=5, repeats=4_000, chunk=10_000, generator=generator())
    with torch.no_grad():
        joint = world.model.joint_posterior(world.data)
    for b in range(3):

        def integrand(point: float, b: int = b) -> float:
            z = torch.full((3, 1), point, dtype=torch.float64)
            log_q = joint.log_prob(z)[b]
            log_p = world.truth.log_likelihood(world.data, z)[b] + Normal(0.0, 1.0).log_prob(z[b]).sum()
            return float(log_q.exp() * (log_p - log_q))

        exact, _ = quad(integrand, -12, 12, limit=200)
        error = float(found.mixture.standard_error[b])
        assert abs(float(found.mixture.value[b]) - exact) < 4 * error
        assert error < 0.02


def test_the_error_bars_of_the_bounds_are_honest(linear_world: Callable[..., Any]) -> None:
    """The spread of 300 replications is known to ±4%; stratification may make an error too large, by design."""
    world = linear_world(3, private=True, noise=2.0, widening=1.5, shift=0.2)
    found = world.model.estimate_bounds(world.repeated(0, 300), K=10, repeats=50, generator=generator())
    for bound in (found.generalised, found.mixture, found.importance_weighted):
        ratio = float(bound.value.std() / bound.standard_error.mean())
        assert 0.8 < ratio < 1.15, (bound.quantity, ratio)


def test_more_draws_tighten_the_bound_towards_the_evidence(linear_world: Callable[..., Any]) -> None:
    world = linear_world(3, length=20, widening=3.0)
    evidence = float(world.truth.log_prob(world.data).mean())
    gaps = []
    for K in (1, 4, 16, 64):
        bounds = world.model.estimate_bounds(
            world.data, K=K, repeats=3_200 // K, chunk=1_000, generator=generator()
        )
        gaps.append(evidence - bounds.importance_weighted.mean().value)
        if K == 1:
            torch.testing.assert_close(bounds.importance_weighted.value, bounds.mixture.value)
    assert gaps[0] > gaps[1] > gaps[2] > gaps[3] > 0
    # The gap falls as 1 / K once K is large (Burda et al. 2016; Domke and Sheldon 2018).
    assert 2.5 < gaps[2] / gaps[3] < 6


def test_one_component_leaves_no_room_between_the_first_two(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    """With one Gaussian both are its ELBO; they differ by how the KL is taken."""
    model = small_model(subsets="poe", modalities_specific_dim=STYLES)
    found = model.estimate_bounds(support_data(), K=1, repeats=20_000, chunk=1_000, generator=generator())
    slack = torch.hypot(found.generalised.standard_error, found.mixture.standard_error)
    assert bool(((found.generalised.value - found.mixture.value).abs() < 4 * slack).all())


def test_beta_and_rescaling_weigh_the_objective_not_the_bounds(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    plain, weighted = (
        small_model(**settings).estimate_bounds(support_data(), K=2, repeats=3, generator=generator())
        for settings in ({}, {"beta": 3.0, "uses_likelihood_rescaling": True})
    )
    assert torch.equal(plain.generalised.value, weighted.generalised.value)
    assert torch.equal(plain.mixture.value, weighted.mixture.value)


def test_the_table_names_each_bound_and_what_it_bounds(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    found = small_model().estimate_bounds(support_data(), ["b", "a"], K=4, repeats=3)
    table = found._repr_html_()
    for name, bound in (
        ("L_generalised", found.generalised),
        ("L_mixture", found.mixture),
        ("L_4", found.importance_weighted),
    ):
        assert bound.quantity == f"{name} ≤ ln p(a, b)"
        assert bound.quantity in table and f"{bound.mean().value:.3f}" in table
        assert bound.quantity in repr(found)
    assert "4 × 3 draws" in table
    assert math.isnan(
        float(small_model().estimate_bounds(support_data(), K=1, repeats=1).mixture.standard_error[0])
    )
