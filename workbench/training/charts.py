"""Learning curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from ..drawing.charts import Chart, quiet
from ..drawing.colours import FAINT, INK, modality_colours


def learning_curves(train: Mapping[str, Sequence[float]], validation: Mapping[str, Sequence[float]]) -> Chart:
    """The loss and its terms by epoch, in nats: training thin, validation thick, the best epoch marked.

    Args:
        train: term → one value an epoch; ``loss``, ``joint_divergence``, ``recon_<m>``, ``style_divergence_<m>``, and
            ``share_<m>`` where the two before are means over some of the samples, which the legend then says.
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
        having = _having(name, train, validation)
        _curve(reconstruction, train[key], validation[key], colours[name], f"{name}{having}")
    divergence.legend(frameon=False)
    reconstruction.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    titles = ("Negative ELBO (thin: training)", "KL to the prior", "−ln p(x|z) by modality")
    for axes, title in zip((loss, divergence, reconstruction), titles, strict=True):
        axes.set(title=title, xlabel="epoch", ylabel="nats")
        quiet(axes)
    return figure


def _having(
    name: str, train: Mapping[str, Sequence[float]], validation: Mapping[str, Sequence[float]]
) -> str:
    """Of which share of the samples a modality is part, in words."""
    shares = [split.get(f"share_{name}", [1.0])[-1] for split in (train, validation)]
    if min(shares) == 1:
        return ""
    return f", of {shares[0]:.0%} (training), {shares[1]:.0%}"


def _curve(axes: Axes, train: Sequence[float], validation: Sequence[float], colour: str, label: str) -> None:
    epochs = np.arange(1, len(validation) + 1)
    axes.plot(epochs, train, color=colour, linewidth=0.9, alpha=0.6)
    axes.plot(epochs, validation, color=colour, linewidth=2, label=label)
