"""Whose information reaches the latent: linear VAEs against algebra, and models of a picture and a word."""

from __future__ import annotations

import math

import pytest
import torch
from scipy.stats import norm

from workbench.datasets import keep_modalities, linear_gaussian, load_dataset
from workbench.datasets.base import Splits
from workbench.metrics import train_classifiers
from workbench.topics.rescaling.exact import explained_shares
from workbench.topics.rescaling.linear import certainty, linear_balance, train_linear
from workbench.topics.rescaling.picture_and_word import constant_guess, train_with_factor, view_balance
from workbench.topics.rescaling.world import large_and_small
from workbench.training import TrainConfig


@pytest.fixture(scope="module")
def world() -> Splits:
    return linear_gaussian(
        model=large_and_small((40, 2)), n_train=3_000, n_validation=500, n_test=2_000, seed=0
    )


@pytest.mark.parametrize(("factor", "kept"), [(1.0, "large"), (8.0, "small")])
def test_a_trained_narrow_latent_keeps_what_algebra_says(world: Splits, factor: float, kept: str) -> None:
    settings = TrainConfig(epochs=15, batch_size=250, learning_rate=0.05, device="cpu", progress=False)
    found = linear_balance(train_linear(world, factor, 1, settings), world, seed=0)
    expected = explained_shares(world.truth, {"large": 1.0, "small": factor}, 1)
    assert max(expected, key=lambda name: expected[name]) == kept
    # A share of variance on 2,000 samples is known to two hundredths.
    assert found.explained == pytest.approx(expected, abs=0.03)
    assert (found.factor, found.latent_dim) == (factor, 1)


@pytest.mark.parametrize("factor", [1.0, 8.0, 50.0])
def test_coverage_is_that_of_two_gaussians(factor: float) -> None:
    """With precision r·a for the claim: mean error of variance (1 + r² a)/(1 + r a)², by hand."""
    signal = 2 * 0.2**2 / 0.1**2
    found = certainty(large_and_small(), factor, 20_000, seed=1)
    width = 1 / math.sqrt(1 + factor * signal)
    off = math.sqrt(1 + factor**2 * signal) / (1 + factor * signal)
    expected = 2 * norm.cdf(1.96 * width / off) - 1
    assert found.width == pytest.approx(width)
    assert found.true_width == pytest.approx(1 / math.sqrt(1 + signal))
    assert abs(found.coverage.value - expected) < 4 * found.coverage.standard_error


@pytest.fixture(scope="module")
def pairs() -> Splits:
    data = load_dataset("mnist_text", n_train=200, n_validation=50, n_test=60, seed=0)
    return keep_modalities(data, ["digit", "text"])


def test_the_constant_guess_is_the_cross_entropy_of_frequencies(pairs: Splits) -> None:
    pixels = pairs.train.data["digit"].double().flatten(1)
    frequency = (pixels.sum(0) + 1) / (len(pixels) + 2)
    found = constant_guess(pairs)
    target = pairs.test.data["digit"].double().flatten(1)
    by_torch = -torch.distributions.Bernoulli(probs=frequency).log_prob(target).sum(1).mean()
    assert found["digit"] == pytest.approx(float(by_torch))
    assert 0 < found["text"] < 8 * math.log(27)


def test_kept_modalities_are_the_same_samples(pairs: Splits) -> None:
    whole = load_dataset("mnist_text", n_train=200, n_validation=50, n_test=60, seed=0)
    assert list(pairs.input_dims) == ["digit", "text"]
    torch.testing.assert_close(pairs.test.data["text"], whole.test.data["text"])
    torch.testing.assert_close(pairs.test.labels, whole.test.labels)
    assert pairs.decoders_dist == {"digit": "bernoulli", "text": "categorical"}
    assert pairs.decoder_dist_params == {} and list(pairs.texts) == ["text"]
    assert keep_modalities(whole, ["photo"]).texts == {}


@pytest.mark.parametrize("names", [[], ["digit", "digit"], ["sound"], "digit"])
def test_modalities_that_cannot_be_kept_are_refused(pairs: Splits, names: list[str]) -> None:
    with pytest.raises(ValueError, match="keep_modalities"):
        keep_modalities(pairs, names)


def test_a_balance_is_about_each_view_alone(pairs: Splits) -> None:
    once = TrainConfig(epochs=1, device="cpu", progress=False)
    model = train_with_factor(pairs, 5.0, 3, "mopoe", once)
    reader = train_classifiers(pairs.train, seed=0, epochs=1, modalities=["digit"])["digit"]
    found = view_balance(model, pairs.test, reader, seed=0, n_words=4)
    assert found.factor == 5.0 and len(found.words) == 4
    experts = model.modality_encode(pairs.test)
    for name in ("digit", "text"):
        mean, variance = experts[name].embedding, experts[name].log_covariance.exp()
        q = torch.distributions.Normal(mean, variance.sqrt())
        by_torch = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum(1).mean()
        assert found.expert_kl[name] == pytest.approx(float(by_torch.detach()), rel=1e-4)
        assert found.nats[name] > 0
    # After one epoch on 200 samples no word is read back, and digits are guessed.
    assert found.words_right < 0.2 and found.digits_right < 0.5
