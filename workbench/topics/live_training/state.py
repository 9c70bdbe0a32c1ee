"""State of the training playground: the position in a training, and how it got there."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from traitlets import Float, Int, List, TraitError, Unicode, validate

from ...widgets.sample_state import SampleState
from ...widgets.state import one_of, within
from ..families.names import FAMILIES

SPEEDS = ("slow", "normal", "fast")
LEARNING_RATES = (0.0003, 0.001, 0.003, 0.01, 0.1)
MOST_STEPS = 20_000
MOST_BETA, MOST_MISSING = 5.0, 0.8


class Settings(NamedTuple):
    """What a training step depends on and can be changed between steps."""

    beta: float
    family: str
    missing_rate: float
    learning_rate: float


class TrainingState(SampleState):
    """How a small model is trained, how far, and which of its answers are watched.

    ``step`` steps were done, the first of them with the settings in ``earlier``: rows of
    ``[until_step, beta, family, missing_rate, learning_rate]``; a change of a setting adds a row by itself.
    So the state alone says which weights the model has. ``undo`` takes back settings, never training.

    A thread may move ``step`` while the page changes settings: all writes pass one ``lock``.

    Args:
        modalities: all names, in order.
        n_samples: size of the data that are looked at.
        values: starting values.
    """

    continuous = frozenset({"sample", "beta", "missing_rate"})
    named = frozenset({"shown", "pictured"})

    beta = Float(2.5)
    family = Unicode("MoPoE")
    missing_rate = Float(0.0)
    learning_rate = Float(0.003)
    step = Int(0)
    earlier: Any = List()
    speed = Unicode("fast")
    pictured = Unicode()

    def __init__(self, modalities: Sequence[str], n_samples: int, **values: Any) -> None:
        self.lock = threading.RLock()
        super().__init__(modalities, n_samples, **values)

    def __setattr__(self, name: str, value: Any) -> None:
        if "lock" not in self.__dict__:
            return super().__setattr__(name, value)
        with self.lock:
            super().__setattr__(name, value)

    @property
    def settings(self) -> Settings:
        """Those of the next step."""
        return Settings(self.beta, self.family, self.missing_rate, self.learning_rate)

    def settings_at(self, step: int) -> Settings:
        """Those of the step after ``step`` steps."""
        passed = (Settings(*row[1:]) for row in self.earlier if step < row[0])
        return next(passed, self.settings)

    def begin_again(self, **values: Any) -> None:
        """Back to untrained weights with the present settings, some of ``values`` changed."""
        self.update({"step": 0, "earlier": [], **values})

    def update(self, values: Mapping[str, Any]) -> None:
        """As ever, and undisturbed by other threads."""
        with self.lock:
            super().update(values)

    def undo(self) -> None:
        """Take back the last change of a setting: from this step on, not the training since."""
        with self.lock:
            if self._past:
                before = self._past.pop()
                depth = len(self._past)
                self.update({name: value for name, value in before.items() if name not in _POSITION})
                del self._past[depth:]

    def _remember(self) -> None:
        now, was = self.to_dict(), self._last
        changed = {name for name, value in now.items() if value != was[name]}
        if changed and changed <= _POSITION:
            self._last = now  # to move on is no change that could be undone
            return
        if changed & set(Settings._fields) and not changed & (_POSITION | {"seed"}):
            rows = self._with_row([was[name] for name in Settings._fields])
            if rows != self.earlier:
                self.earlier = rows  # comes back here, with both changes
                return
        super()._remember()

    def _with_row(self, old: list[Any]) -> list[list[Any]]:
        last = self.earlier[-1] if self.earlier else [0]
        if last[0] < self.step:
            return [*self.earlier, [self.step, *old]]
        # No step since the last change: it may have been taken back.
        taken_back = last[1:] == list(self.settings)
        return self.earlier[:-1] if taken_back else self.earlier

    @validate("beta", "missing_rate")
    def _in_range(self, proposal: Any) -> float:
        name = proposal["trait"].name
        return _checked(name, proposal["value"])

    @validate("family", "speed")
    def _known(self, proposal: Any) -> str:
        name = proposal["trait"].name
        return one_of(name, proposal["value"], {"family": tuple(FAMILIES), "speed": SPEEDS}[name])

    @validate("learning_rate")
    def _known_rate(self, proposal: Any) -> float:
        return _checked("learning_rate", proposal["value"])

    @validate("step")
    def _not_too_far(self, proposal: Any) -> int:
        return within("step", proposal["value"], 0, MOST_STEPS)

    @validate("pictured")
    def _modality_exists(self, proposal: Any) -> str:
        return one_of("pictured", proposal["value"], tuple(self.modalities))

    @validate("earlier")
    def _rows_make_sense(self, proposal: Any) -> list[list[Any]]:
        rows, last = [], 0
        for row in proposal["value"]:
            if not isinstance(row, (list, tuple)) or len(row) != 5 or not isinstance(row[0], int):
                raise TraitError(
                    f"earlier: expected rows [until_step, {', '.join(Settings._fields)}], got {row!r}"
                )
            if row[0] <= last:
                raise TraitError(f"earlier: expected rising steps above {last}, got {row[0]}")
            last = row[0]
            for name, value in zip(Settings._fields, row[1:], strict=True):
                _checked(name, value)
            rows.append(list(row))
        return rows


# Where the training stands, as opposed to what may be undone.
_POSITION = {"step", "earlier"}


def _checked(name: str, value: Any) -> Any:
    if name == "family":
        return one_of(name, value, tuple(FAMILIES))
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TraitError(f"{name}: expected a number, got {value!r}")
    if name == "learning_rate":
        if value not in LEARNING_RATES:
            raise TraitError(f"learning_rate: expected one of {LEARNING_RATES}, got {value}")
        return value
    return within(name, value, 0, MOST_BETA if name == "beta" else MOST_MISSING)
