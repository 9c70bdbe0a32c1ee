"""Exact ELBOs against the identity ELBO = ln p(x) − KL(q ‖ posterior), and against numerical integration."""

from __future__ import annotations

import ast
import inspect
import math

import pytest
import torch
from scipy.integrate import dblquad
from scipy.stats import norm
from torch import Tensor
from torch.distributions import MultivariateNormal, kl_divergence

from workbench.datasets import LinearGaussian, exact_elbo
from workbench.datasets.linear_gaussian import elbo as linear_gaussian_elbo

DIMS = {"a": 2, "b": 3, "c": 1}
PRIVATE = {"a": 1, "b": 2}


def make(private: bool) -> LinearGaussian:
    return LinearGaussian.random(DIMS, 2, noise=0.7, private_dims=PRIVATE if private else None, seed=4)


def some_gaussian(n: int, size: int, seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    factor = torch.randn(n, size, size, dtype=torch.float64, generator=generator)
    covariance = factor @ factor.mT + 0.2 * torch.eye(size, dtype=torch.float64)
    return torch.randn(n, size, dtype=torch.float64, generator=generator), covariance


def joint_posterior(model: LinearGaussian, data: dict[str, Tensor], names: list[str]) -> MultivariateNormal:
    """Posterior of (z, w_m, …) given these modalities, with z and all private latents as one latent."""
    sizes = [model.private_loadings[m].shape[1] if m in model.private_loadings else 0 for m in names]
    rows = []
    for i, m in enumerate(names):
        blocks = [torch.zeros(DIMS[m], size, dtype=torch.float64) for size in sizes]
        if sizes[i]:
            blocks[i] = model.private_loadings[m]
        rows.append(torch.cat([model.loadings[m], *blocks], 1) / model.noise[m])
    loading = torch.cat(rows)
    residual = torch.cat([(data[m] - model.offsets[m]) / model.noise[m] for m in names], 1)
    covariance = torch.linalg.inv(torch.eye(loading.shape[1], dtype=torch.float64) + loading.T @ loading)
    return MultivariateNormal(residual @ loading @ covariance, covariance)


@pytest.mark.parametrize("names", [["a", "b", "c"], ["a", "c"], ["b"]], ids=str)
@pytest.mark.parametrize("private", [False, True])
def test_what_the_elbo_lacks_is_the_divergence_from_the_posterior(private: bool, names: list[str]) -> None:
    model = make(private)
    data, _, _ = model.sample(5, seed=1)
    shared = some_gaussian(5, 2, seed=2)
    styles = {m: some_gaussian(5, size, seed=3) for m, size in PRIVATE.items()} if private else {}
    used = [shared, *(styles[m] for m in names if m in styles)]
    means = torch.cat([mean for mean, _ in used], 1)
    covariances = torch.stack([torch.block_diag(*(c[b] for _, c in used)) for b in range(5)])
    gap = kl_divergence(MultivariateNormal(means, covariances), joint_posterior(model, data, names))
    expected = model.log_prob(data, names) - gap
    torch.testing.assert_close(exact_elbo(model, data, shared, styles, names), expected, rtol=1e-11, atol=0)


def test_at_the_posterior_it_is_the_evidence() -> None:
    model = make(private=False)
    data, _, _ = model.sample(5, seed=1)
    mean, covariance = model.posterior(data)
    found = exact_elbo(model, data, (mean, covariance.expand(5, 2, 2)))
    torch.testing.assert_close(found, model.log_prob(data), rtol=1e-12, atol=0)


@pytest.mark.slow
def test_the_elbo_by_numerical_integration() -> None:
    def exact(*values: object) -> Tensor:
        return torch.tensor(values, dtype=torch.float64)

    model = LinearGaussian(
        {"a": exact([0.8], [-1.2])}, {"a": exact(0.3, -0.4)}, {"a": 0.6}, {"a": exact([0.5], [0.9])}
    )
    data = {"a": exact([0.9, -1.1])}

    def integrand(w: float, z: float) -> float:
        log_q = norm.logpdf(z, 0.4, 0.5) + norm.logpdf(w, -0.2, 0.8)
        log_p = norm.logpdf(z) + norm.logpdf(w)
        log_p += norm.logpdf(0.9, 0.8 * z + 0.5 * w + 0.3, 0.6) + norm.logpdf(
            -1.1, -1.2 * z + 0.9 * w - 0.4, 0.6
        )
        return math.exp(log_q) * (log_p - log_q)

    expected, _ = dblquad(integrand, 0.4 - 4, 0.4 + 4, -0.2 - 7, -0.2 + 7, epsabs=1e-8)
    q = (exact([0.4]), exact([[0.25]])), {"a": (exact([-0.2]), exact([[0.64]]))}
    assert exact_elbo(model, data, *q).item() == pytest.approx(expected, abs=1e-6)


def test_a_private_latent_needs_its_posterior() -> None:
    model = make(private=True)
    data, _, _ = model.sample(2)
    with pytest.raises(ValueError, match=r"private: expected q\(w_m\) of \['a', 'b'\]"):
        exact_elbo(model, data, some_gaussian(2, 2, seed=1))


def test_conditionals_are_those_of_the_conditional_gaussian() -> None:
    model = make(private=True)
    data, _, _ = model.sample(5, seed=1)
    mean, covariance = model.marginal(["a", "c", "b"])
    target, given = slice(0, 3), slice(3, 6)
    gain = covariance[target, given] @ torch.linalg.inv(covariance[given, given])
    location = mean[target] + (data["b"] - mean[given]) @ gain.T
    spread = covariance[target, target] - gain @ covariance[given, target]
    expected = MultivariateNormal(location, spread).log_prob(torch.cat([data["a"], data["c"]], 1))
    torch.testing.assert_close(
        model.conditional_log_prob(data, ["a", "c"], ["b"]), expected, rtol=1e-10, atol=0
    )
    with pytest.raises(ValueError, match="each once"):
        model.conditional_log_prob(data, ["a", "b"], ["b"])


def test_the_likelihood_given_latents_is_that_of_the_noise() -> None:
    model = make(private=True)
    data, z, w = model.sample(5, seed=1)
    draws = torch.stack([z, z + 1, 2 * z])
    private = {m: torch.stack([x, x, x - 1]) for m, x in w.items()}
    found = model.log_likelihood(data, draws, private, ["b", "c"])
    assert found.shape == (3, 5)
    for k in range(3):
        expected = norm.logpdf(
            data["c"], draws[k] @ model.loadings["c"].T + model.offsets["c"], model.noise["c"]
        ).sum(1)
        location = draws[k] @ model.loadings["b"].T + private["b"][k] @ model.private_loadings["b"].T
        expected += norm.logpdf(data["b"], location + model.offsets["b"], model.noise["b"]).sum(1)
        torch.testing.assert_close(found[k], torch.from_numpy(expected), rtol=1e-12, atol=0)


def test_it_knows_nothing_of_the_library_that_it_judges() -> None:
    tree = ast.parse(inspect.getsource(linear_gaussian_elbo))
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert {node.module for node in froms} <= {"__future__", "collections.abc", "torch", "world"}
