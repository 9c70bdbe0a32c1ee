"""Devices: which one to train on, which data lie there, and how exactly a GPU repeats itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch

from mopoe.reading.parts import is_held
from mopoe.reading.unit_interval import kept_tensors


def find_device(name: str, devices: int = 1) -> torch.device:
    """The device that ``TrainConfig.device`` names; the first GPU for ``"auto"`` where there is one.

    Args:
        name: of the device.
        devices: how many of its kind are needed; the CPU serves any number of processes.

    Raises:
        RuntimeError: a CUDA device that is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name)
    found = torch.cuda.device_count()
    if device.type == "cuda" and (device.index or 0) >= found:
        raise RuntimeError(f"device: {name!r} was asked for, but torch finds {found} CUDA devices; try 'cpu'")
    if device.type == "cuda" and devices > found:
        raise RuntimeError(
            f"devices: {devices} were asked for, but torch finds {found} CUDA devices; try the device 'cpu'"
        )
    return device


def device_of(data: Any) -> torch.device:
    """Where the data are; the CPU for those that are not held in tensors."""
    return next(iter(kept_tensors(data.data).values())).device if is_held(data) else torch.device("cpu")


def resident(data: Any, device: torch.device) -> Any:
    """The data on a GPU, where they take less than half of its free memory: batches need no way there then."""
    if device.type != "cuda" or not is_held(data):
        return data
    size = sum(tensor.numel() * tensor.element_size() for tensor in kept_tensors(data.data).values())
    return data.to(device) if size < torch.cuda.mem_get_info(device)[0] / 2 else data


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
