"""How long each explorer takes to answer: in the kernel, and from the user's event to the pixels."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from bench.kit.load import CORES, Watch

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks" / "explorers"
PAGE = ROOT / "docs" / "explorer_latency.md"
REPEATS, REST = 25, 400


class Interaction(NamedTuple):
    """Something that a user does again and again."""

    name: str
    do: Callable[[Any, int], None]


class Case(NamedTuple):
    """An explorer at its default size, with what is done to it."""

    notebook: str
    parameters: dict[str, Any]
    root: str
    interactions: list[Interaction]


def _tick(page: Any, i: int) -> None:
    boxes = page.locator(".wb-cards input[type=checkbox]")
    boxes.nth(i % boxes.count()).click()


def _press(button: str) -> Callable[[Any, int], None]:
    return lambda page, i: page.locator(button).click()


def _subset(page: Any, i: int) -> None:
    page.locator(".wb-lattice [data-key]").nth((7 * i) % 31).click()


def _arrow(control: str) -> Callable[[Any, int], None]:
    return lambda page, i: (
        page.locator(control).get_by_role("slider").press("ArrowRight" if i % 30 < 15 else "ArrowLeft")
    )


def _choice(control: str, options: list[str]) -> Callable[[Any, int], None]:
    return lambda page, i: page.locator(control).get_by_role("button", name=options[i % len(options)]).click()


def _drag(key: str) -> Callable[[Any, int], None]:
    def drag(page: Any, i: int) -> None:
        box = page.locator(f'[data-drag="{key}"]').bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2 + (12 if i % 2 else -12), box["y"] + box["height"] / 2)
        page.mouse.up()

    return drag


def _nudge(key: str) -> Callable[[Any, int], None]:
    return lambda page, i: page.locator(f'[data-drag="{key}"]').press("ArrowLeft" if i % 2 else "ArrowRight")


LITTLE_TRAINING = {"n_train": 400, "epochs": 1}
CASES = [
    Case(
        "subset.ipynb",
        LITTLE_TRAINING,
        ".wb-subset-explorer",
        [
            Interaction("tick a modality", _tick),
            Interaction("click a subset", _subset),
            Interaction("next sample", _arrow(".wb-sample")),
            Interaction("mixture or product", _choice(".wb-posterior", ["mixture", "product"])),
        ],
    ),
    Case(
        "traversal.ipynb",
        LITTLE_TRAINING,
        ".wb-traversal-explorer",
        [
            Interaction("move a slider", _arrow(".wb-axis-1")),
            Interaction("tick a modality", _tick),
            Interaction("next sample", _arrow(".wb-sample")),
        ],
    ),
    Case(
        "fusion.ipynb",
        {},
        ".wb-fusion-playground",
        [
            Interaction("drag an expert", _drag("means/sound")),
            Interaction("move it by a key", _nudge("means/sound")),
        ],
    ),
    Case(
        "family.ipynb",
        LITTLE_TRAINING,
        ".wb-family-explorer",
        [
            Interaction("next sample", _arrow(".wb-sample")),
            Interaction("tick a modality, with its likelihoods", _tick),
            Interaction("move K by a key", _nudge("K")),
        ],
    ),
    Case(
        "training.ipynb",
        {"step": 50},
        ".wb-training-playground",
        [
            Interaction("one training step", _press(".wb-one")),
            Interaction("next sample", _arrow(".wb-sample")),
        ],
    ),
]


@pytest.fixture(scope="module")
def table():
    rows: list[str] = []
    yield rows
    head = [
        "# How long explorers take to answer",
        "",
        f"Written by `make bench`: {REPEATS} times each, at the default sizes of the notebooks, in JupyterLab and",
        f"headless Chromium on {os.cpu_count()} CPU cores. *Kernel* is analysis and drawing, as the corner of the",
        "explorer shows it; *pixels* is from the user's event to the frame after the answer was drawn.",
        "Milliseconds; target: 95 % of the kernel's part within 100. What was measured beside other work is marked",
        "**disturbed**.",
        "",
        "| explorer | interaction | kernel, median | kernel, 95 % | pixels, median | pixels, 95 % |",
        "|---|---|---|---|---|---|",
    ]
    text = "\n".join([*head, *rows, ""])
    if len(rows) == sum(len(case.interactions) for case in CASES):
        PAGE.write_text(text, encoding="utf-8")
    print(f"\n{text}")


@pytest.mark.parametrize("case", CASES, ids=[case.notebook for case in CASES])
def test_latency(case: Case, open_notebook, table, watch: Watch) -> None:
    page = open_notebook(NOTEBOOKS / case.notebook, case.parameters, f"{case.root} svg")
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    watch = replace(watch, threads=CORES, rests=True)  # browser, server and kernel take all cores
    for interaction in case.interactions:
        (kernel, pixels), disturbed = watch.measure(partial(_measure, page, case.root, interaction))
        name = interaction.name + (f" (**disturbed**: {disturbed})" if disturbed else "")
        cells = [np.percentile(values, q) for values in (kernel, pixels) for q in (50, 95)]
        numbers = " | ".join(f"{value:.0f}" for value in cells)
        table.append(f"| {case.root[4:].replace('-', ' ')} | {name} | {numbers} |")


def _measure(page: Any, root: str, interaction: Interaction) -> tuple[list[float], list[float]]:
    """Milliseconds in the kernel and to the pixels; the first two answers are for warming up."""
    page.evaluate((Path(__file__).parent / "stopwatch.js").read_text(), root)
    kernel = []
    for i in range(REPEATS + 2):
        page.evaluate("stopwatch.again()")
        interaction.do(page, i)
        page.wait_for_function("n => stopwatch.times.length > n", arg=i)
        said = page.locator(f"{root} .wb-corner").inner_text()
        kernel.append(float(re.search(r"drawn in (\d+) ms", said).group(1)))
        page.wait_for_timeout(REST)  # so that what waits for a slider to rest is no part of the next answer
    return kernel[2:], page.evaluate("stopwatch.times.slice(2)")
