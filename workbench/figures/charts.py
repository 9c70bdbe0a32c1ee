"""Charts of training and of metrics, drawn by matplotlib without its global state."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .colours import FAINT, INK, PALETTE, modality_colours


class Chart(Figure):
    """A matplotlib figure that a notebook shows without pyplot."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


def learning_curves(train: Mapping[str, Sequence[float]], validation: Mapping[str, Sequence[float]]) -> Chart:
    """The loss and its terms by epoch, in nats: training thin, validation thick, the best epoch marked.

    Args:
        train: term → one value an epoch; ``loss``, ``joint_divergence``, ``recon_<m>``, ``style_divergence_<m>``.
        validation: the same terms on held-out data.
    """
    figure = Chart(figsize=(11, 3.2), layout="constrained")
    loss, divergence, reconstruction = figure.subplots(1, 3)
    names = [term.removeprefix("recon_") for term in validation if term.startswith("recon_")]
    colours = modality_colours(names)
    _curve(loss, train["loss"], validation["loss"], INK, "loss")
    best = int(np.argmin(validation["loss"]))
    loss.axvline(best + 1, color=FAINT, linestyle=":", label=f"best epoch, {best + 1}")
    loss.legend(frameon=False)
    _curve(divergence, train["joint_divergence"], validation["joint_divergence"], INK, "shared")
    for name in names:
        if f"style_divergence_{name}" in validation:
            key = f"style_divergence_{name}"
            _curve(divergence, train[key], validation[key], colours[name], f"private, {name}")
        key = f"recon_{name}"
        _curve(reconstruction, train[key], validation[key], colours[name], name)
    divergence.legend(frameon=False)
    reconstruction.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    titles = ("Negative ELBO (thin: training)", "KL to the prior", "−ln p(x|z) by modality")
    for axes, title in zip((loss, divergence, reconstruction), titles, strict=True):
        axes.set(title=title, xlabel="epoch", ylabel="nats")
        quiet(axes)
    return figure


def coherence_chart(
    observed: Sequence[int], coherence: Sequence[float], error: Sequence[float], chance: float
) -> Chart:
    """Share of imagined pictures that show the right digit, by number of modalities seen, ± 2 standard errors.

    Args:
        observed: numbers of modalities.
        coherence: shares in [0, 1].
        error: their standard errors.
        chance: the share that guessing reaches.
    """
    figure = Chart(figsize=(5.2, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.errorbar(
        observed, coherence, 2 * np.asarray(error), color=PALETTE[0], marker="o", capsize=4, linewidth=2
    )
    for x, y in zip(observed, coherence, strict=True):
        axes.annotate(f"{y:.2f}", (x, y), textcoords="offset points", xytext=(8, -14), color=INK)
    axes.axhline(chance, color=FAINT, linestyle=":")
    axes.annotate("chance", (observed[0], chance), textcoords="offset points", xytext=(0, 5), color=FAINT)
    axes.set(
        title="Imagined pictures that show the right digit",
        xlabel="modalities the model sees",
        ylabel="share",
        ylim=(0, 1),
        xticks=list(observed),
    )
    axes.margins(x=0.15)
    quiet(axes)
    return figure


def _curve(axes: Axes, train: Sequence[float], validation: Sequence[float], colour: str, label: str) -> None:
    epochs = np.arange(1, len(validation) + 1)
    axes.plot(epochs, train, color=colour, linewidth=0.9, alpha=0.6)
    axes.plot(epochs, validation, color=colour, linewidth=2, label=label)


def quiet(axes: Axes) -> None:
    """No box, faint horizontal lines behind the data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#EEEEEE")
    axes.set_axisbelow(True)
