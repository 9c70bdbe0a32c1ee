"""Which notebooks a check is about, and what each is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT_NAME, BASELINES = "notebooks", "baselines"


@dataclass(frozen=True)
class Target:
    """A notebook of a check.

    Args:
        path: of the notebook, absolute.
        root: the folder that it is named from: the nearest one called ``notebooks``, or its own.
    """

    path: Path
    root: Path

    @property
    def name(self) -> str:
        """Such as ``"regression/exact_answers"``."""
        return self.path.relative_to(self.root).with_suffix("").as_posix()

    @property
    def baseline_folder(self) -> Path:
        """Where its baselines are: ``notebooks/baselines/NAME``."""
        return self.root / BASELINES / self.name


def find_targets(given: Sequence[Path]) -> list[Target]:
    """The notebooks named, and all below the folders named; by default all below ``notebooks``.

    Raises:
        FileNotFoundError: a path that is not there, or a folder without notebooks.
        ValueError: a file that is not called ``.ipynb``, or two notebooks with one name.
    """
    targets: dict[Path, Target] = {}
    for path in given or [Path(ROOT_NAME)]:
        for notebook in _notebooks(path.resolve(), path):
            targets[notebook] = Target(notebook, _root(notebook))
    named: dict[str, Target] = {}
    for target in targets.values():
        other = named.setdefault(target.name, target)
        if other is not target:
            both = f"{other.path} and {target.path}"
            raise ValueError(f"two notebooks are called {target.name}: {both}; check one at a time")
    return list(targets.values())


def _notebooks(path: Path, said: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(p for p in path.rglob("*.ipynb") if not _hidden(p.relative_to(path)))
        if not found:
            raise FileNotFoundError(f"no notebooks in the folder {said}")
        return found
    if not path.is_file():
        raise FileNotFoundError(f"notebook not found: {said}")
    if path.suffix != ".ipynb":
        raise ValueError(f"expected a notebook (.ipynb) or a folder of them, got {said}")
    return [path]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _root(notebook: Path) -> Path:
    return next((folder for folder in notebook.parents if folder.name == ROOT_NAME), notebook.parent)
