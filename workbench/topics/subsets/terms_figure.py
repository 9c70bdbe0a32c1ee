"""Terms of one subset's ELBO, in line with the pictures that it generates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...drawing.colours import FAINT, INK, modality_colours
from ...drawing.sheet import EDGE, HEADING, row_height
from ...drawing.svg import Svg, element, heading, label, number, title
from .arrays import ElboTerms

if TYPE_CHECKING:
    from mopoe import Summary

WIDTH, VALUE, BAR = 250, 104, 14


def terms_figure(terms: ElboTerms, modalities: Sequence[str], shown: Sequence[str], notes: bool) -> Svg:
    """One bar a modality in line with the rows of the sheet of pictures, then the divergences and the ELBO.

    Args:
        terms: in nats.
        modalities: all names, in the order of the sheet.
        shown: those that the model saw.
        notes: whether the sheet has notes below its pictures.
    """
    colours = modality_colours(list(modalities))
    largest = max(
        [abs(term.value) for term in terms.reconstruction.values()] + [terms.divergence.value, 1e-9]
    )
    step = row_height(notes)
    given = "z" if terms.private_divergence is None else "z, w"
    body = [heading("Terms of the ELBO", "nats ± error")]
    for i, name in enumerate(modalities):
        y = HEADING + i * step + EDGE / 2
        if name not in terms.reconstruction:
            body.append(label(0, y + 4, "missing: explains nothing", 11, FAINT))
            continue
        what = f"−ln p({name} | {given})"
        body += _bar(y, what, terms.reconstruction[name], largest, colours[name], hollow=name not in shown)
    y = float(HEADING + len(modalities) * step)
    body += _bar(y, "KL(q ‖ p)", terms.divergence, largest, INK)
    if terms.private_divergence is not None:
        y += 38
        body += _bar(y, "KL of private latents", terms.private_divergence, largest, "#888888")
    elbo = terms.elbo
    words = f"ELBO {number(elbo.value)} ± {number(elbo.standard_error)}"
    body.append(label(0, y + 40, words, 13, INK, font_weight="600"))
    body.append(label(0, y + 56, "minus the sum of all bars · hollow: imagined", 11, FAINT))
    return Svg(WIDTH, y + 64, "".join(body), words)


def _bar(y: float, what: str, term: Summary, largest: float, colour: str, hollow: bool = False) -> list[str]:
    room = WIDTH - VALUE - 4
    width = max(abs(term.value) / largest * room, 1.5)
    spread = f" ± {number(term.standard_error)}" if term.standard_error else ""
    return [
        label(0, y - 6, what, 11, FAINT),
        element(
            "rect",
            title(f"{what} = {number(term.value, 2)}{spread} nats"),
            x=0,
            y=y,
            width=width,
            height=BAR,
            fill="white" if hollow else colour,
            stroke=colour,
            stroke_width=2,
        ),
        label(width + 8, y + 12, f"{number(term.value)}{spread}", 12),
    ]
