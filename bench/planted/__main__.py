"""Does the bench notice? Plants one mistake at a time in a copy of the code and runs `workbench check` there.

python -m bench.planted --table docs/planted_mistakes.md [--only TEXT] [--jobs N] [NOTEBOOK ...]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .mistakes import MISTAKES, Mistake

ROOT = Path(__file__).parents[2]
NOTICED = {"worse", "missing"}
HEAD = """# Planted mistakes

Written by `make planted`: one line of the code is changed at a time, in a copy, and `workbench check` runs there at
fast parameters. A metric noticed if its verdict is *worse*; where an assertion stopped a notebook, the assertion did.

"""


def main() -> int:
    """Write a table of which notebook and metric noticed which mistake; 1 if one was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", default=["notebooks/regression"])
    parser.add_argument("--out", type=Path, default=Path("runs/planted"))
    parser.add_argument("--table", type=Path, help="where the table goes, as Markdown")
    parser.add_argument("--only", default="", help="mistakes whose name holds this")
    parser.add_argument("--jobs", default="2")
    given = parser.parse_args()
    rows = [
        (mistake, check_with(mistake, given.notebooks, given.out / str(number), given.jobs))
        for number, mistake in enumerate(MISTAKES)
        if given.only in mistake.name
    ]
    table = "\n".join(
        [
            "| mistake | noticed by |",
            "|---|---|",
            *(f"| {mistake.name} | {_words(found)} |" for mistake, found in rows),
        ]
    )
    if given.table:
        given.table.write_text(HEAD + table + "\n", encoding="utf-8")
    print(table)
    return 0 if all(found for _, found in rows) else 1


def check_with(mistake: Mistake, notebooks: list[str], out: Path, jobs: str) -> list[tuple[str, str]]:
    """Pairs (notebook, what noticed the mistake): a metric, or the failure of a cell."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("mopoe", "workbench", "notebooks", "docs"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        mistake.plant(copy)
        command = [
            sys.executable,
            "-m",
            "workbench",
            "check",
            *notebooks,
            "--jobs",
            jobs,
            "--out",
            str(out.resolve()),
        ]
        # Before the installed one, so that it is the copy that runs.
        environment = {**os.environ, "PYTHONPATH": str(copy)}
        out.mkdir(parents=True, exist_ok=True)
        with (out / "said.txt").open("w", encoding="utf-8") as said:
            subprocess.run(command, cwd=copy, env=environment, stdout=said, stderr=said, check=False)
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    found = []
    for notebook in report["notebooks"]:
        if notebook["state"] != "finished":
            found.append((notebook["name"], notebook["failure"].strip().splitlines()[-1]))
        found += [(notebook["name"], m["name"]) for m in notebook["metrics"] if m["verdict"] in NOTICED]
    print(f"{mistake.name}: {_words(found)}", flush=True)
    return found


def _words(found: list[tuple[str, str]]) -> str:
    by_notebook: dict[str, list[str]] = {}
    for notebook, what in found:
        by_notebook.setdefault(notebook, []).append(what)
    return (
        "; ".join(f"{notebook}: {', '.join(whats)}" for notebook, whats in by_notebook.items())
        or "**missed**"
    )


if __name__ == "__main__":
    sys.exit(main())
