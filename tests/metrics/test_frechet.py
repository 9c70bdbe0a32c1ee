from __future__ import annotations

import math
import sys
import types
from urllib.error import URLError

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from workbench.metrics.frechet import digit_frechet, frechet_distance, inception_frechet

SEEDS = st.integers(0, 9999)
SIZES = st.integers(1, 6)


def random_of(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def covariance(random: np.random.Generator, size: int, rank: int | None = None) -> Tensor:
    factor = torch.from_numpy(random.standard_normal((size, rank or size + 3)))
    return factor @ factor.T


def vector(random: np.random.Generator, size: int) -> Tensor:
    return torch.from_numpy(random.standard_normal(size))


# --- the distance, against closed forms ---


@given(SEEDS, SIZES)
def test_diagonal_covariances_have_a_closed_form(seed: int, size: int) -> None:
    random = random_of(seed)
    means, scales = random.standard_normal((2, size)), random.uniform(0, 3, (2, size))
    a, b = ((torch.tensor(m), torch.diag(torch.tensor(s) ** 2)) for m, s in zip(means, scales, strict=True))
    expected = ((means[0] - means[1]) ** 2).sum() + ((scales[0] - scales[1]) ** 2).sum()
    assert frechet_distance(*a, *b) == pytest.approx(expected, abs=1e-10)


@given(SEEDS, SIZES)
def test_the_distance_is_that_of_a_general_matrix_root(seed: int, size: int) -> None:
    random = random_of(seed)
    a, b = ((vector(random, size), covariance(random, size)) for _ in range(2))
    root = scipy.linalg.sqrtm((a[1] @ b[1]).numpy())
    expected = float((a[0] - b[0]).square().sum() + (a[1] + b[1]).trace()) - 2 * np.trace(root).real
    assert frechet_distance(*a, *b) == pytest.approx(expected, rel=1e-6, abs=1e-6)
    assert frechet_distance(*b, *a) == pytest.approx(frechet_distance(*a, *b), rel=1e-9, abs=1e-9)


@given(SEEDS, SIZES)
def test_covariances_of_rank_one_have_a_closed_form(seed: int, size: int) -> None:
    # tr (uuᵀ vvᵀ)^{1/2} = |uᵀv|: a general root of this product is not even real.
    random = random_of(seed)
    u, v = vector(random, size), vector(random, size)
    zero = torch.zeros(size)
    expected = float(u @ u + v @ v - 2 * (u @ v).abs())
    found = frechet_distance(zero, torch.outer(u, u), zero, torch.outer(v, v))
    assert found == pytest.approx(expected, abs=1e-6 * (1 + float(u @ u + v @ v)))


@given(SEEDS, st.integers(1, 20), st.integers(1, 25))
def test_a_gaussian_is_at_distance_zero_of_itself_even_when_singular(seed: int, size: int, rank: int) -> None:
    random = random_of(seed)
    a = vector(random, size), covariance(random, size, rank)
    assert 0 <= frechet_distance(*a, *a) < 1e-10 * float(a[1].trace())


@given(SEEDS, SIZES, st.floats(0.1, 10))
def test_it_is_unmoved_by_rotation_and_scales_with_the_square(seed: int, size: int, factor: float) -> None:
    random = random_of(seed)
    a, b = ((vector(random, size), covariance(random, size)) for _ in range(2))
    turn = torch.linalg.qr(covariance(random, size)).Q * factor
    turned = [moved for mean, cov in (a, b) for moved in (turn @ mean, turn @ cov @ turn.T)]
    assert frechet_distance(*turned) == pytest.approx(
        factor**2 * frechet_distance(*a, *b), rel=1e-6, abs=1e-8
    )


def test_float32_is_taken_to_float64() -> None:
    half = torch.eye(2)
    assert frechet_distance(torch.tensor([3.0, 4.0]), half, torch.zeros(2), 4 * half) == pytest.approx(27)


def test_what_is_no_gaussian_is_refused() -> None:
    zero, eye = torch.zeros(2), torch.eye(2)
    lopsided = torch.tensor([[1.0, 0.5], [0.0, 1.0]])
    for arguments, message in [
        ((zero, eye, torch.zeros(3), torch.eye(3)), "expected shapes"),
        ((zero, eye[0], zero, eye), "expected shapes"),
        ((zero / 0, eye, zero, eye), "expected finite means"),
        ((zero, lopsided, zero, eye), "cov_a: expected a finite symmetric matrix"),
        ((zero, eye, zero, eye * math.nan), "cov_b: expected a finite symmetric matrix"),
        ((zero, eye, zero, -eye), "cov_b: expected no negative eigenvalue, got -1"),
    ]:
        with pytest.raises(ValueError, match=message):
            frechet_distance(*arguments)


# --- in the features of a digit classifier ---


class SeesPixels:
    """A classifier whose features are the pixels."""

    def features(self, images: Tensor) -> Tensor:
        return images.flatten(1)


def crowd(seed: int, n: int, mean: float = 0.0, scale: float = 1.0) -> Tensor:
    """Images of 1 × 2 × 2 independent normal pixels."""
    return mean + scale * torch.randn(n, 1, 2, 2, generator=torch.Generator().manual_seed(seed))


def test_the_value_is_that_of_the_moments_that_numpy_finds() -> None:
    real, generated = crowd(0, 50), crowd(1, 70, mean=0.5, scale=2)
    found = digit_frechet(real, generated, SeesPixels(), seed=0, n_resamples=2)
    a, b = (images.flatten(1).double().numpy() for images in (real, generated))
    root = scipy.linalg.sqrtm(np.cov(a.T) @ np.cov(b.T)).real
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(np.cov(a.T) + np.cov(b.T) - 2 * root)
    assert found.distance.value == pytest.approx(expected)
    assert (found.n_real, found.distance.n) == (50, 70)
    assert found.features == "digit classifier, 4"


def test_many_images_find_the_distance_of_the_truth() -> None:
    found = digit_frechet(
        crowd(0, 40_000), crowd(1, 40_000, mean=1, scale=1.5), SeesPixels(), seed=0, n_resamples=20
    )
    assert found.distance.value == pytest.approx(4 * (1 + 0.25), abs=5 * found.distance.standard_error)
    assert found.distance.standard_error < 0.05


def test_the_standard_error_is_the_spread_over_other_images() -> None:
    n, others = 200, 200
    values = [
        digit_frechet(
            crowd(2 * i, n), crowd(2 * i + 1, n, mean=1, scale=1.5), SeesPixels(), seed=i, n_resamples=2
        ).distance.value
        for i in range(others)
    ]
    told = digit_frechet(crowd(9001, n), crowd(9002, n, mean=1, scale=1.5), SeesPixels(), seed=0)
    assert told.distance.standard_error == pytest.approx(float(np.std(values, ddof=1)), rel=0.3)


def test_the_estimate_is_biased_upwards_and_the_floor_shows_it() -> None:
    few, many = (
        digit_frechet(crowd(1, n), crowd(2, n), SeesPixels(), seed=0, n_resamples=2) for n in (40, 4000)
    )
    assert few.distance.value > 10 * many.distance.value > 0
    # Two halves of forty images differ as much as two sets of twenty.
    floors = [
        digit_frechet(crowd(i, 40), crowd(1, 2), SeesPixels(), seed=i, n_resamples=2).floor for i in range(60)
    ]
    values = [
        digit_frechet(
            crowd(2 * i, 20), crowd(2 * i + 1, 20), SeesPixels(), seed=i, n_resamples=2
        ).distance.value
        for i in range(1000, 1060)
    ]
    error = math.hypot(np.std(floors), np.std(values)) / math.sqrt(60)
    assert np.mean(floors) == pytest.approx(np.mean(values), abs=4 * error)


def test_halves_are_disjoint_and_the_seed_decides() -> None:
    # One image is far off: it is in one half only, so the floor is large.
    real = crowd(0, 100)
    real[0] = 1e3
    before = torch.get_rng_state()
    first, again, other = (
        digit_frechet(real, crowd(1, 20), SeesPixels(), seed=seed, n_resamples=3) for seed in (1, 1, 2)
    )
    assert torch.equal(before, torch.get_rng_state())
    assert first == again
    assert first.distance.standard_error != other.distance.standard_error
    assert first.distance.value == other.distance.value
    assert first.floor > 1000


def test_images_that_cannot_be_compared_are_refused() -> None:
    images = crowd(0, 10)
    for real, generated, options, error, message in [
        (images[0], images, {}, ValueError, "expected real and generated ones of one shape"),
        (images, images[..., :1], {}, ValueError, r"got \(10, 1, 2, 2\) and \(10, 1, 2, 1\)"),
        (images[:3], images, {}, ValueError, "real: expected at least 4 images, got 3"),
        (images, images[:1], {}, ValueError, "generated: expected at least 2 images, got 1"),
        (images, images, {"n_resamples": 1}, ValueError, "n_resamples: expected at least 2, got 1"),
        (images, images, {"seed": 0.5}, TypeError, "seed: expected an integer"),
    ]:
        with pytest.raises(error, match=message):
            digit_frechet(real, generated, SeesPixels(), **({"seed": 0} | options))


# --- in those of Inception, by a stand-in ---


class StandIn:
    """Keeps what torchmetrics would be given."""

    broken: Exception | None = None
    made: StandIn

    def __init__(self, feature: int, normalize: bool) -> None:
        if self.broken:
            raise self.broken
        assert (feature, normalize) == (2048, True)
        self.given: list[tuple[Tensor, bool]] = []
        StandIn.made = self

    def to(self, device: torch.device) -> StandIn:
        return self

    def update(self, images: Tensor, real: bool) -> None:
        self.given.append((images, real))

    def compute(self) -> Tensor:
        return torch.tensor(12.5)


@pytest.fixture
def torchmetrics(monkeypatch: pytest.MonkeyPatch) -> type[StandIn]:
    class Fresh(StandIn):
        pass

    for name in ("torchmetrics", "torchmetrics.image", "torchmetrics.image.fid"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    sys.modules["torchmetrics.image.fid"].FrechetInceptionDistance = Fresh
    return Fresh


@pytest.mark.parametrize("channels", [1, 3])
def test_inception_sees_pictures_of_three_channels_in_range(torchmetrics, channels: int) -> None:
    real, generated = torch.rand(5, channels, 4, 4), 3 * torch.randn(3, channels, 4, 4).double()
    assert inception_frechet(real, generated, batch_size=2) == 12.5
    given = StandIn.made.given
    assert [(len(images), is_real) for images, is_real in given] == [
        (2, True),
        (2, True),
        (1, True),
        (2, False),
        (1, False),
    ]
    for source, is_real in ((real, True), (generated, False)):
        shown = torch.cat([images for images, kind in given if kind is is_real])
        assert shown.dtype == torch.float32
        assert torch.equal(shown, source.clamp(0, 1).float().expand(-1, 3, -1, -1))


def test_without_torchmetrics_the_message_says_what_to_install(monkeypatch, torchmetrics) -> None:
    images = torch.rand(4, 3, 4, 4)
    torchmetrics.broken = ModuleNotFoundError("FrechetInceptionDistance requires torch-fidelity")
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'torchmetrics\[image\]'"):
        inception_frechet(images, images)
    monkeypatch.setitem(sys.modules, "torchmetrics.image.fid", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'torchmetrics\[image\]'"):
        inception_frechet(images, images)


@pytest.mark.parametrize(
    "error", [URLError("no network"), RuntimeError("operator torchvision::nms does not exist")]
)
def test_without_weights_or_with_another_torchvision_the_message_says_why(torchmetrics, error) -> None:
    torchmetrics.broken = error
    with pytest.raises(RuntimeError, match=r"(no network|nms).*checkpoints.*torchvision must"):
        inception_frechet(torch.rand(4, 3, 4, 4), torch.rand(4, 3, 4, 4))


def test_images_that_are_no_pictures_are_refused_before_inception_is_set_up(torchmetrics) -> None:
    torchmetrics.broken = AssertionError("it was set up")
    images = torch.rand(4, 3, 4, 4)
    for real, generated, options, message in [
        (images[:, :2], images[:, :2], {}, "expected images of 1 or 3 channels, got 2"),
        (2 * images + 1, images, {}, "real: expected values from 0 to 1, got"),
        (images / 0, images, {}, "real: expected values from 0 to 1, got"),
        (images, images * math.nan, {}, "generated: expected finite values"),
        (images[:1], images, {}, "real: expected at least 2 images, got 1"),
        (images, images, {"batch_size": 0}, "batch_size: expected at least 1, got 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            inception_frechet(real, generated, **options)
