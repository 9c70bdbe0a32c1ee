"""Where training runs and where its log goes: Lightning Fabric, set up and launched."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from mopoe import MultimodalBaseDataset

from .config import TrainConfig
from .parallel.launch import rank, require_processes

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def make_fabric(config: TrainConfig) -> tuple[Fabric, str | None]:
    """Fabric for the devices, precision and logger of ``config``, and the folder of the log.

    Raises:
        ValueError: other processes than the ``devices`` that are to train together.
        RuntimeError: a CUDA device that is not there.
        ModuleNotFoundError: TensorBoard asked for where it is not installed.
        OSError: the folder cannot be made.
    """
    device = find_device(config.device, config.devices)
    if config.devices > 1:
        require_processes(config.devices)
    # Takes seconds: not before it is needed.
    from lightning_fabric import Fabric

    first = config.devices == 1 or rank() == 0
    folder = config.log_dir if first else None
    logger = None if folder is None else _make_logger(config.logger, Path(folder))
    if logger is not None:
        Path(logger.log_dir).mkdir(parents=True, exist_ok=True)
    fabric = Fabric(
        accelerator=device.type,
        devices=config.devices if config.devices > 1 or device.type == "cpu" else [device.index or 0],
        strategy=_make_strategy() if config.devices > 1 else "auto",
        precision=config.precision,  # type: ignore[arg-type]
        loggers=[] if logger is None else [logger],
    )
    if config.devices > 1:
        _launch(fabric)
    return fabric, None if logger is None else logger.log_dir


def _launch(fabric: Fabric) -> None:
    """Join the other processes, without the banner."""
    log = logging.getLogger("lightning_fabric")
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        fabric.launch()
    finally:
        log.setLevel(level)


def _make_strategy() -> Any:
    from lightning_fabric.plugins.environments.torchelastic import TorchElasticEnvironment
    from lightning_fabric.strategies.ddp import DDPStrategy

    # It finds the processes that are there already, whoever started them, and starts none.
    return DDPStrategy(cluster_environment=TorchElasticEnvironment())


def find_device(name: str, devices: int = 1) -> torch.device:
    """The device that :attr:`TrainConfig.device` names; the first GPU for ``"auto"`` where there is one.

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


def device_of(data: MultimodalBaseDataset) -> torch.device:
    """Where the data are."""
    return next(iter(data.data.values())).device


def resident(data: MultimodalBaseDataset, device: torch.device) -> MultimodalBaseDataset:
    """The data on a GPU, where they take less than half of its free memory: batches need no way there then."""
    if device.type != "cuda":
        return data
    size = sum(tensor.numel() * tensor.element_size() for tensor in data.data.values())
    return data.to(device) if size < torch.cuda.mem_get_info(device)[0] / 2 else data


def _make_logger(kind: str, folder: Path) -> Any:
    from lightning_fabric.loggers.csv_logs import CSVLogger
    from lightning_fabric.loggers.tensorboard import TensorBoardLogger

    if kind == "csv":
        return CSVLogger(folder, name="", flush_logs_every_n_steps=1)
    try:
        return TensorBoardLogger(folder, name="")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "logger: 'tensorboard' was asked for, but TensorBoard is not installed; "
            "pip install tensorboard, or use logger='csv'"
        ) from error
