from __future__ import annotations

import ast
import inspect
import itertools

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from workbench.datasets import LinearGaussian, linear_gaussian

DIMS = {"a": 2, "b": 3, "c": 1}
PRIVATE = {"a": 1, "b": 2}
SUBSETS = [list(s) for n in (1, 2, 3) for s in itertools.combinations(DIMS, n)]


def make(private: bool = True, latent_dim: int = 2) -> LinearGaussian:
    return LinearGaussian.random(
        DIMS, latent_dim, noise=0.7, private_dims=PRIVATE if private else None, seed=4
    )


def joint_covariance(model: LinearGaussian) -> tuple[np.ndarray, dict[str, slice]]:
    """Covariance of (z, x_a, x_b, x_c), from the matrix that turns independent normals (z, w, ε) into it."""
    size = model.latent_dim + sum(c.shape[1] for c in model.private_loadings.values())
    columns = size + sum(len(b) for b in model.offsets.values())
    rows = model.latent_dim + sum(len(b) for b in model.offsets.values())
    mixing, places = np.zeros((rows, columns)), {"z": slice(0, model.latent_dim)}
    mixing[places["z"], places["z"]] = np.eye(model.latent_dim)
    row, private, noise = model.latent_dim, model.latent_dim, size
    for name, loading in model.loadings.items():
        d = len(loading)
        places[name] = slice(row, row + d)
        mixing[row : row + d, : model.latent_dim] = loading
        if name in model.private_loadings:
            p = model.private_loadings[name].shape[1]
            mixing[row : row + d, private : private + p] = model.private_loadings[name]
            private += p
        mixing[row : row + d, noise : noise + d] = model.noise[name] * np.eye(d)
        row, noise = row + d, noise + d
    return mixing @ mixing.T, places


@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("subset", SUBSETS, ids=" ".join)
def test_density_and_posterior_follow_from_the_joint_covariance(private, subset):
    model = make(private)
    data, _, _ = model.sample(5, seed=1)
    covariance, places = joint_covariance(model)
    seen = np.concatenate([np.arange(*places[name].indices(len(covariance))) for name in subset])
    values = np.concatenate([data[name].numpy() for name in subset], 1)
    offset = np.concatenate([model.offsets[name].numpy() for name in subset])

    expected = multivariate_normal(offset, covariance[np.ix_(seen, seen)]).logpdf(values)
    assert np.allclose(model.log_prob(data, subset), expected, rtol=0, atol=1e-11)

    z = np.arange(model.latent_dim)
    gain = covariance[np.ix_(z, seen)] @ np.linalg.inv(covariance[np.ix_(seen, seen)])
    mean, spread = model.posterior(data, subset)
    assert np.allclose(mean, (values - offset) @ gain.T, rtol=0, atol=1e-12)
    assert np.allclose(spread, np.eye(len(z)) - gain @ covariance[np.ix_(seen, z)], rtol=0, atol=1e-12)


def test_density_and_posterior_by_numerical_integration():
    def exact(*values) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.float64)

    loadings, offsets = (
        {"a": exact([0.8], [-1.2]), "b": exact([0.5])},
        {"a": exact(0.3, -0.4), "b": exact(1.0)},
    )
    model = LinearGaussian(loadings, offsets, {"a": 0.6, "b": 0.9})
    data = {"a": exact([0.9, -1.1]), "b": exact([0.2])}

    def joint(z: float) -> float:
        pieces = [
            norm.pdf(0.9, 0.8 * z + 0.3, 0.6),
            norm.pdf(-1.1, -1.2 * z - 0.4, 0.6),
            norm.pdf(0.2, 0.5 * z + 1.0, 0.9),
        ]
        return norm.pdf(z) * np.prod(pieces)

    moments = [quad(lambda z, k=k: z**k * joint(z), -12, 12, epsabs=1e-14, epsrel=1e-12)[0] for k in range(3)]
    mean, covariance = model.posterior(data)
    assert model.log_prob(data).item() == pytest.approx(np.log(moments[0]), abs=1e-10)
    assert mean.item() == pytest.approx(moments[1] / moments[0], abs=1e-10)
    assert covariance.item() == pytest.approx(
        moments[2] / moments[0] - (moments[1] / moments[0]) ** 2, abs=1e-10
    )


def test_samples_have_the_moments_of_the_model():
    model = make()
    n = 200_000
    data, z, private = model.sample(n, seed=2)
    assert {name: tuple(w.shape) for name, w in private.items()} == {"a": (n, 1), "b": (n, 2)}
    joint = torch.cat([z, *data.values()], 1)
    expected, _ = joint_covariance(model)
    found = torch.cov(joint.T).numpy()
    error = np.sqrt((expected**2 + np.outer(expected.diagonal(), expected.diagonal())) / n)
    assert (np.abs(found - expected) < 5 * error).all()
    mean = np.concatenate([np.zeros(2), *model.offsets.values()])
    assert (np.abs(joint.mean(0).numpy() - mean) < 5 * np.sqrt(expected.diagonal() / n)).all()
    # What is left without z and w is the noise alone.
    left = (
        data["b"]
        - z @ model.loadings["b"].T
        - private["b"] @ model.private_loadings["b"].T
        - model.offsets["b"]
    )
    assert left.std().item() == pytest.approx(0.7, rel=0.01)


