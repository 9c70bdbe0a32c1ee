"""Who decides what: each expert's share of the precision, by latent dimension."""

from __future__ import annotations

from ...drawing.colours import FAINT, PRIOR, modality_colours
from ...drawing.svg import Svg, element, heading, label, title
from ...posteriors.arrays import Shares

WIDTH, HEIGHT, TOP, MOST = 470, 110, 26, 64


def shares_figure(shares: Shares | None, modalities: list[str]) -> Svg:
    """One column a latent dimension, divided among the experts; ``None`` where there is no expert."""
    body = [heading("Who decides what", "share of the precision, by latent dimension")]
    if shares is None:
        body.append(label(0, TOP + 30, "Nothing is shown: the prior decides everything.", 12, FAINT))
        return Svg(WIDTH, TOP + HEIGHT + 22, "".join(body), "no expert")
    colours = {**modality_colours(modalities), "prior": PRIOR}
    n = min(shares.values.shape[1], MOST)
    step = WIDTH / n
    for d in range(n):
        top = float(TOP)
        for name, share in zip(shares.names, shares.values[:, d], strict=True):
            height = float(share) * HEIGHT
            body.append(
                element(
                    "rect",
                    title(f"dimension {d}: {name} has {share:.0%}"),
                    x=d * step,
                    y=top,
                    width=max(step - 1, 0.5),
                    height=height,
                    fill=colours[name],
                )
            )
            top += height
    shown = "" if n == shares.values.shape[1] else f", the first {n} of {shares.values.shape[1]}"
    body.append(label(0, TOP + HEIGHT + 14, f"dimensions 0 to {n - 1}{shown}", 11, FAINT))
    # Not by colour alone: the names stand in the order of the columns.
    names = "  ".join(f"{name} {share:.0%}" for name, share in zip(shares.names, shares.overall, strict=True))
    body.append(label(WIDTH, TOP + HEIGHT + 14, f"top to bottom: {names}", 11, FAINT, text_anchor="end"))
    return Svg(WIDTH, TOP + HEIGHT + 22, "".join(body), f"shares of the precision: {names}")
