"""Fresh interpreters, whose starts are timed and whose memory nothing else has touched."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.kit.rounds import Spent

ROOT = Path(__file__).parents[2]


def answer(*arguments: str) -> Any:
    """What ``python *arguments`` writes last, read as JSON."""
    lines = _run(*arguments).splitlines()
    return json.loads(lines[-1])


def whole(*arguments: str) -> Spent:
    """The time of ``python *arguments`` from its start to its end."""
    cpu, wall = _cpu_of_children(), time.perf_counter()
    _run(*arguments)
    return Spent(time.perf_counter() - wall, _cpu_of_children() - cpu)


def part(before: str, timed: str) -> Spent:
    """The time of the statements ``timed`` in an interpreter that has done ``before``."""
    clocks = "(time.perf_counter(), time.process_time())"
    lines = ["import json, time", before, f"a = {clocks}", timed, f"b = {clocks}"]
    wall, cpu = answer("-c", "\n".join([*lines, "print(json.dumps([b[0] - a[0], b[1] - a[1]]))"]))
    return Spent(wall, cpu)


def _run(*arguments: str) -> str:
    ran = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True)
    if ran.returncode:
        raise RuntimeError(f"python {' '.join(arguments)[:200]}: {ran.stderr[-2000:]}")
    return ran.stdout


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
