"""Checks of data that are ids, levels or counts."""

from __future__ import annotations

import torch
from torch import Tensor


def check_whole(target: Tensor, what: str, highest: int | None = None) -> None:
    """Raise ``ValueError`` unless ``target`` holds whole numbers, 0 … ``highest``, which ``what`` says in words."""
    wrong = target < 0
    if target.is_floating_point():
        # Infinity is its own floor; NaN is unequal to everything.
        wrong |= (target != target.floor()) | torch.isinf(target)
    if highest is not None:
        wrong |= widened(target) > highest
    if bool(wrong.any()):
        until = "of at least 0" if highest is None else f"from 0 to {highest}"
        first = float(target[wrong][0])
        # As pandas codes categories.
        hint = "; where -1 stands for what is missing, write NaN and say missing='nan'" * (first == -1)
        raise ValueError(f"expected {what}, whole numbers {until}, got {first:.8g}{hint}")


def widened(target: Tensor) -> Tensor:
    """Integers as 64-bit ones, which hold any number that they are compared with."""
    return target if target.is_floating_point() else target.long()
