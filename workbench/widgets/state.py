"""What all states share: values by name, undo, reset, and a question that may hide its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from traitlets import Bool, HasTraits, TraitError

#: Rules of the prior expert, as the library has them; a state is light and does not import it.
PRIOR_EXPERTS = ("full", "all", "none")


class ExplorerState(HasTraits):
    """Plain, observable data; ``to_dict`` round-trips through JSON.

    Args:
        values: starting values by name; ``reset`` returns to them.

    Raises:
        ValueError: an unknown name; the message lists those there are.
        TraitError: a value of the wrong type or out of range.
    """

    #: Names that a slider or a drag moves in many small steps: a run of them is one step for ``undo``.
    continuous: ClassVar[frozenset[str]] = frozenset()

    #: Names whose starting value an explorer chooses by its model.
    named: ClassVar[frozenset[str]] = frozenset()

    predict_first = Bool(False)
    revealed = Bool(False)

    def __init__(self, **values: Any) -> None:
        self._check_names(values)
        super().__init__(**values)
        self._first = self._last = self.to_dict()
        self._past: list[dict[str, Any]] = []
        self._moving: set[str] = set()
        self.observe(lambda _: self._remember())

    @property
    def hidden(self) -> bool:
        """Whether the answer is to be predicted before it is shown."""
        return self.predict_first and not self.revealed

    def to_dict(self) -> dict[str, Any]:
        """The state as plain data: an explorer called with these values shows the same."""
        values = {name: getattr(self, name) for name in sorted(self.trait_names())}
        return {name: list(value) if isinstance(value, list) else value for name, value in values.items()}

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.to_dict().items())
        return f"{type(self).__name__}({shown})"

    def defaults(self) -> dict[str, Any]:
        """Values that need not be named to get them; what depends on model or data is always named."""
        return {name: trait.default(self) for name, trait in self.traits().items() if name not in self.named}

    def twin(self, **values: Any) -> Self:
        """A state of its own with the same values, some of them changed."""
        return type(self)(**self._context(), **(self.to_dict() | values))

    def _context(self) -> dict[str, Any]:
        """What the constructor needs beside values."""
        return {}

    def update(self, values: Mapping[str, Any]) -> None:
        """Set several values at once: all of them, or none if one is refused.

        Raises:
            ValueError, TraitError: as on construction.
        """
        self._check_names(values)
        with self.hold_trait_notifications():
            for name, value in values.items():
                setattr(self, name, value)

    def undo(self) -> None:
        """Return to what was before the last change; nothing happens where there is none."""
        if self._past:
            before = self._past.pop()
            self._replace(before)

    def reset(self) -> None:
        """Return to the starting values; ``undo`` takes it back."""
        if self.to_dict() != self._first:
            self._past.append(self.to_dict())
            self._replace(self._first)

    def _replace(self, values: dict[str, Any]) -> None:
        # Known to be the last before anyone is told, so that it is no change to remember.
        self._last, self._moving = values, set()
        self.update(values)

    def _remember(self) -> None:
        now = self.to_dict()
        changed = {name for name, value in now.items() if value != self._last[name]}
        if not changed:
            return
        moves_on = changed <= self.continuous and changed == self._moving
        if not moves_on:
            self._past.append(self._last)
        further = self._further(changed)
        # Known before anyone is told of it: it is part of the same change.
        self._moving, self._last = changed, now | further
        for name, value in further.items():
            setattr(self, name, value)

    def _further(self, changed: set[str]) -> dict[str, Any]:
        """What changes along with the values of the names ``changed``."""
        another_question = self.revealed and not changed & {"revealed", "predict_first"}
        return {"revealed": False} if another_question else {}

    def _check_names(self, values: Mapping[str, Any]) -> None:
        unknown = [name for name in values if name not in self.trait_names()]
        if unknown:
            raise ValueError(f"state: expected {', '.join(sorted(self.trait_names()))}, got {unknown[0]!r}")


def one_of(name: str, value: Any, choices: tuple[str, ...]) -> str:
    """``value`` if it is among ``choices``.

    Raises:
        TraitError: it is not.
    """
    if value not in choices:
        raise TraitError(f"{name}: expected one of {', '.join(map(repr, choices))}, got {value!r}")
    return value


def within(name: str, value: Any, least: float, most: float) -> Any:
    """``value`` if it lies in [least, most].

    Raises:
        TraitError: it does not.
    """
    if not least <= value <= most:
        raise TraitError(f"{name}: expected {least} to {most}, got {value}")
    return value
