"""Every notebook runs with its fast parameters, says so, records numbers, and its parameters matter."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from workbench.reading.parameters import default_values
from workbench.reading.profiles import read_profile
from workbench.reading.source import read_source, source_of, tags_of
from workbench.running.store import StoredRun

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.rglob("*.ipynb"))
NAMES = [path.relative_to(FOLDER).with_suffix("").as_posix() for path in NOTEBOOKS]
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
each_name = pytest.mark.parametrize("name", NAMES)
# What a run may take from the machine that it runs on.
OF_THE_MACHINE = {"training_seconds", "step_milliseconds"}


@pytest.mark.notebook
@each_name
def test_it_runs_with_its_fast_parameters_and_says_so(
    name: str, course_run: Callable[..., StoredRun]
) -> None:
    run = course_run(name)
    assert run.finished, run.status["failure"]
    assert run.metrics
    written = run.executed.read_text()
    assert "Fast parameters, a quick pass" in written
    assert run.executed.stat().st_size < 5_000_000
    notebook = nbformat.reads(written, as_version=4)
    for cell in notebook.cells:
        if "interactive" in tags_of(cell):
            shown = [set(output.get("data", {})) for output in cell.outputs]
            assert any({"image/svg+xml", "image/png"} & kinds for kinds in shown), cell.id


@pytest.mark.notebook
@each_name
def test_a_changed_parameter_changes_what_it_records(
    name: str, course_run: Callable[..., StoredRun], recorded_when_changed: Callable[[str], dict[str, Any]]
) -> None:
    plain, other = course_run(name).metrics, recorded_when_changed(name)
    names = (set(plain) & set(other)) - OF_THE_MACHINE
    changed = [name for name in names if plain[name]["value"] != other[name]["value"]]
    renamed = set(plain) ^ set(other)
    assert changed or renamed, "nothing that was recorded changed"


@each_notebook
def test_every_parameter_is_used(path: Path) -> None:
    notebook = read_source(path)
    used: set[str] = set()
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and not {"parameters", "profiles"} & set(tags_of(cell)):
            nodes = ast.walk(ast.parse(source_of(cell)))
            used |= {node.id for node in nodes if isinstance(node, ast.Name)}
    unused = set(default_values(notebook)) - used
    assert not unused, f"declared and never looked at: {unused}"


@each_notebook
def test_the_full_parameters_are_the_defaults(path: Path) -> None:
    notebook = read_source(path)
    defaults, full, fast = default_values(notebook), *(read_profile(notebook, x) for x in ("full", "fast"))
    assert full == {name: defaults[name] for name in full}
    assert set(fast) <= set(full)
    assert all(fast[name] != full[name] for name in fast)


@each_notebook
def test_it_has_the_shape_of_a_lesson(path: Path) -> None:
    cells = json.loads(path.read_text())["cells"]
    tags = [tag for cell in cells for tag in tags_of(cell)]
    for tag in ("parameters", "profiles", "check", "results"):
        assert tags.count(tag) == 1, f"expected one cell tagged {tag}"
    title = source_of(cells[0])
    assert title.startswith("# ") and "**The question:**" in title and "*Time:" in title
    last = source_of(cells[-1])
    assert "**Reference" in last
    if path.parent == FOLDER:
        assert last.count("<details>") >= 3, "exercises with hidden answers"
        assert last.count("<details>") == last.count("</details>")
