"""Pictures of what a model generates from the modalities it is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..drawing.colours import modality_colours
from ..drawing.sheet import Cell, Row, draw_sheet
from .arrays import Generation

Renderer = Callable[[np.ndarray], str]

#: What is shown of p(x|z) wherever a model generates: its mean. Nothing here is drawn with noise.
EXPECTED = "expected data"


def generation_sheet(generated: Generation, texts: Mapping[str, Renderer] | None = None) -> bytes:
    """One row a modality: what the model was shown, expected data at the posterior mean, then at draws of z.

    Args:
        generated: the arrays.
        texts: modality → function that writes a datum as text, for those that are no pictures.
    """
    colours = modality_colours(list(generated.data))
    rows = []
    for name in generated.data:
        shown = name in generated.shown
        remark = "shown" if shown else "imagined" if name in generated.present else "missing"
        first = datum_cell(generated.data[name], name, texts, frame=colours[name]) if shown else Cell()
        answers = [generated.mean[name], *generated.draws[name]]
        readings = generated.readings.get(name, [None] * len(answers))
        rows.append(
            Row(
                name,
                remark,
                colours[name],
                [
                    first,
                    *(
                        read_cell(a, name, texts, r, generated.label)
                        for a, r in zip(answers, readings, strict=True)
                    ),
                ],
            )
        )
    n_draws = len(next(iter(generated.draws.values())))
    headings = ["it sees", "mean", *(f"draw {i + 1}" for i in range(n_draws))]
    return draw_sheet(rows, headings, notes=bool(generated.readings), corner=EXPECTED)


def tuples_sheet(
    data: Mapping[str, np.ndarray],
    headings: Sequence[str] = (),
    texts: Mapping[str, Renderer] | None = None,
    masks: Mapping[str, np.ndarray] | None = None,
) -> bytes:
    """Samples side by side, one row a modality; a missing entry is an empty place.

    Args:
        data: modality → (n, \\*dims).
        headings: one a sample, for example its label.
        texts: as in :func:`generation_sheet`.
        masks: modality → (n,), false where missing.
    """
    colours = modality_colours(list(data))
    rows = [
        Row(
            name,
            "×".join(map(str, values.shape[1:])),
            colours[name],
            [
                datum_cell(value, name, texts) if masks is None or masks[name][i] else Cell()
                for i, value in enumerate(values)
            ],
        )
        for name, values in data.items()
    ]
    return draw_sheet(rows, headings)


def ladder_sheet(steps: Sequence[Generation], texts: Mapping[str, Renderer] | None = None) -> bytes:
    """The same sample with more and more modalities shown, one column a step, framed where shown.

    Args:
        steps: one generation a column.
        texts: as in :func:`generation_sheet`.
    """
    names = list(steps[0].data)
    colours = modality_colours(names)
    rows = []
    for name in names:
        cells = [datum_cell(steps[0].data[name], name, texts) if name in steps[0].present else Cell()]
        for step in steps:
            seen = name in step.shown
            reading = step.readings.get(name, [None])[0]
            cells.append(
                read_cell(step.mean[name], name, texts, reading, step.label, colours[name] if seen else None)
            )
        rows.append(Row(name, "", colours[name], cells))
    headings = ["true view", *(f"sees {len(step.shown)}" for step in steps)]
    return draw_sheet(rows, headings, notes=any(step.readings for step in steps), corner=EXPECTED)


def datum_cell(
    values: np.ndarray, name: str, texts: Mapping[str, Renderer] | None, *, frame: str | None = None
) -> Cell:
    """A datum as it is: its text where it has one, else its picture."""
    if texts and name in texts:
        return Cell(text=texts[name](values), frame=frame)
    return Cell(values, frame=frame)


def read_cell(
    values: np.ndarray,
    name: str,
    texts: Mapping[str, Renderer] | None,
    reading: int | None,
    label: int | None,
    frame: str | None = None,
) -> Cell:
    """A datum with what a classifier reads in it, right or wrong."""
    plain = datum_cell(values, name, texts, frame=frame)
    if reading is None:
        return plain
    wrong = label is not None and reading != label
    mark = "" if label is None else " ✗" if wrong else " ✓"
    return Cell(plain.values, plain.text, f"reads {reading}{mark}", frame, wrong)
