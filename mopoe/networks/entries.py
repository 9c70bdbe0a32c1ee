"""What encoders are given where single entries of their modality are missing."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

from torch import Tensor, nn

from ..likelihoods import Likelihood
from ..masks import partly_observed

# Where torch.compile and data-parallel wrappers keep the network, whose keywords they take for it.
_WRAPPED = ("_orig_mod", "module")


def encoder_features(
    encoder: nn.Module, likelihood: Likelihood, x: Tensor, entries: Tensor | None
) -> tuple[Tensor, Tensor | None]:
    """What an encoder that has a name is given of data, zeros where they are missing, and which were observed.

    ``x`` is within the support under missing entries too, so that features such as logarithms have finite gradients.
    """
    features = likelihood.features(x)
    if not features.is_floating_point() and not getattr(encoder, "takes_integers", False):
        features = features.to(next(encoder.parameters()).dtype)
    if entries is None:
        return features, None
    seen = likelihood.feature_mask(entries)
    return features.where(seen, 0), seen


def encode_incomplete(encoder: nn.Module, name: str, x: Tensor, entries: Tensor) -> Any:
    """The encoder's output for data with zeros under missing entries; those that take ``mask`` are told which.

    One of ours that was not built to be told warns: to it zeros are data like others.
    """
    if not _takes_mask(encoder):
        return encoder(x)
    if not getattr(encoder, "sees_mask", True) and bool(partly_observed(entries)):
        warnings.warn(
            f"encoders[{name!r}]: single entries are missing, and it sees zeros there without being told which; "
            f"MoPoEConfig(masked_entries=[{name!r}]) gives it an input for that",
            stacklevel=2,
        )
    return encoder(x, mask=entries)


def _takes_mask(encoder: nn.Module) -> bool:
    """Whether ``mask`` is in the signature of its ``forward``, or in that of the network that it hands all on to."""
    parameters = inspect.signature(encoder.forward).parameters
    if "mask" in parameters:
        return True
    if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return False
    wrapped = (getattr(encoder, name, None) for name in _WRAPPED)
    return any(isinstance(network, nn.Module) and _takes_mask(network) for network in wrapped)
