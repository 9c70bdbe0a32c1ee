"""The numbers of fusion: three bounds against ln p(x), two divergences, and who decides."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ...drawing.axes import Scale, axis, interval
from ...drawing.colours import FAINT, INK, PRIOR, modality_colours
from ...drawing.svg import Svg, element, heading, label, number, title
from ..families.looks import FUSION_LOOKS
from .arrays import FusedPosterior, Fusion
from .fusion_marks import in_words

if TYPE_CHECKING:
    from mopoe import Summary

WIDTH, TOP = 390, 46
_NAME, _WHAT, _FROM, _TO = 0, 74, 164, 296
_ROW, _GAP, _BAR = 18, 9, 20
# Nats are drawn by asinh(nats / _BEND): nearly in proportion below, by powers of ten above; fixed.
_BEND, _MOST = 0.2, 1000.0


def bounds_figure(answer: Fusion) -> Svg:
    """How far each family's three bounds lie below the exact ln p(x)."""
    evidence = number(answer.evidence, 2)
    body = [heading(f"Three bounds on ln p(x) = {evidence}", "nats below it, log scale")]
    body.append(_axis(answer, "ln p(x)", backwards=True))
    words = {
        "generalised": "generalised",
        "mixture": "mixture ELBO",
        "importance": f"K = {answer.draws} draws",
    }
    y = float(TOP)
    for family in answer.families:
        body.append(_family_name(family, y))
        for key, what in words.items():
            bound = family.bounds[key]
            short = replace(bound, value=answer.evidence - bound.value)
            body += _row(y, what, short, family, backwards=True)
            y += _ROW
        y += _GAP
    return Svg(
        WIDTH, y, "".join(body), f"Three lower bounds of each family against ln p(x) = {evidence} nats"
    )


def divergences_figure(answer: Fusion) -> Svg:
    """How far each family's belief is from the prior and from the exact posterior."""
    body = [heading("How far each belief is", "KL, nats, log scale"), _axis(answer, "0", backwards=False)]
    y = float(TOP)
    for family in answer.families:
        body.append(_family_name(family, y))
        body += _row(y, "from exact", family.to_posterior, family, backwards=False)
        body += _row(y + _ROW, "from prior", family.to_prior, family, backwards=False)
        y += 2 * _ROW + _GAP
    return Svg(WIDTH, y, "".join(body), "KL of each family to the exact posterior and to the prior")


def mean_shares_figure(answer: Fusion) -> Svg:
    """Who decides: each family's shares of the precision, averaged over its components."""
    body = [heading("Who decides", "mean share of the precision")]
    colours = {**modality_colours(answer.modalities), "prior": PRIOR}
    y = 26.0
    for family in answer.families:
        body.append(_family_name(family, y))
        body += _shares(y, family.shares, colours)
        y += _BAR + 8
    return Svg(WIDTH, y, "".join(body), "Shares of each expert and the prior in each family")


def _shares(y: float, shares: Mapping[str, float], colours: Mapping[str, str]) -> list[str]:
    x, parts = float(_WHAT), []
    for name, share in shares.items():
        width = share * (WIDTH - _WHAT)
        words = f"{name} {share:.0%}"
        bar = element(
            "rect",
            title(words),
            x=x,
            y=y,
            width=width,
            height=_BAR,
            fill=colours[name],
            fill_opacity=0.35,
            stroke="white",
        )
        shown = words if width > 62 else f"{share:.0%}" if width > 26 else ""
        parts += [bar, label(x + width / 2, y + 14, shown, 11, text_anchor="middle")]
        x += width
    return parts


def _row(y: float, what: str, term: Summary, family: FusedPosterior, *, backwards: bool) -> list[str]:
    """A word, a point at the end of its line from zero, its error, and the number."""
    colour = FUSION_LOOKS[family.name].colour
    scale, error = _nats(backwards=backwards), term.standard_error
    ends = (term.value - error, term.value, term.value + error)
    low, middle, high = (scale.held(value) for value in ends)
    centre = y + _ROW / 2
    return [
        label(_WHAT, centre + 4, what, 11, FAINT),
        element("path", d=interval(scale(0.0), middle, centre), stroke=colour, stroke_width=2),
        element("path", d=interval(low, high, centre), stroke=colour, stroke_width=6, opacity=0.35),
        element(
            "circle",
            title(f"{family.name}, {what}: {in_words(term, 3)} nats"),
            cx=middle,
            cy=centre,
            r=4.5,
            fill=colour,
            stroke="white",
        ),
        label(WIDTH, centre + 4, in_words(term), 12, text_anchor="end"),
    ]


def _family_name(family: FusedPosterior, y: float) -> str:
    look = FUSION_LOOKS[family.name]
    mark = element("tspan", look.mark, fill=look.colour)
    return element(
        "text", f"{mark} {family.name}", x=_NAME, y=y + 13, font_size=12, font_weight="600", fill=INK
    )


def _axis(answer: Fusion, zero: str, *, backwards: bool) -> str:
    rows = 3 if backwards else 2
    bottom = TOP + len(answer.families) * (rows * _ROW + _GAP) - _GAP
    ticks = {0.0: zero, 1.0: "1", 10.0: "10", 100.0: "100"}
    return axis(_nats(backwards=backwards), ticks, TOP - 10, (TOP - 6, bottom), strong={0.0: INK}, size=10)


def _nats(*, backwards: bool) -> Scale:
    start, end = (_TO, _FROM) if backwards else (_FROM, _TO)
    return Scale(0.0, _MOST, start, end, lambda nats: math.asinh(nats / _BEND))
