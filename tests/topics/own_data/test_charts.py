"""Charts for a likelihood and a model of one's own show the numbers that they were given."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from matplotlib.colors import to_hex

from mopoe.likelihoods import LaplaceLikelihood, NormalLikelihood
from workbench.drawing.colours import ALARM, INK
from workbench.topics.likelihoods.arrays import Agreement
from workbench.topics.likelihoods.views import show_agreement
from workbench.topics.own_data.views import show_costs


def test_costs_are_minus_the_log_density_near_and_far() -> None:
    chart = show_costs(
        {"normal": NormalLikelihood(2.0).log_prob, "laplace": LaplaceLikelihood().log_prob}, 60.0
    )
    near, far = chart.axes
    for axes, reach in ((near, 2.0), (far, 60.0)):
        normal, laplace = axes.get_lines()
        distance = np.asarray(normal.get_xdata())
        assert distance[-1] == np.float32(reach)
        height = np.log(2 * np.sqrt(2 * np.pi))
        np.testing.assert_allclose(normal.get_ydata(), distance**2 / 8 + height, rtol=1e-5)
        np.testing.assert_allclose(laplace.get_ydata(), distance + np.log(2), rtol=1e-5)
    assert [text.get_text() for text in near.get_legend().get_texts()] == ["normal", "laplace"]
    assert chart._repr_png_().startswith(b"\x89PNG")


def test_costs_of_likelihoods_that_are_modules() -> None:
    functions = {"normal": NormalLikelihood(2.0).log_prob, "learned": LaplaceLikelihood("learned").log_prob}
    modules = {"normal": NormalLikelihood(2.0), "learned": LaplaceLikelihood("learned")}
    shown = [
        [line.get_ydata().tolist() for line in show_costs(kinds, 3.0).axes[1].get_lines()]
        for kinds in (functions, modules)
    ]
    assert shown[0] == shown[1]
    with pytest.raises(
        ValueError, match=r"log_probs\['wide'\]: expected a likelihood with one number for each entry"
    ):
        show_costs({"wide": NormalLikelihood("predicted")}, 3.0)


def test_doubtful_samples_are_open_and_red() -> None:
    found = Agreement(
        quantity="−ln p(a)",
        names=("mixture", "refined"),
        reference=np.array([5.0, 6.0, 7.0, 8.0]),
        difference=np.array([0.1, 3.0, -0.1, 0.0]),
        error=np.array([0.2, 0.5, 0.1, 0.1]),
        unreliable=np.array([False, True, False, False]),
    )
    chart = show_agreement(found, found)
    assert len(chart.axes) == 2
    axes = chart.axes[0]
    assert "mixture less refined" in axes.get_title() and "25%" in axes.get_title()
    good, doubtful = (container.lines[0] for container in axes.containers)
    assert list(good.get_xdata()) == [5.0, 7.0, 8.0] and to_hex(good.get_color()) == INK.lower()
    assert list(doubtful.get_ydata()) == [3.0] and to_hex(doubtful.get_color()) == ALARM.lower()
    assert to_hex(doubtful.get_markerfacecolor()) == "#ffffff"
    (bar,) = axes.containers[1].lines[2]
    np.testing.assert_allclose(bar.get_segments()[0][:, 1], [2.0, 4.0])  # two errors each way


def test_one_panel_alone_is_drawn() -> None:
    numbers = np.zeros(2)
    one = Agreement("−ln p(a)", ("a", "b"), numbers, numbers, numbers, torch.zeros(2).bool().numpy())
    assert len(show_agreement(one).axes) == 1
