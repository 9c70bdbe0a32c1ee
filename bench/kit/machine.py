"""What the numbers were measured on, in words."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch


def processor() -> str:
    """The processor's name, as far as the system tells it."""
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if "model name" in line] if info.exists() else []
    return names[0].partition(":")[2].strip() if names else platform.machine()


def machine(device: str = "cpu") -> str:
    """Processor, device, threads and versions, in one line."""
    threads = torch.get_num_threads()
    cores = f"{processor()}, {os.cpu_count()} cores, {threads} thread{'s' if threads > 1 else ''}"
    card = f", {torch.cuda.get_device_name(device)}" if device.startswith("cuda") else ""
    versions = f"Python {platform.python_version()}, torch {version('torch')}, {_peer()}"
    return f"{cores}{card}; {platform.system()}; {versions}"


def _peer() -> str:
    try:
        return f"multivae {version('multivae')}"
    except PackageNotFoundError:
        return "no multivae"
