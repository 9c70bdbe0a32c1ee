"""Fused experts and their calibration against numerical integrals and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import trapezoid
from scipy.stats import norm

from workbench.topics.fusion.experts import calibration, fuse_experts

expert = st.tuples(st.floats(-2, 2), st.floats(0.3, 2))
FINE = np.linspace(-25, 25, 20_001)


def moments(density: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of a density on FINE that need not be normed."""
    density = density / trapezoid(density, FINE)
    mean = trapezoid(density * FINE, FINE)
    return float(mean), math.sqrt(trapezoid(density * (FINE - mean) ** 2, FINE))


@given(st.lists(expert, min_size=1, max_size=3), st.booleans())
def test_each_way_to_fuse_has_the_moments_of_its_density(
    experts: list[tuple[float, float]], prior: bool
) -> None:
    fused = fuse_experts({f"e{i}": one for i, one in enumerate(experts)}, prior)
    alone = [norm.pdf(FINE, mean, sd) for mean, sd in experts]
    joins = norm.pdf(FINE) if prior else 1.0
    products = [
        np.prod([alone[int(name[1:])] for name in subset], axis=0) * joins for subset in fused.components
    ]
    for row, product in enumerate(products):
        found = (fused.component_means[row], fused.component_sds[row])
        assert found == pytest.approx(moments(product), abs=1e-6)
    products = [product / trapezoid(product, FINE) for product in products]
    for name, members in {
        "product": products[-1:],
        "mixture": products[: len(experts)],
        "MoPoE": products,
    }.items():
        density = np.mean(members, axis=0)
        assert (fused.family_means[name], fused.family_sds[name]) == pytest.approx(moments(density), abs=1e-6)
        assert fused.densities[name] == pytest.approx(np.interp(fused.grid, FINE, density), abs=2e-5)


def test_the_table_has_a_row_a_component_and_a_family() -> None:
    table = fuse_experts({"a": (1.0, 0.5), "b": (-2.0, 1.0)})._repr_markdown_()
    assert "| a · b | 5 | 0.400 | 0.447 |" in table
    assert "| b | 1 | −2.000 | 1.000 |" in table
    assert table.count("\n") == 2 + 3 + 3 - 1
    assert table.splitlines()[1] == "|---|---|---|---|"


@pytest.mark.parametrize(
    ("experts", "message"),
    [({}, "at least one, got none"), ({"a": (0.0, 0.0)}, r"experts\['a'\].*> 0, got 0")],
)
def test_experts_that_are_none_are_refused(experts: dict[str, tuple[float, float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fuse_experts(experts)


@pytest.mark.parametrize("noise", [0.4, 1.0, 2.5])
@pytest.mark.parametrize(("policy", "priors"), [("none", 0), ("all", 1), ("full", 1)])
def test_the_products_coverage_is_what_algebra_says(noise: float, policy: str, priors: int) -> None:
    n_sensors, levels = 3, [0.5, 0.95]
    found = calibration(noise, levels, n_sensors, policy, n_draws=8_000, seed=1)
    # Each expert has precision 1 + t and mean t x / (1 + t); a factor (1 + t) cancels in the product's mean.
    t = noise**-2
    precision = n_sensors * (1 + t) + priors
    error_variance = (1 - n_sensors * t / precision) ** 2 + n_sensors * (t / precision) ** 2 * noise**2
    assert found.sds["product"] == pytest.approx(precision**-0.5)
    assert found.exact_sd == pytest.approx((1 + n_sensors * t) ** -0.5)
    for level in levels:
        reach = norm.ppf(0.5 + level / 2) * precision**-0.5
        expected = 2 * norm.cdf(reach / error_variance**0.5) - 1
        share, error = found.at("product", level)
        assert error == pytest.approx(math.sqrt(share * (1 - share) / 8_000))
        assert abs(share - expected) < 4.5 * error


def test_one_perfect_expert_is_calibrated_however_it_is_fused() -> None:
    found = calibration(0.7, [0.3, 0.8], n_sensors=1, n_draws=8_000)
    for name in ("product", "mixture", "MoPoE"):
        assert found.sds[name] == pytest.approx(found.exact_sd)
        for level in (0.3, 0.8):
            share, error = found.at(name, level)
            assert abs(share - level) < 4.5 * error


def test_a_level_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected one of \[0.5\], got 0.6"):
        calibration(1.0, [0.5], n_draws=10).at("product", 0.6)
