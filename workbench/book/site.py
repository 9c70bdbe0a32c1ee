"""From executed notebooks to HTML."""

from __future__ import annotations

import shutil
from pathlib import Path

from sphinx.cmd.build import build_main

from .pages import Sources, assemble

_SETTINGS = Path(__file__).parent


class BrokenBookError(Exception):
    """Sphinx found something wrong; it has said what."""


def write_site(sources: Sources, out: Path) -> Path:
    """Write the website.

    Args:
        sources: what goes in.
        out: its folders ``source``, ``extra``, ``doctrees`` and ``html`` are made anew.

    Returns:
        The page to begin with.

    Raises:
        ValueError: a link leads to nothing.
        BrokenBookError: Sphinx warned of something; each warning counts.
    """
    source, extra, doctrees, html = (out / name for name in ("source", "extra", "doctrees", "html"))
    for folder in (source, extra, doctrees, html):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    assemble(sources, source, extra)
    options = ["-b", "html", "-q", "-W", "--keep-going", "-c", str(_SETTINGS), "-d", str(doctrees)]
    options += ["-D", f"html_extra_path={extra}", str(source), str(html)]
    if build_main(options):
        raise BrokenBookError("Sphinx found the faults above")
    return html / "index.html"
