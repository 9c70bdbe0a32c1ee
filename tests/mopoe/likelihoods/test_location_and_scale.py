"""Normal, Laplace and Student's t with every kind of scale keep the promises of likelihoods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from scipy import stats
from torch import Tensor

from mopoe.likelihoods import LocationScaleLikelihood, make_likelihood
from tests.mopoe.likelihoods import promises

DIMS = (3, 2)
ENTRIES = [[0.2, 1.5], [0.7, 3.0], [1.0, 0.4]]
FREEDOM = 3.5
SCALES = {
    "number": 0.6,
    "entries": ENTRIES,
    "column": [0.3, 2.0],
    "learned": "learned",
    "learned per entry": "learned_per_entry",
    "predicted": "predicted",
}
FORMULAS: dict[str, Callable[..., Any]] = {
    "normal": stats.norm.logpdf,
    "laplace": stats.laplace.logpdf,
    "student_t": lambda x, loc, scale: stats.t.logpdf(x, FREEDOM, loc, scale),
}
SD = {"normal": 1.0, "laplace": 2**0.5, "student_t": (FREEDOM / (FREEDOM - 2)) ** 0.5}
#: Student's t here has no fourth moment, by which the error of a variance is told.
VARIANCES = ["normal", "laplace"]

every_scale = pytest.mark.parametrize("scale", list(SCALES))
every_word = pytest.mark.parametrize("word", list(FORMULAS))


def likelihood_of(
    word: str, scale: str, dims: tuple[int, ...] = DIMS, **params: Any
) -> LocationScaleLikelihood:
    value = SCALES[scale]
    params |= {"floor": 0.05} if isinstance(value, str) else {}
    params |= {"degrees_of_freedom": FREEDOM} if word == "student_t" else {}
    likelihood = make_likelihood(word, {"scale": value} | params, "x", dims).double()
    with torch.no_grad():
        for weight in likelihood.parameters():
            weight.copy_(0.5 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(4)))
    return likelihood


def numbers(likelihood: LocationScaleLikelihood, *leading: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    recon = torch.randn(*leading, 4, *likelihood.recon_dims(DIMS), dtype=torch.float64, generator=generator)
    return recon, 2 * torch.randn(4, *DIMS, dtype=torch.float64, generator=generator)


def location_and_scale(likelihood: LocationScaleLikelihood, recon: Tensor) -> tuple[Tensor, Tensor]:
    """What the settings mean, written down once more."""
    if likelihood.scale.predicted:
        return recon[..., 0], 0.05 + recon[..., 1].exp()
    weights = list(likelihood.scale.parameters())
    if weights:
        return recon, (0.05 + weights[0].exp()).detach().expand(recon.shape)
    scale = likelihood.scale
    given = scale.number if scale.exact is None else scale.exact.tolist()
    return recon, torch.tensor(given, dtype=torch.float64).expand(recon.shape)


@every_scale
@every_word
def test_promises_are_kept(word: str, scale: str) -> None:
    likelihood = likelihood_of(word, scale)
    recon, target = numbers(likelihood)
    promises.hold(likelihood, recon, target)

    def formula(recon: Tensor, target: Tensor) -> Any:
        location, spread = location_and_scale(likelihood, recon)
        return FORMULAS[word](target.numpy(), location.numpy(), spread.numpy())

    for leading in ((), (2,)):
        promises.density_is(likelihood, *numbers(likelihood, *leading, seed=1), formula)
    if word in VARIANCES:

        def sd(recon: Tensor) -> Tensor:
            return SD[word] * location_and_scale(likelihood, recon)[1]

        promises.draws_have_its_mean(likelihood, recon, sd=sd)
    promises.refuses(likelihood, target / 0, "expected finite values, got 24 that are NaN or infinite")


@pytest.mark.parametrize("scale", ["number", "learned", "learned per entry", "predicted"])
@every_word
def test_densities_integrate_to_one(word: str, scale: str) -> None:
    likelihood = likelihood_of(word, scale, (1,))
    recon = torch.tensor([[[0.4, -0.3]]] if likelihood.scale.predicted else [[0.4]], dtype=torch.float64)
    bound = float("inf")
    promises.integrates_to_one(likelihood, recon, -bound, bound, [-20, 0.4, 20])


@every_scale
@every_word
def test_extreme_numbers_stay_finite(word: str, scale: str) -> None:
    likelihood = likelihood_of(word, scale)
    for size in (0.0, 1e-30, 1e4, 1e15):
        recon, target = numbers(likelihood)
        promises.stays_finite(likelihood, size * recon, target)
        promises.stays_finite(likelihood, recon, size * target)


def test_students_draws_have_his_quantiles() -> None:
    for freedom in (0.8, 3.0, 30.0):
        likelihood = make_likelihood("student_t", {"degrees_of_freedom": freedom, "scale": 2}, "x")
        draws = likelihood.sample(torch.ones(20_000, dtype=torch.float64), torch.Generator().manual_seed(0))
        assert stats.kstest(draws.numpy(), stats.t(freedom, 1, 2).cdf).pvalue > 1e-3


@pytest.mark.parametrize("freedom", [1e-3, 1.0, 39.9, 40.1, 1e3, 1e7, 1e12])
def test_any_degrees_of_freedom_are_precise(freedom: float) -> None:
    x = torch.linspace(-5, 5, 11, dtype=torch.float64)
    likelihood = make_likelihood("student_t", {"degrees_of_freedom": freedom}, "x")
    # From 1e7 on scipy's own difference of two large numbers is the less precise; the limit is the normal.
    expected = stats.t.logpdf(x, freedom) if freedom < 1e6 else stats.norm.logpdf(x)
    tolerance = 1e-10 if freedom < 1e6 else 1e-4 if freedom < 1e8 else 1e-9
    found = likelihood.log_prob(torch.zeros_like(x), x)
    torch.testing.assert_close(found, torch.as_tensor(expected), rtol=tolerance, atol=tolerance)


def test_degrees_of_freedom_are_learned_above_two() -> None:
    likelihood = make_likelihood("student_t", {"degrees_of_freedom": "learned"}, "x").double()
    recon, target = numbers(likelihood)
    promises.hold(likelihood, recon, target)
    for raw in (-50.0, 0.0, 50.0):
        with torch.no_grad():
            likelihood.degrees_of_freedom.raw.fill_(raw)
        assert bool(likelihood.degrees_of_freedom() >= 2)
        promises.stays_finite(likelihood, 1e4 * recon, target)
    promises.names_its_settings(likelihood, "degrees of freedom learned, above 2", "scale 1")


@pytest.mark.parametrize(
    ("word", "params", "text"),
    [
        ("normal", {"scale": 0.75}, "normal, scale 0.75"),
        ("laplace", {"scale": [0.5, 2]}, "laplace, scale 0.5, 2"),
        ("normal", {"scale": "learned"}, "normal, scale learned, above 0.001"),
        (
            "normal",
            {"scale": "learned_per_entry", "floor": 0.1},
            "normal, scale learned per entry, above 0.1",
        ),
        ("laplace", {"scale": "predicted", "floor": 0.1}, "laplace, scale predicted, above 0.1"),
        ("student_t", {}, "student_t, degrees of freedom 4, scale 1"),
    ],
)
def test_settings_are_told(word: str, params: dict[str, Any], text: str) -> None:
    assert str(make_likelihood(word, params, "x", (3, 2))) == text


@pytest.mark.parametrize(
    ("params", "dims", "error", "message"),
    [
        (
            {"scale": "leaned"},
            (2,),
            TypeError,
            r"\['scale'\]: expected a number, a tensor or one of 'learned', ",
        ),
        ({"scale": [1.0, 2.0]}, (3,), ValueError, r"\['scale'\]: expected a shape that broadcasts to \(3,\)"),
        ({"scale": "learned_per_entry"}, None, ValueError, r"\['scale'\]: expected input_dims beside"),
        ({"scale": 2, "floor": 0.1}, (2,), ValueError, r"\['floor'\]: expected none, as scale is given"),
        (
            {"scale": "learned", "floor": -1},
            (2,),
            ValueError,
            r"\['floor'\]: expected a positive number, got -1",
        ),
        ({"dims": (2,)}, (2,), ValueError, "takes .*scale and floor, got 'dims'"),
    ],
)
@every_word
def test_parameters_are_refused_by_name(
    word: str, params: dict[str, Any], dims: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=r"decoder_dist_params\['x'\].*" + message):
        make_likelihood(word, params, "x", dims)


def test_degrees_of_freedom_are_refused_by_name() -> None:
    for value, error in ((0, ValueError), ("predicted", TypeError), ([3.0, 4.0], ValueError)):
        with pytest.raises(
            error, match=r"decoder_dist_params\['x'\]\['degrees_of_freedom'\]: expected (a|one)"
        ):
            make_likelihood("student_t", {"degrees_of_freedom": value}, "x")
