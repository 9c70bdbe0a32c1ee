"""How much the data use each axis of a latent space, as bars from much to little."""

from __future__ import annotations

from ...drawing.colours import FAINT, INK, LINE
from ...drawing.svg import Svg, element, heading, label, number, title
from .arrays import LatentAxes

WIDTH, HEIGHT, TOP, MOST = 284, 104, 40, 64
_WIDE, _GAP, _WITH, _WALKED = 26.0, 3.0, "#7C7C7C", "#1A1A1A"


def ranking_figure(axes: LatentAxes, n_sliders: int, walked: int) -> Svg:
    """One bar an axis; those with a slider are wide, dark and can be clicked, the walked one has a mark.

    Args:
        axes: all of them, in their order.
        n_sliders: how many have one, from the first on.
        walked: the axis that the strip walks.
    """
    n = min(len(axes.names), MOST)
    most = max(float(axes.nats.max()), 1e-9)
    narrow = min((WIDTH - n_sliders * _WIDE) / max(n - n_sliders, 1), _WIDE)
    body = [heading("What the data use", "mean KL, nats")]
    for i in range(n):
        left = min(i, n_sliders) * _WIDE + max(i - n_sliders, 0) * narrow
        across = _WIDE if i < n_sliders else narrow
        body.append(_bar(axes, i, left, across, most, i < n_sliders, i == walked))
    others = len(axes.names) - n_sliders
    body.append(label(0, TOP + HEIGHT + 36, f"ordered by {axes.order} · click one to walk it", 11, FAINT))
    if others:
        body.append(label(0, TOP + HEIGHT + 51, f"light: {others} without a slider", 11, FAINT))
    said = f"{axes.names[walked]}: {number(float(axes.nats[walked]), 2)} nats"
    return Svg(WIDTH, TOP + HEIGHT + 58, "".join(body), said)


def _bar(
    axes: LatentAxes, i: int, left: float, across: float, most: float, slider: bool, walked: bool
) -> str:
    nats = float(axes.nats[i])
    height = max(nats / most * HEIGHT, 1.0)
    base = TOP + HEIGHT
    bar = element(
        "rect",
        title(f"{axes.names[i]}: {number(nats, 2)} nats"),
        x=left,
        y=base - height,
        width=max(across - (_GAP if slider else 1), 0.5),
        height=height,
        fill=_WALKED if walked else _WITH if slider else LINE,
    )
    if not slider:
        return bar
    middle = left + (across - _GAP) / 2
    weight = "700" if walked else "400"
    above = label(middle, base - height - 4, number(nats), 10, FAINT, text_anchor="middle")
    below = label(middle, base + 14, axes.numbers[i], 12, INK, text_anchor="middle", font_weight=weight)
    mark = element(
        "path",
        d=f"M{middle - 4:.1f} {base + 4 + 18:.1f}h8l-4 -4z",
        fill=_WALKED if walked else "none",
    )
    # The whole column can be hit, however short its bar is.
    area = element("rect", x=left, y=TOP - 12, width=across, height=HEIGHT + 34, fill="white", fill_opacity=0)
    return element(
        "g",
        area + bar + above + below + mark,
        data_key=str(i),
        role="button",
        tabindex="0",
        aria_pressed="true" if walked else "false",
        aria_label=f"walk {axes.names[i]}, {number(nats, 2)} nats",
    )
