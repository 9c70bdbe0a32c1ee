"""The page of an explorer that a run was asked for, and the output that names it."""

from __future__ import annotations

from inspect import signature
from pathlib import Path
from typing import Any

from ...pages.explorer_pages import EXPLORER_TYPE, pages_folder
from .printable import Printable

#: What the page's heading, sentence and controls add to the height of its panels, in pixels.
_CONTROLS = 190


def page_beside_run(explorer: Printable, height: float) -> dict[str, Any]:
    """Write the explorer's page if the run was asked for pages.

    Args:
        explorer: as it stands.
        height: of its printed sheet, in pixels.

    Returns:
        An output that names the page by its path in the run's folder, or says why there is none; nothing where
        nobody asked.
    """
    folder = pages_folder()
    if folder is None:
        return {}
    path = _unused_path(folder, explorer.title)
    try:
        _write(explorer, path)
    except ValueError as error:  # too many modalities, too large a page
        return {EXPLORER_TYPE: {"title": explorer.title, "refused": str(error)}}
    page = f"{folder.name}/{path.name}"
    return {EXPLORER_TYPE: {"title": explorer.title, "page": page, "height": round(height) + _CONTROLS}}


def _write(explorer: Printable, path: Path) -> None:
    """As many answers as the explorer offers, or those to one sample alone if they are too many for a page."""
    try:
        explorer.to_html(path)
    except ValueError:
        if "samples" not in signature(explorer.export_axes).parameters:
            raise
        explorer.to_html(path, samples=1)


def _unused_path(folder: Path, title: str) -> Path:
    stem = title.lower().replace(" ", "_")
    names = [stem, *(f"{stem}_{i}" for i in range(2, 1000))]
    return next(path for name in names if not (path := folder / f"{name}.html").exists())
