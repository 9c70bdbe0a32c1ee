"""What changes along directions of the latent space."""

from __future__ import annotations

from .axes import axes_of
from .charts import flips_chart as show_flips
from .charts import use_chart as show_use
from .charts import view_agreement_chart as show_consistency
from .use import collapsed_nats, latent_use
from .walks import pairs_of_different_labels, walk_axis, walk_lines

__all__ = [
    "axes_of",
    "collapsed_nats",
    "latent_use",
    "pairs_of_different_labels",
    "show_consistency",
    "show_flips",
    "show_use",
    "walk_axis",
    "walk_lines",
]
