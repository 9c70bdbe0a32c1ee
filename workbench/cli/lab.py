"""``workbench lab``: JupyterLab on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from .exits import Exit, fail

START = Path("notebooks/00_start_here.ipynb")


def lab(
    notebook: Annotated[Path, typer.Argument(help="The notebook to open.")] = START,
    port: Annotated[int, typer.Option(help="The next free one from here.", min=1, max=65535)] = 8888,
    browser: Annotated[bool, typer.Option(help="Open it in a browser.")] = True,
) -> None:
    """Open a notebook in JupyterLab, where its controls are alive.

    It listens on 127.0.0.1 alone and asks for its token. Ctrl-C ends it.

    Examples:

    \b
    workbench lab
    workbench lab notebooks/00_start_here.ipynb --port 9000 --no-browser
    """
    if not notebook.is_file():
        hint = "; start it in the folder that holds notebooks/" if notebook == START else ""
        raise fail(f"notebook not found: {notebook}{hint}", Exit.BAD_USAGE)
    command, environment = lab_command(notebook, port, browser), lab_environment()
    if os.name == "posix":
        # In our place, so that Ctrl-C reaches it alone and it can end its kernels.
        os.execve(command[0], command, environment)
    raise typer.Exit(subprocess.call(command, env=environment))


def lab_command(notebook: Path, port: int, browser: bool) -> list[str]:
    """The command that starts JupyterLab on ``notebook``."""
    from workbench.pages.browser import has_display

    command = [sys.executable, "-m", "jupyterlab", str(notebook), "--ip=127.0.0.1", f"--port={port}"]
    if not notebook.resolve().is_relative_to(Path.cwd()):
        command.append(f"--ServerApp.root_dir={notebook.resolve().parent}")
    if not browser or not has_display():
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # as in a container; Jupyter refuses without it
    return command


def lab_environment() -> dict[str, str]:
    """Its variables: kernels of this Python go before those installed for the user."""
    return {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1"}
