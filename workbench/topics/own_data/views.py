"""Pictures for those who bring a likelihood and a model of their own."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from mopoe.likelihoods import Likelihood, LogProb

from ...drawing.charts import Chart
from .charts import error_cost_chart


@torch.no_grad()
def show_costs(log_probs: Mapping[str, LogProb | Likelihood], reach: float) -> Chart:
    """What an entry costs, −ln p in nats, the further it lies from where it was expected.

    Args:
        log_probs: name → ``log_prob(recon, target)`` of a number, or a likelihood that knows one location for each
            entry.
        reach: the largest distance that is shown.

    Raises:
        ValueError: a likelihood whose decoder says something else than one number for each entry.
    """
    errors = torch.linspace(0, reach, 1201)
    expected = torch.zeros_like(errors)
    functions = {name: _log_prob(name, kind) for name, kind in log_probs.items()}
    return error_cost_chart(
        errors.numpy(), {name: -log_prob(expected, errors).numpy() for name, log_prob in functions.items()}
    )


def _log_prob(name: str, kind: LogProb | Likelihood) -> LogProb:
    if not isinstance(kind, Likelihood):
        return kind
    if kind.recon_dims((1,)) != (1,) or kind.event_axes:
        raise ValueError(
            f"log_probs[{name!r}]: expected a likelihood with one number for each entry, got {str(kind)!r}, whose "
            f"decoder returns {kind.recon_dims((1,))} for an entry"
        )
    return kind.log_prob