def test_no_modality_leaves_the_prior_and_all_is_the_default():
    model = make()
    data, _, _ = model.sample(3)
    mean, covariance = model.posterior(data, [])
    assert torch.equal(mean, torch.zeros(3, 2, dtype=torch.float64)) and torch.equal(
        covariance, torch.eye(2).double()
    )
    assert torch.equal(model.log_prob(data), model.log_prob(data, list(DIMS)))
    # The order of the modalities does not matter to the density.
    assert torch.allclose(
        model.log_prob(data, ["c", "a"]), model.log_prob(data, ["a", "c"]), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("subset", SUBSETS, ids=" ".join)
def test_with_orthogonal_columns_every_posterior_is_the_product_of_its_experts(subset):
    model = LinearGaussian.random({"a": 4, "b": 3, "c": 5}, 3, orthogonal=True, seed=1)
    data, _, _ = model.sample(6, seed=2)
    mean, covariance = model.posterior(data, subset)
    assert torch.allclose(covariance, covariance.diagonal().diag(), rtol=0, atol=1e-14)
    precision, weighted = torch.ones(3).double(), torch.zeros(6, 3).double()
    for name in subset:
        expert_mean, expert_covariance = model.posterior(data, [name])
        precision += 1 / expert_covariance.diagonal() - 1  # the prior counts once
        weighted += expert_mean / expert_covariance.diagonal()
    assert torch.allclose(covariance.diagonal(), 1 / precision, rtol=0, atol=1e-13)
    assert torch.allclose(mean, weighted / precision, rtol=0, atol=1e-12)


def test_the_model_is_the_same_for_the_same_seed():
    first, again, other = (LinearGaussian.random(DIMS, 2, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(first.loadings["b"], again.loadings["b"])
    assert not torch.equal(first.loadings["b"], other.loadings["b"])


def test_it_knows_nothing_of_the_library_that_it_judges():
    tree = ast.parse(inspect.getsource(inspect.getmodule(LinearGaussian)))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level
    }
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]
    assert imported <= {"__future__", "collections.abc", "dataclasses", "math", "torch"}


def test_the_data_set_is_drawn_from_its_truth():
    splits = linear_gaussian(
        2, 3, 2, private_dim=1, noise=0.4, n_train=20_000, n_validation=50, n_test=50, seed=7
    )
    model = splits.truth
    assert splits.decoders_dist == {"x0": "normal", "x1": "normal"}
    assert splits.decoder_dist_params == {"x0": {"scale": 0.4}, "x1": {"scale": 0.4}}
    assert {tensor.dtype for tensor in splits.train.data.values()} == {torch.float32}
    # Under the truth, −ln p(x) averages to the entropy of the marginal.
    entropy = multivariate_normal(np.zeros(6), model.marginal()[1].numpy()).entropy()
    surprise = -model.log_prob(splits.train.data)
    assert abs(surprise.mean().item() - entropy) < 5 * surprise.std().item() / np.sqrt(20_000)
    assert len({dataset[:50].digest() for dataset in splits}) == 3
    again = linear_gaussian(n_train=10, n_validation=10, n_test=10, model=model, missing_rate=0.5)
    assert again.truth is model and hasattr(again.train, "masks")


A, B, S = {"a": torch.ones(2, 1).double()}, {"a": torch.zeros(2).double()}, {"a": 1.0}


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: LinearGaussian({}, {}, {}), ValueError, "loadings: expected at least one modality"),
        (
            lambda: LinearGaussian(A, {"b": B["a"]}, S),
            ValueError,
            r"offsets: expected the modalities \['a'\], got \['b'\]",
        ),
        (lambda: LinearGaussian(A, B, {}), ValueError, "noise: expected the modalities"),
        (lambda: LinearGaussian(A, B, {"a": 0.0}), ValueError, r"noise\['a'\]: expected 0 < σ"),
        (
            lambda: LinearGaussian(A, {"a": B["a"][:1]}, S),
            ValueError,
            r"offsets\['a'\]: expected float64 of shape \(2\)",
        ),
        (lambda: LinearGaussian({"a": A["a"].float()}, B, S), ValueError, "got torch.float32"),
        (lambda: LinearGaussian(A, B, S, {"b": A["a"]}), ValueError, r"private_loadings: .* got \['b'\]"),
        (
            lambda: LinearGaussian(A, B, S, {"a": A["a"][:1]}),
            ValueError,
            r"shape \(2, any\), got .* shape \(1, 1\)",
        ),
        (lambda: LinearGaussian.random({"a": 1}, 2, orthogonal=True), ValueError, "orthogonal columns need"),
        (lambda: make().log_prob(make().sample(2)[0], []), ValueError, "expected some of"),
        (
            lambda: make().log_prob(make().sample(2)[0], ["d"]),
            ValueError,
            r"expected some of \['a', 'b', 'c'\]",
        ),
        (lambda: make().posterior(make().sample(2)[0], ["a", "a"]), ValueError, "each once"),
        (lambda: make().log_prob({"a": torch.zeros(2, 2)}), ValueError, r"\['b', 'c'\] are not there"),
        (lambda: linear_gaussian(n_modalities=0), ValueError, "n_modalities: expected at least 1"),
        (lambda: linear_gaussian(noise="loud"), TypeError, "noise: expected a number"),
        (lambda: linear_gaussian(noise=-1.0), ValueError, "0 < σ < ∞, got -1.0"),
        (lambda: linear_gaussian(private_dim=-1), ValueError, "private_dim: expected at least 0"),
    ],
)
def test_bad_models_are_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()
