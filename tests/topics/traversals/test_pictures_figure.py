"""What is written in a figure of the traversal explorer stays within it, and above what is drawn."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from PIL import ImageFont

from workbench.drawing.sheet import HEADING
from workbench.drawing.svg import Svg
from workbench.topics.traversals.arrays import LatentAxes, Strip, TraversalAnswer
from workbench.topics.traversals.pictures_figure import changes_figure
from workbench.topics.traversals.ranking_figure import ranking_figure

SVG = "{http://www.w3.org/2000/svg}"
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
AXES = LatentAxes(
    names=[f"dim {i}" for i in range(10)],
    numbers=[str(i) for i in range(10)],
    directions=np.eye(10),
    nats=np.linspace(3.2, 0.0, 10),
    order="their KL",
)


def answer(**changes: float) -> TraversalAnswer:
    """One that changes its modalities so much."""
    data = dict.fromkeys(changes, np.zeros((1, 4, 4)))
    strip = Strip("dim 0", ["0"], data, {}, 0.5, "+0.0 sd")
    return TraversalAnswer(list(data), list(data), data, data, data, changes, AXES, strip)


def written(figure: Svg) -> list[tuple[str, float, float]]:
    """Every line of text, with its right end and its baseline, in pixels of the typeface that prints it."""
    lines = []
    for node in ElementTree.fromstring(figure.text()).iter(f"{SVG}text"):
        if node.get("text-anchor"):
            continue
        right = float(node.get("x", 0))
        for part in (node, *node):
            bold = (part.get("font-weight") or node.get("font-weight")) == "600"
            face = FONTS / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")
            font = ImageFont.truetype(str(face), float(node.get("font-size", 0)))
            right += float(part.get("dx", 0)) + font.getlength(part.text or "")
        lines.append(("".join(node.itertext()), right, float(node.get("y", 0))))
    return lines


@pytest.mark.parametrize(
    "figure",
    [
        changes_figure(answer(digit=0.032, photo=0.111, text=0.012)),
        changes_figure(answer(digit=0.0, photo=12.345)),
        ranking_figure(AXES, n_sliders=6, walked=0),
    ],
    ids=["three modalities", "one that stays", "ranking"],
)
def test_no_line_of_text_runs_into_the_figure_beside(figure: Svg) -> None:
    lines = written(figure)
    assert len(lines) > 2
    for text, right, _ in lines:
        assert right <= figure.width, f"{text!r} ends at {right:.0f} px of {figure.width}"


def test_what_is_measured_is_said_above_the_first_bar() -> None:
    lines = {text: baseline for text, _, baseline in written(changes_figure(answer(digit=0.1)))}
    assert lines["What changes"] < lines["mean |moved \u2212 unmoved|"] < lines["digit"] - 11
    assert lines["digit"] > HEADING
