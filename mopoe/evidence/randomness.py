"""Where noise comes from when nobody gave a generator."""

from __future__ import annotations

import torch


def own_generator(generator: torch.Generator | None, device: torch.device) -> torch.Generator:
    """``generator``, or a new one that follows from the global random state and leaves it as it was.

    A measurement in the middle of training must not change the training; after ``torch.manual_seed`` it is
    still the same measurement.
    """
    if generator is not None:
        return generator
    with torch.random.fork_rng(devices=[]):
        seed = int(torch.randint(2**63 - 1, ()))
    return torch.Generator(device).manual_seed(seed)
