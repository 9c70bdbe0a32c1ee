from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.cli import lab as module
from workbench.cli.app import main
from workbench.cli.lab import lab_command, lab_environment


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("notebooks").mkdir()
    Path("notebooks/00_start_here.ipynb").write_text('{"cells": []}')
    return Path("notebooks/00_start_here.ipynb")


def test_it_listens_on_this_machine_alone_and_leaves_the_token_on(notebook: Path) -> None:
    command = lab_command(notebook, 9000, browser=True)
    assert command[1:4] == ["-m", "jupyterlab", str(notebook)]
    assert "--ip=127.0.0.1" in command
    assert "--port=9000" in command
    assert not any("token" in word.lower() or "password" in word.lower() for word in command)
    assert lab_environment()["JUPYTER_PREFER_ENV_PATH"] == "1"


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_root_is_allowed_only_to_root(notebook: Path, monkeypatch, user: int, allowed: bool) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert ("--allow-root" in lab_command(notebook, 8888, browser=True)) is allowed


def test_no_browser_is_started_without_a_display(notebook: Path, monkeypatch) -> None:
    assert "--no-browser" in lab_command(notebook, 8888, browser=True)
    monkeypatch.setattr("workbench.pages.browser.has_display", lambda: True)
    assert "--no-browser" not in lab_command(notebook, 8888, browser=True)
    assert "--no-browser" in lab_command(notebook, 8888, browser=False)


def test_a_notebook_elsewhere_gets_its_own_root(notebook: Path, tmp_path: Path, monkeypatch) -> None:
    assert not any("root_dir" in word for word in lab_command(notebook, 8888, browser=False))
    absolute = notebook.resolve()
    monkeypatch.chdir("/")
    assert not any("root_dir" in word for word in lab_command(absolute, 8888, browser=False))
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")
    assert f"--ServerApp.root_dir={absolute.parent}" in lab_command(absolute, 8888, browser=False)


def test_the_command_hands_over_to_jupyterlab(notebook: Path, monkeypatch) -> None:
    called = []
    monkeypatch.setattr(module.os, "execve", lambda program, command, env: called.append((program, command)))
    monkeypatch.setattr(
        module.subprocess, "call", lambda command, env: called.append((command[0], command)) or 5
    )
    assert main(["lab", "--no-browser"]) == 5
    assert called[0][0] == sys.executable
    assert called[0][1][:4] == [sys.executable, "-m", "jupyterlab", str(notebook)]


def test_pages_are_shown_by_a_process_of_its_own_and_only_with_a_display(tmp_path: Path, monkeypatch) -> None:
    from workbench.pages.browser import show_page

    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **options: started.append((command, options)))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert show_page(tmp_path / "a.html") is False
    monkeypatch.setenv("DISPLAY", ":0")
    assert show_page(tmp_path / "a.html") is True
    [(command, options)] = started
    assert command[-1] == (tmp_path / "a.html").as_uri()
    assert options["stdin"] == subprocess.DEVNULL
