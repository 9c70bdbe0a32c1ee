"""A notebook in a process of its own: ``python -m workbench.running.notebook_child``, told on its input what to run.

The input stays open as long as somebody wants the result: when it closes, the run stops.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from .child_process import on_parent_exit
from .notebook_process import CRASHED_CODE, INTERRUPTED_CODE
from .plan import plan_run


def main() -> int:
    """Run what the first line of the input says; see :func:`workbench.running.notebook_process.run_in_process`."""
    # Where the package is there, jsonschema's import builds a grammar of IRIs, which notebooks do not hold: more than
    # half of the time that this process takes to start.
    modules: dict[str, Any] = sys.modules
    modules.setdefault("rfc3987_syntax", None)
    from .execute import execute_plan

    # A command that was put in the background may have handed on that it ignores Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    job = json.loads(sys.stdin.readline())
    on_parent_exit(lambda: os.kill(os.getpid(), signal.SIGINT))
    plan = plan_run(Path(job["notebook"]), Path(job["folder"]), job["parameters"])
    try:
        result = execute_plan(plan, html=job["html"], cell_timeout=job["cell_timeout"])
    except KeyboardInterrupt:
        return INTERRUPTED_CODE
    return CRASHED_CODE if result.failure else 0


if __name__ == "__main__":
    sys.exit(main())
