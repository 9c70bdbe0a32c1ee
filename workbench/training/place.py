"""Where training runs and where its log goes: Lightning Fabric, set up for one device."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from .config import TrainConfig

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def make_fabric(config: TrainConfig) -> tuple[Fabric, str | None]:
    """Fabric for the device, precision and logger of ``config``, and the folder of the log.

    Raises:
        RuntimeError: a CUDA device that is not there.
        ModuleNotFoundError: TensorBoard asked for where it is not installed.
        OSError: the folder cannot be made.
    """
    device = find_device(config.device)
    # Takes seconds: not before it is needed.
    from lightning_fabric import Fabric

    logger = None if config.log_dir is None else _make_logger(config.logger, Path(config.log_dir))
    if logger is not None:
        Path(logger.log_dir).mkdir(parents=True, exist_ok=True)
    fabric = Fabric(
        accelerator=device.type,
        devices=1 if device.type == "cpu" else [device.index or 0],
        precision=config.precision,  # type: ignore[arg-type]
        loggers=[] if logger is None else [logger],
    )
    return fabric, None if logger is None else logger.log_dir


def find_device(name: str) -> torch.device:
    """The device that :attr:`TrainConfig.device` names; the first GPU for ``"auto"`` where there is one.

    Raises:
        RuntimeError: a CUDA device that is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name)
    found = torch.cuda.device_count()
    if device.type == "cuda" and (device.index or 0) >= found:
        raise RuntimeError(f"device: {name!r} was asked for, but torch finds {found} CUDA devices; try 'cpu'")
    return device


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
