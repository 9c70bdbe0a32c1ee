"""Charts of fused experts show the numbers that they were given."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.drawing.colours import FAMILY_COLOURS, modality_colours
from workbench.topics.fusion.arrays import Calibration, FusedExperts
from workbench.topics.fusion.expert_charts import calibration_chart, component_chart, expert_panels

GRID = np.linspace(-1, 1, 5)


@pytest.fixture
def fused() -> FusedExperts:
    names = ("a", "b", "product", "mixture", "MoPoE")
    return FusedExperts(
        means={"a": 1.0, "b": -1.0},
        sds={"a": 0.5, "b": 0.25},
        components=[("a",), ("b",), ("a", "b")],
        component_means=np.array([1.0, -1.0, 0.5]),
        component_sds=np.array([0.5, 0.25, 0.125]),
        family_means={"product": 0.5, "mixture": 0.0, "MoPoE": 0.25},
        family_sds={"product": 0.125, "mixture": 1.5, "MoPoE": 0.75},
        grid=GRID,
        densities={name: GRID**2 + i for i, name in enumerate(names)},
        component_densities=np.array([GRID**2, 2 * GRID**2, 4 * GRID**2]),
    )


def test_panels_draw_each_density_and_each_mean_with_its_width(fused: FusedExperts) -> None:
    chart = expert_panels({"one": fused, "two": fused})
    above = chart.axes[:2]
    assert [axes.get_title() for axes in above] == ["one", "two"]
    drawn = {line.get_label(): line.get_ydata() for line in above[0].lines}
    assert list(drawn) == ["a", "b", "product", "mixture"]
    for name, values in drawn.items():
        assert values == pytest.approx(fused.densities[name])
    spans = [bars[2][0].get_segments()[0][:, 0] for bars in chart.axes[2].containers]
    assert spans[0] == pytest.approx([0.5, 1.5]) and spans[3] == pytest.approx([-1.5, 1.5])
    colours = modality_colours(["a", "b"])
    assert (
        above[0].lines[1].get_color() == colours["b"] and above[0].lines[2].get_color() == FAMILY_COLOURS[0]
    )
    assert {text.get_text() for text in chart.legends[0].get_texts()} == {"a", "b", "product", "mixture"}


def test_components_are_named_by_dots_and_averaged(fused: FusedExperts) -> None:
    who, rows, whole = component_chart(fused).axes
    assert [text.get_text() for text in rows.texts] == ["1.00 ± 0.50", "−1.00 ± 0.25", "0.50 ± 0.12"]
    full = [tuple(map(float, line.get_xydata()[0])) for line in who.lines if line.get_color() == "#E8E8E8"]
    assert full == [(1, 0), (0, 1)], "who does not speak is faint"
    assert whole.lines[2].get_ydata() == pytest.approx(4 * GRID**2 / 3)
    assert [text.get_text() for text in whole.get_legend().get_texts()] == ["product", "mixture", "MoPoE"]


def test_calibration_shows_coverage_and_width() -> None:
    coverage = {"product": np.array([0.3, 0.6]), "MoPoE": np.array([0.6, 0.9])}
    chart = calibration_chart(
        Calibration(np.array([0.5, 0.8]), coverage, {"product": 0.2, "MoPoE": 0.4}, exact_sd=0.3, n=10)
    )
    left, right = chart.axes
    assert left.lines[1].get_ydata() == pytest.approx([0.3, 0.6])
    assert [bar.get_width() for bar in right.patches] == pytest.approx([0.2, 0.4])
    assert right.lines[0].get_xdata() == pytest.approx([0.3, 0.3])
    assert chart._repr_png_().startswith(b"\x89PNG")
