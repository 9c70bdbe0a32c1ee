"""Whether derivatives are taken in a way that only plain operations can follow."""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd import forward_ad


def being_transformed() -> bool:
    """Whether ``torch.func`` (grad, vmap, jvp, ...) or forward-mode differentiation is at work.

    Neither goes through a gradient of our own, nor through results that are written in place.
    """
    binding: Any = torch._C
    level: Any = forward_ad
    return binding._are_functorch_transforms_active() or level._current_level >= 0
