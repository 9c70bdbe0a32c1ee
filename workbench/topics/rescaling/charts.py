"""Charts of whose information a latent holds, by the weight of the small view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from ...drawing.charts import MARKERS, Chart, quiet
from ...drawing.colours import FAINT, INK, modality_colours
from .arrays import Certainty, LinearBalance, ViewBalance

_FACTOR = "r, weight of the small view (1: the ELBO)"


def explained_chart(
    curves: Mapping[int, tuple[Sequence[float], Mapping[str, Sequence[float]]]],
    trained: Sequence[LinearBalance],
) -> Chart:
    """Share of each view's variance that is reconstructed: algebra as lines, trained models as marks.

    Args:
        curves: latent size D → factors, and modality → share at each of them.
        trained: models of these D.
    """
    figure = Chart(figsize=(11, 3.7), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(curves), sharey=True))
    for axes, (latent_dim, (factors, shares)) in zip(panels, curves.items(), strict=True):
        colours = modality_colours(list(shares))
        for i, (name, values) in enumerate(shares.items()):
            axes.plot(factors, values, color=colours[name], linewidth=2, alpha=0.6)
            here = [one for one in trained if one.latent_dim == latent_dim]
            axes.plot(
                [one.factor for one in here],
                [one.explained[name] for one in here],
                color=colours[name],
                marker=MARKERS[i],
                markersize=8,
                linestyle="none",
                label=f"{name} view",
            )
        size = "1 number" if latent_dim == 1 else f"{latent_dim} numbers"
        axes.set(title=f"A latent of {size}", xlabel=_FACTOR, xscale="log")
        _plain_ticks(axes, [one.factor for one in here])
        quiet(axes)
    panels[0].set(ylabel="share of its variance reconstructed", ylim=(-0.05, 1.05))
    panels[0].legend(frameon=False, loc="upper left", title="marks: trained\nlines: algebra")
    return figure


def words_chart(models: Mapping[float, Sequence[ViewBalance]], guess: Mapping[str, float]) -> Chart:
    """What is read back of the word, at what price for the picture, by the weight of the word.

    Args:
        models: factor → one model a seed.
        guess: modality → nats of the best constant guess.
    """
    figure = Chart(figsize=(11, 3.5), layout="constrained")
    words, picture, shares = figure.subplots(1, 3)
    for axes, name in ((words, "text"), (picture, "digit")):
        _seeds(axes, models, [[run.nats[name] for run in runs] for runs in models.values()], name, guess)
        axes.axhline(guess[name], color=FAINT, linestyle=":")
        axes.annotate(
            "the best constant guess",
            (0.98, guess[name]),
            xycoords=("axes fraction", "data"),
            xytext=(0, -12),
            textcoords="offset points",
            ha="right",
            color=FAINT,
        )
        axes.set(title=f"{name}, from itself", ylabel="−ln p(x|z) in nats")
        worst = max(run.nats[name] for runs in models.values() for run in runs)
        axes.set_ylim(0, max(worst, guess[name]) * 1.06)
    _seeds(
        shares,
        models,
        [[run.words_right for run in runs] for runs in models.values()],
        "text",
        guess,
        "word read back",
    )
    _seeds(
        shares,
        models,
        [[run.digits_right for run in runs] for runs in models.values()],
        "digit",
        guess,
        "digit imagined",
    )
    shares.set(title="Right, from the word alone", ylabel="share", ylim=(-0.05, 1.05))
    shares.legend(frameon=False, loc="best", title="dots: single seeds")
    for axes in (words, picture, shares):
        axes.set_xlabel("r, weight of the word")
        quiet(axes)
    return figure


def rescaling_cost_chart(trained: Sequence[LinearBalance], claims: Sequence[Certainty]) -> Chart:
    """Left: the objective passes the exact ln p(x). Right: 95% intervals that hold less and less of the truth.

    Args:
        trained: models with ever larger factors.
        claims: of the best encoders.
    """
    figure = Chart(figsize=(11, 3.7), layout="constrained")
    left, right = figure.subplots(1, 2)
    factors = [one.factor for one in trained]
    colour = modality_colours(["large", "small"])["small"]
    left.plot(factors, [one.objective for one in trained], color=colour, marker="o", linewidth=2)
    evidence = trained[0].evidence
    left.axhline(evidence, color=INK, linestyle="--", linewidth=1)
    left.annotate(
        "exact mean ln p(x): no model's is higher",
        (0.99, evidence),
        xycoords=("axes fraction", "data"),
        xytext=(0, 5),
        textcoords="offset points",
        ha="right",
        color=INK,
    )
    left.margins(y=0.12)
    left.set(title="The rescaled objective", ylabel="nats a sample", xlabel=_FACTOR, xscale="log")
    coverage = [one.coverage.value for one in claims]
    errors = [2 * one.coverage.standard_error for one in claims]
    right.errorbar([one.factor for one in claims], coverage, errors, color=colour, marker="o", capsize=3)
    right.axhline(0.95, color=INK, linestyle="--", linewidth=1)
    right.set(
        title="How often the claimed 95% interval of g holds the truth",
        ylabel="share of samples",
        xlabel=_FACTOR,
        xscale="log",
        ylim=(0, 1.02),
    )
    for axes in (left, right):
        _plain_ticks(axes, factors)
        quiet(axes)
    return figure


def _plain_ticks(axes: Axes, places: Sequence[float]) -> None:
    """The factors themselves on a logarithmic axis, and no powers of ten."""
    axes.set_xticks(places, [f"{place:g}" for place in places])
    axes.minorticks_off()


def _seeds(
    axes: Axes,
    models: Mapping[float, Sequence[ViewBalance]],
    values: Sequence[Sequence[float]],
    name: str,
    names: Mapping[str, float],
    label: str | None = None,
) -> None:
    """A line through the means over seeds, and a faint mark a seed."""
    colour, x = modality_colours(list(names))[name], np.arange(len(models))
    means = [float(np.mean(runs)) for runs in values]
    axes.plot(x, means, color=colour, marker=MARKERS[list(names).index(name)], linewidth=2, label=label)
    for place, runs in zip(x, values, strict=True):
        axes.plot([place] * len(runs), runs, color=colour, marker=".", linestyle="none", alpha=0.5)
    axes.set_xticks(x, [f"{factor:g}" for factor in models])
