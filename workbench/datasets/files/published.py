"""Files that a data set was published as: looked for in the folder that a user names."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

DATA_DIR_VARIABLE = "MOPOE_DATA_DIR"


@dataclass(frozen=True)
class PublishedFiles:
    """The files of one publication, and where in a data folder they may lie.

    Attributes:
        name: of what was published.
        files: names of its files, or of its folders.
        remedy: what to do where one is missing.
        places: folders inside the data folder; ``"."`` is the data folder itself.
        endings: what may follow a name, such as ``".gz"``.
        cache: the folder that a download goes to; ``None`` where nothing is downloaded.
    """

    name: str
    files: tuple[str, ...]
    remedy: str
    places: tuple[str, ...] = (".",)
    endings: tuple[str, ...] = ("",)
    cache: Callable[[], Path] | None = None

    def find(self, folder: Path) -> dict[str, Path]:
        """Name → path, the first of all places.

        Raises:
            FileNotFoundError: one is missing; the message says where it was looked for, and what to do.
        """
        found = {}
        for name in self.files:
            path = self._path(folder, name)
            if path is None:
                names = " or ".join(f"{name}{ending}" for ending in self.endings)
                inside = " or ".join(f"{place}/" for place in self.places if place != ".")
                raise FileNotFoundError(
                    f"{self.name}: expected {names} in {folder} (or in its {inside}), found none; {self.remedy}"
                )
            found[name] = path
        return found

    def missing(self, folder: Path) -> list[str]:
        """Names of those that are not in the folder."""
        return [name for name in self.files if self._path(folder, name) is None]

    def downloaded(self) -> Path | None:
        """The folder of an earlier download that is complete."""
        folder = None if self.cache is None else self.cache()
        return None if folder is None or self.missing(folder) else folder

    def _path(self, folder: Path, name: str) -> Path | None:
        paths = (folder / place / f"{name}{ending}" for place in self.places for ending in self.endings)
        return next((path for path in paths if path.exists()), None)


def given_folder(data_dir: str | Path | None, files: PublishedFiles) -> Path | None:
    """``data_dir``, or else the folder that ``MOPOE_DATA_DIR`` names; ``None`` where neither is given.

    Raises:
        FileNotFoundError: the folder does not exist; the message says which of the two named it.
    """
    given = data_dir if data_dir is not None else os.environ.get(DATA_DIR_VARIABLE) or None
    if given is None:
        return None
    folder = Path(given).expanduser()
    if not folder.is_dir():
        source = "data_dir" if data_dir is not None else f"environment variable {DATA_DIR_VARIABLE}"
        raise FileNotFoundError(
            f"{source}: expected a folder that holds {files.name}, found none at {folder}"
        )
    return folder


def needed_folder(data_dir: str | Path | None, files: PublishedFiles) -> Path:
    """As :func:`given_folder`, for files that nothing else can stand in for.

    Raises:
        FileNotFoundError: neither is given, or the folder does not exist.
    """
    folder = given_folder(data_dir, files)
    if folder is None:
        raise FileNotFoundError(
            f"data_dir: expected a folder that holds {files.name}, got none; name it by data_dir or "
            f"{DATA_DIR_VARIABLE}"
        )
    return folder
