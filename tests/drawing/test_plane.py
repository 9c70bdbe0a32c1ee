"""Ellipses of Gaussians in a plane, held against the eigenvectors of their covariances."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.drawing.plane import Plane


@dataclass(frozen=True)
class Drawn:
    name: str
    centre: np.ndarray
    covariance: np.ndarray


def on_the_path(path: str) -> np.ndarray:
    """Ends and middles of the four curves, in pixels."""
    numbers = np.array([float(x) for x in re.findall(r"-?[\d.]+", path)]).reshape(-1, 2)
    starts, first, second, ends = numbers[:-1:3], numbers[1::3], numbers[2::3], numbers[3::3]
    return np.concatenate([starts, (starts + 3 * first + 3 * second + ends) / 8])


@given(st.floats(0, np.pi), st.floats(0.1, 3), st.floats(0.1, 3), st.sampled_from([1.0, 2.0]))
def test_the_axes_of_an_ellipse_are_those_of_the_covariance(angle, first, second, sds):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre, covariance = np.array([0.5, -0.25]), turn @ np.diag([first**2, second**2]) @ turn.T
    plane = Plane(np.zeros(2), 10.0, 4000, 24)
    points = on_the_path(plane.ellipse_path(Drawn("x", centre, covariance), sds))
    found = np.array([plane.point(x, y) for x, y in points]) - centre
    # Every point of it, between the axes too, is sds standard deviations away.
    distances = np.sqrt(np.einsum("ni,ij,nj->n", found, np.linalg.inv(covariance), found))
    assert distances == pytest.approx(sds, rel=0.02)
    # Its corners are ± sds · sd along the eigenvectors.
    values, vectors = np.linalg.eigh(covariance)
    for length, vector in zip(sds * np.sqrt(values), vectors.T, strict=True):
        for tip in (length * vector, -length * vector):
            assert np.linalg.norm(found[:4] - tip, axis=1).min() < 0.01 or np.isclose(*values, rtol=1e-3)


def test_all_ellipses_run_the_same_way_round():
    rng = np.random.default_rng(0)
    plane = Plane(np.zeros(2), 5.0, 400, 0)
    for _ in range(20):
        factor = rng.normal(size=(2, 2))
        corners = on_the_path(plane.ellipse_path(Drawn("x", np.zeros(2), factor @ factor.T), 1.0))[:4] - 200
        before, after = corners, np.roll(corners, -1, 0)
        area = (before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]).sum()
        assert area < 0.5


def test_one_scale_for_both_directions_and_back():
    plane = Plane(np.array([1.0, 2.0]), 2.0, 100, 10)
    assert plane.pixels(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist() == [[50, 60], [100, 10]]
    assert plane.point(100, 10) == (3.0, 4.0)
    assert plane.dots(np.array([[1.0, 2.0]])) == "M50 60h0"


def test_a_gaussian_that_has_shrunk_to_nothing_is_still_there():
    plane = Plane(np.zeros(2), 2.0, 100, 0)
    drawn = plane.ellipse(Drawn("posterior <x>", np.zeros(2), np.zeros((2, 2))), "black", 3)
    assert 'd="M50.0 50.0C50.0 50.0' in drawn and 'stroke-linejoin="round"' in drawn
    assert "<title>posterior &lt;x&gt;</title>" in drawn
