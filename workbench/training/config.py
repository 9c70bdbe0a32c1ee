"""How to train: checked on construction."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

#: What the models' log-densities are made for; half precision with its small range is not among them.
PRECISIONS = ("32-true", "64-true", "bf16-mixed")
LOGGERS = ("csv", "tensorboard")
KEEP = ("best", "last")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Settings of :func:`workbench.training.fit`.

    Args:
        epochs: passes over the training data at most.
        batch_size: samples a step, of all processes together.
        learning_rate: of Adam.
        weight_decay: decoupled from the gradient (AdamW); with 0 the optimiser is plain Adam.
        gradient_clip: largest 2-norm of the gradient of all weights together; ``None`` leaves it as it is.
        patience: stop after so many epochs without a better validation loss; ``None`` never does.
        drop_last: leave out the last batch of an epoch where it is smaller than the others.
        keep: ``"best"`` leaves the model with the weights of the least validation loss, ``"last"`` with those of
            the last epoch, as published experiments have them.
        capture: record a step once as a CUDA graph, and replay it: on a GPU small networks otherwise wait for
            Python. Needs one CUDA device, full precision, complete data and a MoPoE of listed subsets.
        reproducible: on a GPU, use only algorithms that return the same numbers every time. Otherwise it takes the
            fastest, and rounds factors of matrix products to TF32; two runs then differ by rounding.
        seed: of the shuffling and of the noise; not of the initial weights, which the model already has.
        device: ``"auto"`` (CUDA where there is one), ``"cpu"``, ``"cuda"`` or ``"cuda:1"``.
        devices: number of processes that train together, one a device, or all on the CPU; more than one must
            have been started by ``workbench train --devices`` or torchrun.
        precision: ``"32-true"``, ``"64-true"`` (the model stays in float64) or ``"bf16-mixed"``.
        log_dir: a new folder ``version_<n>`` in it gets the log; ``None`` for no log.
        logger: ``"csv"`` or ``"tensorboard"``.
        progress: show a line that is updated in place; one line an epoch where the output is a file.

    Raises:
        TypeError: a value of the wrong type; the message names the field, what came and what was expected.
        ValueError: a value out of range, likewise.
    """

    epochs: int = 10
    batch_size: int = 128
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    gradient_clip: float | None = None
    patience: int | None = None
    drop_last: bool = False
    keep: str = "best"
    capture: bool = False
    reproducible: bool = True
    seed: int = 0
    device: str = "auto"
    devices: int = 1
    precision: str = "32-true"
    log_dir: str | os.PathLike[str] | None = None
    logger: str = "csv"
    progress: bool = True

    def __post_init__(self) -> None:
        self._set("epochs", _whole("epochs", self.epochs, least=1))
        self._set("batch_size", _whole("batch_size", self.batch_size, least=1))
        self._set("devices", _whole("devices", self.devices, least=1))
        self._set("seed", _whole("seed", self.seed, least=0))
        if self.patience is not None:
            self._set("patience", _whole("patience", self.patience, least=1))
        self._set("learning_rate", _number("learning_rate", self.learning_rate, zero=False))
        self._set("weight_decay", _number("weight_decay", self.weight_decay, zero=True))
        if self.gradient_clip is not None:
            self._set("gradient_clip", _number("gradient_clip", self.gradient_clip, zero=False))
        for field in ("drop_last", "capture", "reproducible", "progress"):
            if not isinstance(getattr(self, field), bool):
                raise TypeError(f"{field}: expected True or False, got {getattr(self, field)!r}")
        _text("device", self.device)
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", self.device):
            raise ValueError(f"device: expected 'auto', 'cpu', 'cuda' or 'cuda:<n>', got {self.device!r}")
        if self.devices > 1 and ":" in self.device:
            raise ValueError(f"device: expected 'cuda' for {self.devices} devices, got {self.device!r}")
        _choice("precision", self.precision, PRECISIONS)
        _choice("keep", self.keep, KEEP)
        if self.capture and (self.devices > 1 or self.precision == "bf16-mixed"):
            raise ValueError(
                "capture: expected one device and a full precision, "
                f"got devices={self.devices} and precision={self.precision!r}"
            )
        _choice("logger", self.logger, LOGGERS)
        if self.log_dir is not None:
            if not isinstance(self.log_dir, (str, os.PathLike)):
                raise TypeError(f"log_dir: expected a path or None, got {type(self.log_dir).__name__}")
            self._set("log_dir", os.fspath(self.log_dir))
        elif self.logger == "tensorboard":
            raise ValueError("log_dir: expected a folder for the logger 'tensorboard', got None")

    def _set(self, field: str, value: Any) -> None:
        # Numbers of numpy become Python's own, so that a config can be written as JSON.
        object.__setattr__(self, field, value)


def _whole(field: str, value: Any, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{field}: expected a whole number, got {value!r}")
    number = int(value)
    if not least <= number < 2**63:
        raise ValueError(f"{field}: expected a whole number >= {least} and < 2**63, got {number}")
    return number


def _number(field: str, value: Any, zero: bool) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{field}: expected a number, got {value!r}")
    if not math.isfinite(value) or value < 0 or (value == 0 and not zero):
        raise ValueError(f"{field}: expected a finite number {'>=' if zero else '>'} 0, got {value}")
    return float(value)


def _text(field: str, value: Any) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{field}: expected text, got {value!r}")


def _choice(field: str, value: Any, choices: tuple[str, ...]) -> None:
    _text(field, value)
    if value not in choices:
        raise ValueError(f"{field}: expected one of {', '.join(map(repr, choices))}, got {value!r}")
