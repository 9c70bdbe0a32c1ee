"""How a check says that it can be run again."""

from __future__ import annotations

import shlex
from pathlib import Path

from workbench.checking.check import _command


def test_the_command_that_runs_it_again_is_one_that_a_shell_reads(tmp_path: Path) -> None:
    words = shlex.split(_command(tmp_path / "my notes" / "it's.ipynb", "fast", [0]))
    assert words[2] == str(tmp_path / "my notes" / "it's.ipynb")
