from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from workbench.running.execute import run_notebook

pytestmark = pytest.mark.notebook


class Listener:
    def __init__(self) -> None:
        self.cells: list[tuple[int, int, str]] = []
        self.printed = ""

    def cell(self, number: int, total: int, heading: str) -> None:
        self.cells.append((number, total, heading))

    def text(self, text: str) -> None:
        self.printed += text


def statuses(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text())["cells"]
    return [cell["metadata"]["papermill"]["status"] for cell in cells if "papermill" in cell["metadata"]]


def texts(notebook: Path) -> str:
    outputs: list[Any] = [
        out for cell in nbformat.read(notebook, as_version=4).cells for out in cell.get("outputs", [])
    ]
    return "".join(out.get("text", "") for out in outputs)


def test_a_good_run_leaves_the_executed_notebook_the_numbers_and_the_page(write_notebook, tmp_path) -> None:
    path = write_notebook(
        "# Title",
        "import os, sys\nprint(sys.executable)\nprint(os.getcwd())\nprint(size * 2)",
        "## Numbers",
        "from workbench import record\nrecord('a', 0.5, n=4)",
        parameters="size: int = 3  # of everything",
        name="with {braces}.ipynb",
    )
    before, listener = path.read_bytes(), Listener()
    result = run_notebook(path, tmp_path / "out {1}", {"size": "21"}, progress=listener)
    assert result.failure is None
    assert result.metrics == json.loads((tmp_path / "out {1}" / "metrics.json").read_text())
    assert result.metrics == {"a": {"value": 0.5, "n": 4, "compared": "exactly"}}
    assert result.notebook.parent == tmp_path / "out {1}"
    assert result.page is not None
    assert "<h1" in result.page.read_text()
    assert texts(result.notebook).startswith(f"{sys.executable}\n{path.parent}\n42\n")
    assert path.read_bytes() == before
    assert listener.cells == [
        (1, 5, ""),
        (2, 5, "Title"),
        (3, 5, "Title"),
        (4, 5, "Numbers"),
        (5, 5, "Numbers"),
    ]
    assert "42\n" in listener.printed


def test_a_cell_that_may_fail_leaves_no_banner(write_notebook, tmp_path) -> None:
    path = write_notebook("1 / 0", "print('on')")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].metadata["tags"] = ["raises-exception"]
    nbformat.write(notebook, path)
    result = run_notebook(path, tmp_path / "out")
    assert result.failure is None
    executed = nbformat.read(result.notebook, as_version=4)
    assert [cell.source for cell in executed.cells] == ["1 / 0", "print('on')"]
    assert executed.cells[0].outputs[0].ename == "ZeroDivisionError"


def test_what_an_earlier_run_left_does_not_mix_with_this_one(write_notebook, tmp_path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "metrics.json").write_text('{"old": {"value": 1}}')
    (out / "tiny.html").write_text("old")
    result = run_notebook(write_notebook("1"), out, html=False)
    assert result.metrics == {}
    assert result.page is None
    assert sorted(path.name for path in out.iterdir()) == [".lock", "run.json", "tiny.ipynb"]


def test_a_failing_cell_is_told_by_number_line_words_and_what_it_printed(write_notebook, tmp_path) -> None:
    path = write_notebook(
        "# One",
        "print('fine')",
        "print('about to')\nfor i in range(3):\n    assert i != size, 'i is size'",
        "2",
        parameters="size: int = 0  # breaks at",
    )
    result = run_notebook(path, tmp_path / "out", {"size": "2"})
    failure = result.failure
    assert failure is not None
    assert (failure.cell, failure.cells, failure.line) == (4, 5, 3)
    assert failure.source == "assert i != size, 'i is size'"
    assert (failure.name, failure.message, failure.printed) == ("AssertionError", "i is size", "about to")
    assert "crashed in cell 4 of 5, line 3" in str(failure)
    assert "about to" in texts(result.notebook)
    assert statuses(result.notebook)[-2:] == ["failed", "pending"]
    assert result.page is not None
    assert "crashed in cell 4 of 5" in result.page.read_text()


