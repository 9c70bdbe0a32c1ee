"""Calls as MultiVae's page writes them: its order of draws, and keywords that it takes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from ..evidence.nll import NLLEstimate
from ..evidence.pareto import LEAST_DRAWS

LAYOUTS = ("mopoe", "multivae")


def arrange(draws: Tensor, flatten: bool, layout: str) -> Tensor:
    r"""Draws (N, B, D) in the order of a library.

    Args:
        draws: N > 1 of them for each of B samples.
        flatten: one axis in the place of two.
        layout: ``"mopoe"``, the draws of a sample side by side, (B, N, D) or (B·N, D); ``"multivae"``, the first
            draw of all samples first, (N, B, D) or (N·B, D).
    """
    draws = draws if layout == "multivae" else draws.transpose(0, 1)
    return draws.flatten(0, 1) if flatten else draws


def per_draw(values: Tensor, n_draws: int, flatten: bool, layout: str) -> Tensor:
    """Values of samples, (B,), as many times as there are draws of each, in the order of :func:`arrange`."""
    if n_draws == 1:
        return values
    return arrange(values.expand(n_draws, len(values))[..., None], flatten, layout)[..., 0]


def warn_of_unused(keywords: Mapping[str, Any], method: str) -> None:
    """MultiVae's methods take any keyword and do not say when they make no use of it; these do."""
    if keywords:
        named = ", ".join(map(repr, keywords))
        warnings.warn(f"{method}: makes no use of the keyword {named}, and goes on without", stacklevel=3)


def warn_of_doubt(estimate: NLLEstimate, method: str) -> None:
    """A tensor cannot say that it must not be believed; of fewer than 25 draws nobody expects it to be.

    Effective draws are judged alone, which costs nothing and needs no ArviZ.
    """
    if estimate.K < LEAST_DRAWS:
        return
    judged = replace(estimate.reliability, tails=None, unjudged="k̂ is not judged here, but by estimate_nll")
    if judged.diagnosis:
        warnings.warn(f"{method}: {judged.diagnosis}", stacklevel=3)
