"""Pictures for those who bring a likelihood and a model of their own."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from mopoe.likelihoods import LogProb

from ...drawing.charts import Chart
from .charts import error_cost_chart


def show_costs(log_probs: Mapping[str, LogProb], reach: float) -> Chart:
    """What an entry costs, −ln p in nats, the further it lies from where it was expected.

    Args:
        log_probs: name → ``log_prob(recon, target)`` of a number.
        reach: the largest distance that is shown.
    """
    errors = torch.linspace(0, reach, 1201)
    expected = torch.zeros_like(errors)
    return error_cost_chart(
        errors.numpy(), {name: -log_prob(expected, errors).numpy() for name, log_prob in log_probs.items()}
    )
