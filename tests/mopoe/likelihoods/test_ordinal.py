"""Ordered levels against differences of logistic distribution functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from mopoe import MoPoE, MoPoEConfig
from mopoe.likelihoods import OrdinalLikelihood, make_likelihood
from tests.mopoe.likelihoods import promises

LEVELS = 4
SETTINGS: dict[str, dict[str, Any]] = {
    "learned": {},
    "by entry": {"cuts": "learned_per_entry"},
    "fixed": {"cuts": [-1.0, 0.25, 3.0]},
}
RATINGS = torch.tensor([[0.0, 1, 2], [3, 0, 3], [1, 1, 2], [2, 3, 0], [0, 0, 1]], dtype=torch.float64)


def likelihood_of(case: str) -> OrdinalLikelihood:
    likelihood = make_likelihood("ordinal", {"n_levels": LEVELS} | SETTINGS[case], "rating", (3,)).double()
    assert isinstance(likelihood, OrdinalLikelihood)
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in likelihood.parameters():
            parameter.add_(torch.randn(parameter.shape, dtype=torch.float64, generator=generator))
    return likelihood


def cuts_of(case: str, likelihood: OrdinalLikelihood) -> np.ndarray:
    """(3, L − 1), from what the parameters mean."""
    if case == "fixed":
        return np.broadcast_to([-1.0, 0.25, 3.0], (3, 3))
    first, raw = (likelihood.get_parameter(name).detach().numpy() for name in ("first_cut", "log_gaps"))
    cuts = np.concatenate([first, first + np.cumsum(1e-3 + np.exp(raw), -1)], -1)
    return np.broadcast_to(cuts, (3, 3))


def probabilities(case: str, likelihood: OrdinalLikelihood, recon: Tensor) -> np.ndarray:
    """(*, 3, L)."""
    below = stats.logistic.cdf(cuts_of(case, likelihood) - recon.detach().numpy()[..., None])
    return np.diff(
        np.pad(
            np.pad(below, [(0, 0)] * recon.ndim + [(1, 0)]),
            [(0, 0)] * recon.ndim + [(0, 1)],
            constant_values=1,
        )
    )


def recon_of(*leading: int) -> Tensor:
    return 2 * torch.randn(*leading, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("case", SETTINGS)
@pytest.mark.parametrize("leading", [(5,), (2, 5)])
def test_densities_means_and_points_follow_from_the_levels_probabilities(
    case: str, leading: tuple[int, ...]
) -> None:
    likelihood, recon = likelihood_of(case), recon_of(*leading)
    p = probabilities(case, likelihood, recon)
    levels = np.broadcast_to(RATINGS.long().numpy(), recon.shape)
    expected = np.log(np.take_along_axis(p, levels[..., None], -1)[..., 0])
    promises.density_is(likelihood, recon, RATINGS, lambda *_: expected)
    torch.testing.assert_close(likelihood.mean(recon), torch.as_tensor(p @ np.arange(LEVELS)))
    assert torch.equal(likelihood.point(recon), torch.as_tensor(p.argmax(-1)).double())


@pytest.mark.parametrize("case", SETTINGS)
def test_promises_are_kept(case: str) -> None:
    likelihood, recon = likelihood_of(case), recon_of(5)
    promises.hold(likelihood, recon, RATINGS)
    p = probabilities(case, likelihood, recon)
    mean = p @ np.arange(LEVELS)
    sd = np.sqrt(p @ np.arange(LEVELS) ** 2 - mean**2)
    promises.draws_have_its_mean(likelihood, recon, 20_000, lambda _: sd)


@pytest.mark.parametrize("location", [-30.0, 0.0, 0.4, 30.0])
def test_probabilities_sum_to_one(location: float) -> None:
    likelihood = make_likelihood("ordinal", {"n_levels": 7}, "rating")
    support = torch.arange(7.0).double()[:, None]
    promises.sums_to_one(likelihood, torch.tensor([location]).double(), support)


def test_learned_cuts_start_with_levels_that_are_equally_probable() -> None:
    likelihood = OrdinalLikelihood(5)
    found = likelihood.level_log_probs(torch.zeros(1, 1)).exp()
    torch.testing.assert_close(found, torch.full((1, 1, 5), 0.2))


def test_two_levels_are_a_bernoulli() -> None:
    likelihood, recon = make_likelihood("ordinal", {"n_levels": 2, "cuts": [0.0]}, "x").double(), recon_of(5)
    bits = (RATINGS > 1).double()
    expected = make_likelihood("bernoulli", None, "x").log_prob(recon, bits)
    torch.testing.assert_close(likelihood.log_prob(recon, bits), expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("case", SETTINGS)
@pytest.mark.parametrize("size", [90.0, 1e4, 1e9])
def test_extreme_locations_stay_finite(case: str, size: float) -> None:
    likelihood = likelihood_of(case)
    for recon in (size * recon_of(5), torch.full((5, 3), size).double(), torch.full((5, 3), -size).double()):
        promises.stays_finite(likelihood, recon, RATINGS)


def test_neighbouring_cuts_lose_no_digits() -> None:
    """σ(c + d) − σ(c) ≈ d σ'(c): in single precision the difference itself has no digit left."""
    cuts = torch.tensor([3.0, 3.0 + 2**-20])
    likelihood = OrdinalLikelihood(3, cuts.tolist())
    found = likelihood.log_prob(torch.zeros(1, 1), torch.ones(1, 1))
    expected = np.log(2.0**-20) + stats.logistic.logpdf(3.0 + 2**-21)
    assert float(found) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("value", "shown"), [(-1.0, "-1"), (4.0, "4"), (0.5, "0.5"), (float("nan"), "nan")])
