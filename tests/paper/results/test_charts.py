"""Charts of the paper's numbers show what was measured with its interval, and what was quoted dashed."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest

from mopoe import Summary
from workbench.drawing.colours import FAMILY_COLOURS
from workbench.paper.results.arrays import CurvePanel, MeasuredRow, Quoted
from workbench.paper.results.curves_chart import curves_chart

T_2_90 = 2.919986  # Student's t with two degrees of freedom, at 0.95


def panel(metric: str = "coherence") -> CurvePanel:
    error = 0.05 / T_2_90
    three = {f"{metric}_{k}": Summary(0.2 * k, error, n=3, unit="") for k in (1, 2)}
    one = {f"{metric}_{k}": Summary(0.3, math.nan, n=1, unit="") for k in (1, 2)}
    rows = [
        MeasuredRow("MoPoE", "", three),
        MeasuredRow("MMVAE", "beta = 1", one, dict.fromkeys(one, 0.004)),
        MeasuredRow("MVAE", "", {}),
    ]
    quoted = [Quoted(metric, "MoPoE", "a long source", "somebody", {1: 0.25, 2: 0.5})]
    return CurvePanel("left", "seen", "share", metric, rows, quoted, 0.9, 0.1)


def test_curves_bars_and_quotes() -> None:
    (axes,) = curves_chart([panel()]).axes
    bars = {container.get_label(): container for container in axes.containers}
    assert set(bars) == {"MoPoE", "MMVAE, beta = 1"}, "a family without the measure has no line"
    line, _, (ends,) = bars["MoPoE"]
    assert line.get_ydata() == pytest.approx([0.2, 0.4]) and line.get_xdata() == pytest.approx(
        [1, 2], abs=0.1
    )
    assert [list(segment[:, 1]) for segment in ends.get_segments()] == [
        pytest.approx([0.15, 0.25]),
        pytest.approx([0.35, 0.45]),
    ]
    line, _, (ends,) = bars["MMVAE, beta = 1"]
    assert line.get_ydata() == pytest.approx([0.3, 0.3])
    assert not any(np.isfinite(segment).any() for segment in ends.get_segments()), "one seed has no bar"
    (quote,) = [line for line in axes.lines if line.get_label() == "MoPoE, quoted: somebody"]
    assert quote.get_linestyle() == "--" and list(quote.get_ydata()) == [0.25, 0.5]
    assert quote.get_color() == FAMILY_COLOURS[2]
    assert list(axes.get_xticks()) == [1, 2] and axes.get_ylim() == (0, 1)


def test_panels_share_one_legend_that_names_each_line_once() -> None:
    figure = curves_chart([panel(), panel("coherence_legacy")])
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "MoPoE",
        "MMVAE, beta = 1",
        "MoPoE, quoted: somebody",
    ]
    assert "90% intervals over seeds" in legend.get_title().get_text()


def test_the_picture_is_svg_and_the_same_for_the_same_numbers() -> None:
    text = curves_chart([panel()]).svg()
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert text == curves_chart([panel()]).svg()
    assert curves_chart([panel()])._repr_png_().startswith(b"\x89PNG")
