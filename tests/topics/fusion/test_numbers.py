"""The fusion playground's numbers against derivations of their own: scipy, grids, precisions by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import logsumexp

from workbench.topics.fusion.analysis import fuse
from workbench.topics.fusion.explorer import explore_fusion
from workbench.topics.fusion.state import MODALITIES, FusionState

# Three experts that are all wrong, in mean and in width.
WRONG = {
    "readings": [-0.9, 1.4, 0.3],
    "readings_up": [0.5, -1.1, 0.2],
    "noise": [0.5, 0.9, 1.3],
    "means": [-1.2, 1.8, 0.6],
    "means_up": [0.2, -0.7, 0.9],
    "widths": [0.7, 0.4, 1.1],
}
POLICIES = ["full", "all", "none"]


def family(answer, name):
    return {found.name: found for found in answer.families}[name]


def product(members, policy):
    """Mean and standard deviation of the product of some experts of WRONG, by precisions."""
    precision = sum(WRONG["widths"][m] ** -2 for m in members)
    weighted = sum(WRONG["means"][m] * WRONG["widths"][m] ** -2 for m in members)
    if policy == "all" or (policy == "full" and len(members) == 3):
        precision += 1
    return weighted / precision, precision**-0.5


def components(name, policy):
    sizes = {"product": [3], "mixture": [1], "MoPoE": [1, 2, 3]}[name]
    return [product(s, policy) for size in sizes for s in itertools.combinations(range(3), size)]


def log_joint(z):
    """ln p(x, z) in one dimension."""
    terms = zip(WRONG["readings"], WRONG["noise"], strict=True)
    return stats.norm.logpdf(z) + sum(stats.norm.logpdf(x, z, sigma) for x, sigma in terms)


def integral(function):
    return integrate.quad(function, -12, 12, points=[-1.2, 0.0, 0.6, 1.8], limit=400, epsabs=1e-11)[0]


EVIDENCE = math.log(integral(lambda z: math.exp(log_joint(z))))


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", ["product", "mixture", "MoPoE"])
def test_numbers_in_one_dimension_by_scipy(name, policy):
    answer = fuse(FusionState(**WRONG, prior_expert=policy))
    found, parts = family(answer, name), components(name, policy)
    means, sds = np.array(parts).T
    np.testing.assert_allclose(found.means[:, 0], means, atol=1e-12)
    np.testing.assert_allclose(found.sds[:, 0], sds, atol=1e-12)
    np.testing.assert_allclose(found.weights, 1 / len(parts), atol=1e-12)

    def log_density(z):
        return float(logsumexp(stats.norm.logpdf(z, means, sds)) - math.log(len(parts)))

    def under(log_ratio):
        return integral(lambda z: math.exp(log_density(z)) * log_ratio(z))

    np.testing.assert_allclose(found.density, [math.exp(log_density(z)) for z in answer.grid], atol=1e-12)
    assert answer.evidence == pytest.approx(EVIDENCE, abs=1e-9)
    to_prior = under(lambda z: log_density(z) - stats.norm.logpdf(z))
    to_exact = under(lambda z: log_density(z) - log_joint(z) + EVIDENCE)
    assert found.to_prior.value == pytest.approx(to_prior, abs=1e-8)
    assert found.to_posterior.value == pytest.approx(to_exact, abs=1e-8)
    assert found.bounds["mixture"].value == pytest.approx(EVIDENCE - to_exact, abs=1e-8)
    alone = [
        integral(
            lambda z, mean=mean, sd=sd: (
                stats.norm.pdf(z, mean, sd) * (log_joint(z) - stats.norm.logpdf(z, mean, sd))
            )
        )
        for mean, sd in parts
    ]
    assert found.bounds["generalised"].value == pytest.approx(np.mean(alone), abs=1e-8)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("dimensions", [1, 2])
@pytest.mark.parametrize("shown", [["sight", "sound", "touch"], ["sight", "touch"], ["sound"]])
def test_bounds_are_ordered_below_the_evidence(policy, dimensions, shown):
    state = FusionState(**WRONG, prior_expert=policy, dimensions=dimensions, shown=shown, K=16)
    answer = fuse(state)
    for found in answer.families:
        generalised, mixture, importance = (
            found.bounds[name] for name in ("generalised", "mixture", "importance")
        )
        slack = 5 * mixture.standard_error + 1e-9
        assert generalised.value <= mixture.value + slack
        assert mixture.value - generalised.value <= math.log(len(found.components)) + slack
        errors = math.hypot(mixture.standard_error, importance.standard_error)
        assert mixture.value <= importance.value + 5 * errors + 1e-9
        assert importance.value <= answer.evidence + 5 * importance.standard_error + 1e-9
        assert found.to_posterior.value == pytest.approx(answer.evidence - mixture.value, abs=1e-9)
        assert sum(found.shares.values()) == pytest.approx(1)


def test_one_importance_draw_is_the_mixture_bound():
    answer = fuse(FusionState(**WRONG, K=1))
    for found in answer.families:
        one, exact = found.bounds["importance"], found.bounds["mixture"]
        assert one.standard_error > 0
        assert abs(one.value - exact.value) < 5 * one.standard_error


def test_two_dimensions_by_brute_force():
    answer = fuse(FusionState(**WRONG, dimensions=2))
    axis = np.linspace(-8, 8, 641)
    z = np.stack(np.meshgrid(axis, axis, indexing="ij"), -1)
    cell = (axis[1] - axis[0]) ** 2
    readings = np.stack([WRONG["readings"], WRONG["readings_up"]], 1)

    def normal(centre, sd):
        return stats.norm.logpdf(z, centre, sd).sum(-1)

    joint = normal(0, 1) + sum(normal(x, s) for x, s in zip(readings, WRONG["noise"], strict=True))
    evidence = math.log(np.exp(joint).sum() * cell)
    assert answer.evidence == pytest.approx(evidence, abs=1e-8)
    posterior = np.exp(joint - evidence) * cell
    np.testing.assert_allclose(answer.posterior_mean, (posterior[..., None] * z).sum((0, 1)), atol=1e-8)
    for found in answer.families:
        density = np.mean([np.exp(normal(m, s)) for m, s in zip(found.means, found.sds, strict=True)], axis=0)
        kl = (density * (np.log(density + 1e-300) - joint + evidence)).sum() * cell
        assert found.to_posterior.value == pytest.approx(kl, abs=5 * found.to_posterior.standard_error + 1e-6)
        from_prior = (density * (np.log(density + 1e-300) - normal(0, 1))).sum() * cell
        assert found.to_prior.value == pytest.approx(from_prior, abs=5 * found.to_prior.standard_error + 1e-6)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("shown", [["sight", "sound", "touch"], ["sight", "sound"]])
def test_shares_are_parts_of_the_precision_of_each_component(policy, shown):
    answer = fuse(FusionState(**WRONG, prior_expert=policy, shown=shown))
    precisions = dict(zip(MODALITIES, np.array(WRONG["widths"]) ** -2.0, strict=True))
    for found in answer.families:
        expected = dict.fromkeys([*MODALITIES, "prior"], 0.0)
        for weight, component, sd in zip(found.weights, found.components, found.sds[:, 0], strict=True):
            parts = {name: precisions[name] * sd**2 for name in component}
            for name, share in (parts | {"prior": 1 - sum(parts.values())}).items():
                expected[name] += weight * share
        assert found.shares == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("dimensions", [1, 2])
@pytest.mark.parametrize("policy", POLICIES)
def test_right_experts(policy, dimensions):
    playground = explore_fusion(**WRONG, prior_expert=policy, dimensions=dimensions)
    playground.controls["right"].click()
    noise = np.array(WRONG["noise"])
    shrink = np.ones(3) if policy == "all" else 1 / (1 + noise**2)
    np.testing.assert_allclose(playground.state.means, WRONG["readings"] * shrink, atol=1e-12)
    np.testing.assert_allclose(playground.state.means_up, WRONG["readings_up"] * shrink, atol=1e-12)
    np.testing.assert_allclose(playground.state.widths, noise * np.sqrt(shrink), atol=1e-12)
    for name in MODALITIES:
        # Each alone is exact; where the prior joins every product, all together are as well.
        playground.state.shown = [name]
        gap = family(playground.current, "mixture").to_posterior.value
        assert gap == pytest.approx(0, abs=1e-9)
    playground.state.shown = list(MODALITIES)
    together = family(playground.current, "product").to_posterior.value
    assert together == pytest.approx(0, abs=1e-9) if policy == "all" else together > 0.01
    playground.state.undo()