def test_what_is_no_level_is_refused(value: float, shown: str) -> None:
    ratings = RATINGS.clone()
    ratings[2, 1] = value
    promises.refuses(
        likelihood_of("learned"), ratings, f"one of 4 levels, whole numbers from 0 to 3, got {shown}"
    )


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({}, TypeError, r"decoder_dist_params\['rating'\]: expected 'n_levels' for 'ordinal', got none"),
        ({"n_levels": 1}, ValueError, r"\['n_levels'\]: expected at least 2, got 1"),
        ({"n_levels": 2.5}, TypeError, r"\['n_levels'\]: expected a whole number"),
        ({"n_levels": 3, "cuts": "even"}, ValueError, r"\['cuts'\]: expected 'learned' or .* got 'even'"),
        ({"n_levels": 3, "cuts": [1.0]}, ValueError, "expected 2 rising numbers for 3 levels"),
        ({"n_levels": 3, "cuts": [1.0, 1.0]}, ValueError, "rising"),
        ({"n_levels": 3, "cuts": [0.0, float("nan")]}, ValueError, "rising"),
        ({"n_levels": 3, "cuts": {"a": 1}}, TypeError, r"\['cuts'\]: expected 2 numbers"),
        ({"n_levels": 3, "cuts": "learned_per_entry"}, ValueError, r"\['cuts'\]: expected input_dims"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    params: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make_likelihood("ordinal", params, "rating")


def test_fixed_cuts_keep_their_digits() -> None:
    params = {"rating": {"n_levels": 3, "cuts": [0.1, 0.7]}}
    config = MoPoEConfig(
        1, 2, {"rating": (3,)}, decoders_dist={"rating": "ordinal"}, decoder_dist_params=params
    )
    likelihood = MoPoE(config).double().likelihoods["rating"]
    found = likelihood.log_prob(torch.zeros(1, 1).double(), torch.zeros(1, 1))
    assert float(found) == pytest.approx(stats.logistic.logcdf(0.1), rel=1e-14)


def test_names_tell_the_settings() -> None:
    promises.names_its_settings(likelihood_of("by entry"), "4 levels", "learned per entry")
    promises.names_its_settings(likelihood_of("fixed"), "0.25")


@pytest.mark.parametrize("case", ["fixed", "by entry"])
def test_names_stay_wherever_the_model_is(case: str) -> None:
    told = str(likelihood_of(case))
    assert str(likelihood_of(case).to(torch.bfloat16)) == told == str(likelihood_of(case).to("meta"))


def test_a_model_learns_its_cuts() -> None:
    torch.manual_seed(0)
    kinds, params = {"rating": "ordinal"}, {"rating": {"n_levels": LEVELS, "cuts": "learned_per_entry"}}
    model = MoPoE(MoPoEConfig(1, 2, {"rating": (3,)}, decoders_dist=kinds, decoder_dist_params=params))
    ratings = torch.randint(LEVELS, (20, 3), generator=torch.Generator().manual_seed(0))
    model({"rating": ratings}).loss.backward()
    assert model.likelihoods["rating"].log_gaps.grad.shape == (3, 2)
    seen = model.modality_encode({"rating": ratings})["rating"].embedding
    assert torch.equal(seen, model.encoders["rating"](ratings.float() / 3).embedding)
