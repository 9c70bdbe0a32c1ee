"""Charts of what training on subsets costs: gaps to ln p(x), lost variety, quality against coherence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from ...drawing.charts import Chart, quiet
from ...drawing.colours import FAINT
from ...drawing.family_marks import FAMILY_LOOKS
from ...uncertainty import standard_error
from .arrays import DecodedWorld, FamilyGap, QualityCoherence

if TYPE_CHECKING:
    from mopoe import Summary

_PRIVATE = "t, standard deviation of what only one view shows"


def gap_chart(
    gaps: Mapping[str, Mapping[float, FamilyGap]],
    places: Sequence[float],
    floors: Mapping[str, Sequence[float]],
) -> Chart:
    """Left: the objective's gap by private variation, with floors. Right: three bounds at the largest of it.

    Args:
        gaps: family → private standard deviation t → its gaps.
        places: values of t to draw the floors at.
        floors: family → what the best of all encoders leaves there.
    """
    figure = Chart(figsize=(11, 3.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    most = max(next(iter(gaps.values())))
    some = next(iter(gaps.values()))[most]
    bounds = ("generalised\nELBO", "mixture\nELBO", f"{some.K} importance\ndraws")
    for i, (family, by_private) in enumerate(gaps.items()):
        style = FAMILY_LOOKS[i].points
        x = list(by_private)
        left.plot(places, floors[family], color=FAMILY_LOOKS[i].colour, linestyle="--")
        _points(left, x, [gap.generalised for gap in by_private.values()], family, **style)
        last = by_private[most]
        _points(
            right,
            np.arange(3) + (i - 1) * 0.12,
            [last.generalised, last.mixture, last.importance_weighted],
            family,
            **style,
        )
    left.plot([], [], color=FAINT, linestyle="--", label="the best of all encoders")
    left.set(title="Trained encoders, true decoders", xlabel=_PRIVATE, ylabel="nats below ln p(x)")
    right.set(title=f"Three bounds, t = {most:g}", ylabel="nats below ln p(x)", xticks=range(3))
    right.set_xticklabels(bounds)
    left.legend(frameon=False)
    for axes in (left, right):
        quiet(axes)
    return figure


def variety_chart(
    worlds: Mapping[str, Mapping[float, DecodedWorld]],
    places: Sequence[float],
    shares: Mapping[str, Sequence[float]],
) -> Chart:
    """Left: share of the private variance that is generated. Right: what ln p(x) has lost.

    Args:
        worlds: family → private standard deviation t → what the trained model became.
        places: values of t to draw the algebra at.
        shares: family → share of the variance that it says is generated there.
    """
    figure = Chart(figsize=(11, 3.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    for i, (family, by_private) in enumerate(worlds.items()):
        style = FAMILY_LOOKS[i].points
        x = np.array(list(by_private))
        left.plot(places, shares[family], color=FAMILY_LOOKS[i].colour, linestyle="--")
        made = np.array([world.private_variance for world in by_private.values()])
        true = np.array([world.true_variance for world in by_private.values()])[:, None]
        left.plot(x, made / true, linestyle="none", markersize=5, **style)
        left.plot([], [], label=family, **style)
        _points(right, x, [world.lost for world in by_private.values()], family, linestyle="-", **style)
    left.plot([], [], color=FAINT, linestyle="--", label="by algebra")
    left.set(
        title="Variance generated / variance of the data", xlabel=_PRIVATE, ylabel="share", ylim=(0, 1.12)
    )
    right.set(title="What the model's own ln p(x) has lost", xlabel=_PRIVATE, ylabel="nats a sample")
    left.legend(frameon=False, fontsize=9)
    for axes in (left, right):
        quiet(axes)
    return figure


def trade_off_chart(models: Mapping[str, Sequence[QualityCoherence]]) -> Chart:
    """Coherence to the right, quality upwards: one small mark a seed, a large one for their mean.

    Args:
        models: family → one model a seed.
    """
    figure = Chart(figsize=(11, 4.2), layout="constrained")
    panels = figure.subplots(1, 2)
    for i, (family, runs) in enumerate(models.items()):
        x = np.array([run.coherence for run in runs])
        for axes, y in (
            (panels[0], np.array([run.nll for run in runs])),
            (panels[1], np.array([run.detail for run in runs])),
        ):
            style = {**FAMILY_LOOKS[i].points, "linestyle": "none"}
            axes.plot(x, y, markersize=4, alpha=0.6, **style)
            axes.errorbar(
                x.mean(),
                y.mean(),
                2 * standard_error(y),
                2 * standard_error(x),
                markersize=9,
                label=family,
                capsize=3,
                **style,
            )
            axes.set_xlabel("views imagined from one view: share with the right digit")
            quiet(axes)
    panels[0].set(title="Likelihood of complete data", ylabel="−ln p(x) in nats, up is better")
    panels[0].invert_yaxis()
    panels[1].set(
        title="Variety of what is drawn from the prior", ylabel="pixel variance, share of the data's"
    )
    panels[0].legend(frameon=False, title="mean ± 2 errors over seeds")
    return figure


def _points(
    axes: Axes,
    x: Sequence[float] | np.ndarray,
    found: Sequence[Summary],
    label: str,
    linestyle: str = "none",
    **style: Any,
) -> None:
    means, errors = [one.value for one in found], [2 * one.standard_error for one in found]
    axes.errorbar(x, means, errors, linestyle=linestyle, label=label, capsize=3, markersize=6, **style)
