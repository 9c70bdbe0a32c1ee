"""Experts on a line beside their product, their mixture and MoPoE; and whether such claims can be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from ...drawing.charts import Chart, membership_dots, quiet
from ...drawing.colours import FAINT, FAMILY_COLOURS, INK, PRIOR, modality_colours
from ...numerals import numeral
from ..families.looks import FUSION_LOOKS
from .arrays import Calibration, FusedExperts


def expert_panels(
    situations: Mapping[str, FusedExperts], families: Sequence[str] = ("product", "mixture")
) -> Chart:
    """One panel a situation: experts as coloured areas, families as lines, their means ± 1 sd below.

    Args:
        situations: title → experts.
        families: which to draw.
    """
    figure = Chart(figsize=(max(5.6, 3.9 * len(situations)), 3.9), layout="constrained")
    grid = figure.subplots(2, len(situations), squeeze=False, sharex=True, height_ratios=(3, 1))
    for column, (name, fused) in enumerate(situations.items()):
        above, below = grid[:, column]
        _curves(above, fused, families)
        _means(below, fused, families)
        above.set_title(name)
        below.set_xlabel("z")
    grid[0, 0].set_ylabel("density")
    grid[1, 0].set_ylabel("mean ± sd", fontsize=9)
    # Experts may differ from panel to panel, and are looked up by name in the first that has them all.
    handles = {line.get_label(): line for axes in grid[0] for line in axes.get_lines()}
    figure.legend(handles=list(handles.values()), loc="outside right upper", frameon=False, handlelength=1.8)
    return figure


def component_chart(fused: FusedExperts) -> Chart:
    """Left: each component of MoPoE by itself, with dots for who speaks. Right: their plain average."""
    n = len(fused.components)
    figure = Chart(figsize=(11, 0.42 * n + 1.6), layout="constrained")
    who, rows, whole = figure.subplots(1, 3, width_ratios=(1, 4, 4))
    membership_dots(who, fused.components, list(fused.means))
    tallest = float(fused.component_densities.max())
    for row, density in enumerate(fused.component_densities):
        colours = _component_colour(fused, row)
        rows.fill_between(
            fused.grid, row + 0.45, row + 0.45 - density / tallest, color=colours, alpha=0.55, linewidth=0
        )
        mean, sd = fused.component_means[row], fused.component_sds[row]
        text = f"{numeral(mean)} ± {numeral(sd)}"
        rows.text(0.99, row + 0.1, text, transform=rows.get_yaxis_transform(), ha="right", fontsize=9)
    rows.set(title="Each component: mean ± sd", xlabel="z")
    rows.set(ylim=(n - 0.4, -1.0), yticks=[], xlim=(fused.grid[0], fused.grid[-1]))
    rows.spines[["top", "right", "left"]].set_visible(False)
    for density in fused.component_densities:
        whole.plot(fused.grid, density / n, color=FAINT, linewidth=0.9)
    for name, look in FUSION_LOOKS.items():
        whole.plot(fused.grid, fused.densities[name], **look.line, label=name)
    whole.set(title=f"Together (thin: each component times 1/{n})", xlabel="z", ylabel="density")
    whole.set(xlim=(fused.grid[0], fused.grid[-1]), ylim=(0, None))
    whole.legend(frameon=False)
    quiet(whole)
    return figure


def calibration_chart(found: Calibration) -> Chart:
    """Left: claimed against actual coverage; below the diagonal is overconfident. Right: how wide the claims are."""
    figure = Chart(figsize=(9.5, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot((0, 1), (0, 1), color=PRIOR, linewidth=1, linestyle="--")
    for name, coverage in found.coverage.items():
        left.plot(found.levels, coverage, **FUSION_LOOKS[name].line, label=name)
    left.annotate("says too little", (0.06, 0.94), color=FAINT, va="top", xycoords="axes fraction")
    left.annotate("overconfident", (0.96, 0.08), color=FAINT, ha="right", xycoords="axes fraction")
    left.set(
        title="Does the interval hold the truth?",
        xlabel="probability that it claims",
        ylabel="share of intervals that do",
        xlim=(0, 1),
        ylim=(0, 1),
        aspect="equal",
    )
    left.legend(frameon=False, loc="center left", bbox_to_anchor=(1.02, 0.5))
    names = list(found.sds)
    right.barh(
        names,
        list(found.sds.values()),
        height=0.5,
        color=[FUSION_LOOKS[name].colour for name in names],
        alpha=0.85,
    )
    for row, name in enumerate(names):
        right.text(found.sds[name], row, f" {found.sds[name]:.2f}", va="center")
    right.axvline(found.exact_sd, color=INK, linewidth=1, linestyle="--")
    right.annotate(
        f" exact posterior {found.exact_sd:.2f}", (found.exact_sd, -0.48), va="top", color=INK, fontsize=9
    )
    right.set(title="How wide is the claim?", xlabel="standard deviation of the posterior, mean over draws")
    right.set_ylim(len(names) - 0.5, -0.55)
    right.margins(x=0.15)
    quiet(right)
    right.grid(visible=False)
    return figure


def _curves(axes: Axes, fused: FusedExperts, families: Sequence[str]) -> None:
    colours = modality_colours(list(fused.means))
    for name in fused.means:
        density = fused.densities[name]
        axes.fill_between(fused.grid, density, color=colours[name], alpha=0.18, linewidth=0)
        axes.plot(fused.grid, density, color=colours[name], linewidth=1.3, label=name)
    for name in families:
        axes.plot(fused.grid, fused.densities[name], **FUSION_LOOKS[name].line, label=name)
    axes.set(ylim=(0, None), xlim=(fused.grid[0], fused.grid[-1]))
    quiet(axes)


def _means(axes: Axes, fused: FusedExperts, families: Sequence[str]) -> None:
    """Mean ± 1 standard deviation, one row an expert or family."""
    colours = modality_colours(list(fused.means))
    rows = [(fused.means[name], fused.sds[name], colours[name]) for name in fused.means]
    rows += [
        (fused.family_means[name], fused.family_sds[name], FUSION_LOOKS[name].colour) for name in families
    ]
    for row, (mean, sd, colour) in enumerate(rows):
        axes.errorbar(mean, row, xerr=sd, color=colour, marker="o", markersize=5, linewidth=2, capsize=3)
    axes.set(ylim=(len(rows) - 0.4, -0.6), yticks=[], xlim=(fused.grid[0], fused.grid[-1]))
    axes.spines[["top", "right", "left"]].set_visible(False)


def _component_colour(fused: FusedExperts, row: int) -> str:
    """A single expert's own colour; that of the product family for products."""
    names = fused.components[row]
    return modality_colours(list(fused.means))[names[0]] if len(names) == 1 else FAMILY_COLOURS[0]
