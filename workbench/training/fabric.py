"""Lightning Fabric, set up for the devices, the precision and the log that are asked for."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .config import TrainConfig
from .device import find_device
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
