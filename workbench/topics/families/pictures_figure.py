"""Several families on the same sample, side by side: what they imagine and what they believe."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap

from ...drawing.colours import FAINT, INK, modality_colours
from ...drawing.sheet import Cell, Row, draw_sheet
from ...drawing.svg import Svg, element, heading, label
from ...posteriors.arrays import Generation
from ...posteriors.generation_figure import EXPECTED, Renderer, datum_cell, read_cell
from ...posteriors.plane_figure import TOP, line_meanings, plane_body
from .arrays import FamilyView

PLANE, GAP, NAME, LETTERS = 300, 18, 24, 50


def families_sheet(views: Mapping[str, FamilyView], texts: Mapping[str, Renderer] | None = None) -> bytes:
    """One row a modality; what was shown, then a block a family: expected data at the posterior mean and at draws.

    Args:
        views: family → what it makes of the sample; all saw the same.
        texts: modality → function that writes a datum as text.
    """
    some = next(iter(views.values())).generation
    colours = modality_colours(list(some.data))
    rows = []
    for name in some.data:
        seen, there = name in some.shown, name in some.present
        remark = "shown" if seen else "imagined" if there else "missing"
        frame = colours[name] if seen else None
        cells = [datum_cell(some.data[name], name, texts, frame=frame) if seen else Cell()]
        for view in views.values():
            made = view.generation
            answers = [made.mean[name], *made.draws[name]]
            readings = made.readings.get(name, [None] * len(answers))
            cells += [
                read_cell(answer, name, texts, reading, made.label)
                for answer, reading in zip(answers, readings, strict=True)
            ]
        rows.append(Row(name, remark, colours[name], cells))
    n = 1 + len(next(iter(some.draws.values())))
    headings = ["it sees", *["mean", *(f"draw {i}" for i in range(1, n))] * len(views)]
    titles = {1 + i * n: _title(family, view.generation) for i, (family, view) in enumerate(views.items())}
    return draw_sheet(rows, headings, notes=bool(some.readings), groups=titles, corner=EXPECTED)


def right_readings(made: Generation) -> tuple[int, int] | None:
    """Of the imagined pictures, how many a classifier reads as the label, and how many there are.

    ``None`` where nothing is imagined, or nothing reads it.
    """
    read = [label for name, labels in made.readings.items() if name not in made.shown for label in labels]
    if made.label is None or not read:
        return None
    return sum(label == made.label for label in read), len(read)


def planes_figure(views: Mapping[str, FamilyView], modalities: list[str]) -> Svg:
    """One plane a family, each in its own latent space: directions and scales do not compare."""
    body = [heading("What they believe", "each in a latent space of its own · ellipses at 2 sd")]
    for i, (family, view) in enumerate(views.items()):
        name = label(0, TOP - 6, family, 13, INK, font_weight="600")
        about = [
            label(0, TOP + PLANE + 15 * (line + 1), words, 11, FAINT)
            for line, words in enumerate(wrap(view.plane.about, LETTERS))
        ]
        inside = name + plane_body(view.plane, modalities, PLANE) + "".join(about)
        body.append(element("g", inside, transform=f"translate({i * (PLANE + GAP)} {NAME})"))
    bottom = NAME + TOP + PLANE + 52
    lines = {meaning: None for view in views.values() for meaning in line_meanings(view.plane)}
    body.append(label(0, bottom, " · ".join(lines), 11, FAINT))
    width = len(views) * (PLANE + GAP) - GAP
    return Svg(width, bottom + 6, "".join(body), f"Beliefs of {', '.join(views)} in their latent spaces")


def _title(family: str, made: Generation) -> str:
    right = right_readings(made)
    return family if right is None else f"{family}: guessed {right[0]} of {right[1]}"
