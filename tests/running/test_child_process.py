"""Real processes: nothing waits longer than they live."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from workbench.running.child_process import start_child, stop_child

CHILD = """
import os, signal
from workbench.running.child_process import on_parent_exit
on_parent_exit(lambda: (os.write(1, b"left"), os._exit(7)))
os.write(1, b"here")
signal.pause()
"""
PARENT = f"""
import signal, sys
from workbench.running.child_process import start_child
start_child([sys.executable, "-c", {CHILD!r}])
signal.pause()
"""
DEAF = "import os, signal; os.write(1, b'here'); signal.pause()"


def read_here(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    assert process.stdout.read(4) == b"here"


def rest(process: subprocess.Popen[bytes]) -> bytes:
    """What it still writes, until nobody holds the other end of the pipe."""
    assert process.stdout is not None
    return process.stdout.read()


def test_a_child_notices_that_its_parent_was_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        read_here(parent)
        parent.kill()
        assert rest(parent) == b"left"


def test_a_child_that_is_asked_to_end_does_so_in_its_own_way() -> None:
    with start_child([sys.executable, "-c", CHILD], stdout=subprocess.PIPE) as child:
        read_here(child)
        assert stop_child(child, grace=60) == 7
        assert stop_child(child, grace=60) == 7, "asked again"
        assert rest(child) == b"left"


def test_a_child_that_does_not_listen_is_killed_with_its_own_children() -> None:
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {DEAF!r}])"
    with start_child([sys.executable, "-c", nested], stdout=subprocess.PIPE) as child:
        read_here(child)
        assert stop_child(child, grace=0) == -signal.SIGKILL
        assert rest(child) == b""


def test_ctrl_c_does_not_reach_a_child_and_its_environment_is_ours_and_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OURS", "1")
    code = "import os; print(os.environ['OURS'] + os.environ['MORE'], os.getpgid(0) == os.getpid())"
    command = [sys.executable, "-c", code]
    with start_child(command, environment={"MORE": "2"}, stdout=subprocess.PIPE) as child:
        assert rest(child).split() == [b"12", b"True"]
    assert child.returncode == 0
