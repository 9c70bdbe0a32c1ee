"""Whether products of experts can be made of what encoders answer."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ..checks import first_indices
from ..output import ModelOutput

_GAUSSIANS = (("embedding", "log_covariance"), ("style_embedding", "style_log_covariance"))


def require_usable(
    experts: Mapping[str, ModelOutput], masks: Mapping[str, Tensor] | None, first: int = 0
) -> None:
    """Refuse means and ln σ² that are not finite, or whose precision is no number, as ln σ² < −88 in float32.

    Data far from the unit scale bring an untrained encoder there.

    Args:
        experts: modality → an encoder's answer.
        masks: modality → (B,); what was not observed has no part in it.
        first: number of the first sample, for the message.

    Raises:
        ValueError: naming encoder and samples.
    """
    for name, expert in experts.items():
        for pair in _GAUSSIANS:
            if pair[0] in expert:
                mean, logvar = (expert[entry] for entry in pair)
                weighted = torch.exp(-logvar) * (1 + mean.abs())
                bad = ~(weighted + mean + logvar).isfinite().all(-1)
                bad = bad if masks is None else bad & masks[name]
                if bool(bad.any()):
                    raise ValueError(
                        f"encoders[{name!r}]: expected finite means and log-variances, got "
                        f"{_answer(mean[bad], logvar[bad])} for samples {first_indices(bad, first)}"
                    )


def _answer(mean: Tensor, logvar: Tensor) -> str:
    if not bool((mean + logvar).isfinite().all()):
        return "NaN or infinity"
    return (
        f"ln σ² down to {logvar.min().item():.3g}, whose precision is no number "
        "(are its data far from the unit scale?),"
    )
