"""Noise that can be repeated, and a random state that is given back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch


@contextlib.contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Noise from ``seed`` inside; the random state that was there before again afterwards."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.default_generator.manual_seed(seed)
        if device.type == "cuda":
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield


@contextlib.contextmanager
def gpu_algorithms(device: torch.device, reproducible: bool) -> Iterator[None]:
    """Inside, a GPU uses algorithms that return the same numbers every time, or else the fastest, with TF32."""
    cudnn = torch.backends.cudnn
    before = cudnn.deterministic, cudnn.benchmark, torch.get_float32_matmul_precision()
    if device.type == "cuda" and reproducible:
        cudnn.deterministic = True
    elif device.type == "cuda":
        cudnn.deterministic, cudnn.benchmark = False, True
        torch.set_float32_matmul_precision("high")
    try:
        yield
    finally:
        cudnn.deterministic, cudnn.benchmark = before[:2]
        torch.set_float32_matmul_precision(before[2])
