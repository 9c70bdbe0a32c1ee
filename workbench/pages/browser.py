"""Browsers: one for the tests to drive, and the user's own for showing a page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

BROWSER_VARIABLE = "WORKBENCH_BROWSER"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")


def find_browser() -> str | None:
    """A Chromium or its kin, from ``WORKBENCH_BROWSER`` or the search path; ``None`` if there is none."""
    named = os.environ.get(BROWSER_VARIABLE)
    candidates = (named,) if named else _NAMES
    return next((path for path in map(shutil.which, candidates) if path), None)


def has_display() -> bool:
    """Whether a window could be seen: not over SSH, not in CI, not without a display server."""
    if os.environ.get("CI") or os.environ.get("SSH_CONNECTION"):
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def show_page(page: Path) -> bool:
    """Open a page in the user's browser if there is a display.

    Returns:
        Whether it was tried. A process of its own does it, and nobody waits for it: what ``webbrowser`` finds
        may be a text browser that never ends.
    """
    if not has_display():
        return False
    subprocess.Popen(
        [sys.executable, "-m", "webbrowser", "-t", page.resolve().as_uri()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return True
