"""Paired differences between families, with what the draws and the images leave open."""

from __future__ import annotations

from ...drawing.axes import Scale, interval
from ...drawing.colours import ALARM, FAINT, INK, LINE
from ...drawing.svg import Svg, element, heading, label, title, with_error
from .arrays import FamilyNLL, Gap
from .nll_figure import Z_95

WIDTH, TOP, ROW, BAR = 380, 34, 74, 26


def gaps_figure(found: FamilyNLL, K: int) -> Svg:
    """One row a pair: who is better by how many nats with ``K`` draws, and a bar of 95 % beside zero."""
    body = [heading("Who is better?", f"difference of NLL, {K} draws")]
    gaps, sure = found.gaps.get(K, []), found.believable(K)
    y = TOP + ROW * max(len(gaps), 1) + 12
    if not gaps:
        return Svg(WIDTH, y + 40, "".join(body), "nothing to compare")
    reach = max(abs(gap.mean.value) + Z_95 * gap.error for gap in gaps) or 1.0
    scale = Scale(-reach, reach, 14, WIDTH - 14)
    body += [_row(gap, TOP + i * ROW, scale, sure) for i, gap in enumerate(gaps)]
    if found.images > 1:
        words = f"thick: error of the draws · thin: error over {found.images} samples"
    else:
        words = "bars: error of the draws alone, for this one sample"
    body.append(label(0, y, words, 11, FAINT))
    body.append(label(0, y + 16, "one training run of each: another could rank otherwise", 11, FAINT))
    warning = "" if sure else "⚠ too few draws count: errors are larger than the bars"
    body.append(label(0, y + 34, warning, 12, ALARM))
    return Svg(WIDTH, y + 40, "".join(body), "; ".join(verdict(gap, sure) for gap in gaps))


def verdict(gap: Gap, sure: bool = True) -> str:
    """Which of two families is better, in words; undecided where the 95 % interval holds 0.

    Args:
        gap: the difference.
        sure: whether its error can be believed.
    """
    if not abs(gap.mean.value) > Z_95 * gap.error:
        return f"{gap.first} or {gap.second}: cannot tell"
    better, other = (gap.first, gap.second) if gap.mean.value < 0 else (gap.second, gap.first)
    return f"{better} {'is' if sure else 'seems'} better than {other}"


def _row(gap: Gap, top: float, scale: Scale, sure: bool) -> str:
    value, error = with_error(abs(gap.mean.value), Z_95 * gap.error)
    y, said = top + 20 + BAR / 2, f"{value} ± {error} nats"
    point = element(
        "circle",
        title(f"{verdict(gap, sure)}: {said}"),
        cx=scale(gap.mean.value),
        cy=y,
        r=5.5,
        fill=INK,
        stroke="white",
    )
    return "".join(
        [
            label(0, top + 12, verdict(gap, sure), 13, INK, font_weight="600"),
            label(WIDTH, top + 12, said, 12, INK, text_anchor="end"),
            element("path", d=f"M0 {y:g}H{WIDTH}", stroke=LINE),
            element("path", d=f"M{WIDTH / 2:g} {y - 11:g}v22", stroke=FAINT, stroke_dasharray="3 3"),
            _bar(gap.mean.value, gap.error, scale, y, 1.4),
            _bar(gap.mean.value, gap.mean.monte_carlo_error, scale, y, 5),
            point,
            label(0, y + 22, f"← {gap.first}", 11, FAINT),
            label(WIDTH, y + 22, f"{gap.second} →", 11, FAINT, text_anchor="end"),
        ]
    )


def _bar(value: float, error: float, scale: Scale, y: float, width: float) -> str:
    line = interval(scale(value - Z_95 * error), scale(value + Z_95 * error), y)
    return element("path", d=line, stroke=INK, stroke_width=width)