def test_a_line_in_a_helper_does_not_hide_the_line_of_the_cell(write_notebook, tmp_path) -> None:
    path = write_notebook("import json\njson.loads('{')")
    failure = run_notebook(path, tmp_path / "out", html=False).failure
    assert failure is not None
    assert (failure.line, failure.source, failure.name) == (2, "json.loads('{')", "JSONDecodeError")


def test_a_killed_kernel_is_a_crash_and_its_cell_is_not_called_completed(write_notebook, tmp_path) -> None:
    path = write_notebook("1", "import os\nos.kill(os.getpid(), 9)", "2")
    result = run_notebook(path, tmp_path / "out", html=False)
    assert result.failure is not None
    assert (result.failure.cell, result.failure.name) == (2, "KernelDied")
    assert statuses(result.notebook) == ["completed", "failed", "pending"]


def test_leaving_early_is_no_success(write_notebook, tmp_path) -> None:
    result = run_notebook(write_notebook("raise SystemExit(0)", "1 / 0"), tmp_path / "out", html=False)
    assert result.failure is not None
    assert (result.failure.cell, result.failure.name) == (1, "SystemExit")


def test_widgets_leave_a_line_of_words_and_no_state(write_notebook, tmp_path) -> None:
    path = write_notebook(
        "import ipywidgets\nfrom IPython.display import display\nout = ipywidgets.Output()\n"
        "with out:\n    print('inside')\ndisplay(ipywidgets.VBox([ipywidgets.IntSlider(), out]))"
    )
    result = run_notebook(path, tmp_path / "out")
    assert result.failure is None
    assert result.page is not None
    written = result.notebook.read_text()
    assert "widget" not in json.loads(written)["metadata"]
    assert "widgets" not in json.loads(written)["metadata"]
    assert "vnd.jupyter.widget" not in written
    assert "open the notebook in JupyterLab" in written
    assert "open the notebook in JupyterLab" in result.page.read_text()


def test_a_line_updated_in_place_stays_short_and_is_told_while_it_changes(write_notebook, tmp_path) -> None:
    path = write_notebook(
        "import sys\nfor i in range(3):\n    print(f'step {i}', end='\\r', flush=True)\nprint('done   ')",
        "from IPython.display import display\n"
        "handle = display({'text/plain': ''}, raw=True, display_id=True)\n"
        "handle.update({'text/plain': 'epoch 9'}, raw=True)",
    )
    listener = Listener()
    result = run_notebook(path, tmp_path / "out", html=False, progress=listener)
    assert "step 0" in listener.printed
    assert "epoch 9" in listener.printed
    assert texts(result.notebook).split() == ["done"]


def test_a_kernel_of_the_same_name_that_belongs_to_another_python_is_not_used(
    write_notebook, tmp_path, monkeypatch
) -> None:
    spec = tmp_path / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    broken = {"argv": ["/bin/false", "{connection_file}"], "display_name": "Python 3", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(broken))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    result = run_notebook(write_notebook("import sys\nprint(sys.executable)"), tmp_path / "out", html=False)
    assert texts(result.notebook) == sys.executable + "\n"


def test_two_runs_at_once_record_in_their_own_folders(write_notebook, tmp_path) -> None:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    path = write_notebook(
        "from workbench import record\nrecord('size', size)", parameters="size: int = 0  # recorded"
    )
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        runs = [pool.submit(run_notebook, path, tmp_path / str(i), {"size": i}, html=False) for i in range(2)]
        values = [run.result().metrics["size"]["value"] for run in runs]
    assert values == [0, 1]


def test_texts_arrive_unchanged(write_notebook, tmp_path) -> None:
    given = ["a 'quoted' \\ \"text\"", "", "{braces}", "line\nbreak", "µ"]
    path = write_notebook("print(ascii(words))", parameters="words: list[str] = []  # any")
    result = run_notebook(path, tmp_path / "out", {"words": given}, html=False)
    assert texts(result.notebook) == ascii(given) + "\n"
