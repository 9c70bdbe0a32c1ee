from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from workbench.cli.app import main
from workbench.cli.run import join_pairs


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    parameters = new_code_cell("divisor: int = 1  # of one", metadata={"tags": ["parameters"]})
    doubtful = "SimpleNamespace(value=1.0, standard_error=0.1, n=2, unit='', diagnosis='not so')"
    recorded = "record('quotient', 1 / divisor)\nfrom types import SimpleNamespace\n"
    recorded += f"for name in ('guess', 'second', 'third', 'fourth', 'fifth'):\n    record(name, {doubtful})"
    cells = [parameters, new_code_cell(f"from workbench import record\n{recorded}")]
    (tmp_path / "notebooks").mkdir()
    nbformat.write(new_notebook(cells=cells), tmp_path / "notebooks/tiny.ipynb")
    return Path("notebooks/tiny.ipynb")


@pytest.mark.notebook
def test_a_run_ends_with_0_and_says_where_things_are(notebook, capsys) -> None:
    assert main(["run", str(notebook), "-p", "divisor", "4"]) == 0
    out = capsys.readouterr().out
    for name in ("tiny.html", "tiny.ipynb", "metrics.json"):
        assert str(Path("runs/tiny") / name) in out
        assert (Path("runs/tiny") / name).is_file()
    assert '"value": 0.25' in Path("runs/tiny/metrics.json").read_text()
    assert "guess is not so" in out and "quotient is" not in out
    assert "fourth is" not in out and "and 2 more are in doubt, as that file says" in out


@pytest.mark.notebook
def test_a_crash_ends_with_3_and_says_where(notebook, capsys) -> None:
    assert main(["run", str(notebook), "-p", "divisor", "0", "--out", "broken", "--no-html"]) == 3
    error = capsys.readouterr().err
    assert "crashed in cell 2 of 2, line 2" in error
    assert "ZeroDivisionError" in error
    assert str(Path("broken/tiny.ipynb")) in error
    assert not Path("broken/tiny.html").exists()


def test_a_folder_that_another_run_is_using_is_refused_by_name(notebook, capsys) -> None:
    from workbench.running.status import locked

    Path("busy").mkdir()
    with locked(Path("busy")):
        assert main(["run", str(notebook), "--out", "busy"]) == 2
    assert f"error: another run is writing into {Path('busy').resolve()}" in capsys.readouterr().err


BAD_USAGE = [
    (["run", "nowhere.ipynb"], "notebook not found"),
    (["run", "{notebook}", "-p", "divisors", "2"], "did you mean 'divisor'?"),
    (["run", "{notebook}", "-p", "divisor", "half"], "expected int, got 'half'"),
    (["run", "{notebook}", "-p", "divisor"], "expected a name and a value"),
    (["run", "{notebook}", "-p", "divisor", "-p", "other", "3"], "-p divisor: expected a name and a value"),
    (["run", "{notebook}", "-p", "divisor", "--out", "x"], "-p divisor: expected a name and a value"),
    (["run", "{notebook}", "-p", "-p", "divisor", "3"], "expected a name and a value"),
    (["run", "{notebook}", "-p", "divisor", "1", "-p", "divisor", "2"], "given twice"),
    (["run", "{notebook}", "--out", "notebooks"], "would be replaced"),
    (["run", "{notebook}", "--out", "notebooks/tiny.ipynb/x"], "cannot write to the output folder"),
    (["run"], "Missing argument"),
    (["run", "{notebook}", "--nonsense"], "No such option"),
    (["fly"], "No such command"),
    (["lab", "nowhere.ipynb"], "notebook not found: nowhere.ipynb"),
    (["lab"], "start it in the folder that holds notebooks/"),
    (["lab", "{notebook}", "--port", "0"], "--port"),
    (["train"], "Missing option"),
    (["train", "--out", "x", "--epochs", "many"], "--epochs"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD_USAGE, ids=[" ".join(words) for words, _ in BAD_USAGE])
def test_bad_usage_ends_with_2_and_its_reason_and_starts_no_kernel(
    notebook, capsys, monkeypatch, arguments: list[str], words: str
) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    assert main([word.replace("{notebook}", str(notebook)) for word in arguments]) == 2
    assert words in capsys.readouterr().err
    assert not Path("runs/tiny/tiny.ipynb").exists()


def test_parameters_are_listed_on_request(notebook, capsys) -> None:
    assert main(["run", str(notebook), "--list-parameters"]) == 0
    assert "divisor: int = 1  of one" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "joined"),
    [
        (["run", "a", "-p", "x", "-3", "--out", "b"], ["run", "a", "-p", "x=-3", "--out", "b"]),
        (["-p", "x=1", "-p", "y", "a=b"], ["-p", "x=1", "-p", "y=a=b"]),
        (["--parameter", "x", "1", "2"], ["--parameter", "x=1", "2"]),
        (["-p"], ["-p"]),
        (["-p", "x"], ["-p", "x"]),
        (["-p", "x", "-p", "y", "3"], ["-p", "x", "-p", "y=3"]),
        (["-p", "x", "--parameter", "y", "3"], ["-p", "x", "--parameter", "y=3"]),
        (["-p", "x=--out", "-p", "y", "-"], ["-p", "x=--out", "-p", "y=-"]),
    ],
)
def test_pairs_become_one_word(typed: list[str], joined: list[str]) -> None:
    assert join_pairs(typed) == joined


COMMANDS = ["run", "check", "sweep", "lab", "train", "doctor"]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself_with_examples(command: str, capsys) -> None:
    assert main([command, "--help"]) == 0
    out = capsys.readouterr().out
    assert "Examples" in out
    assert out.count(f"workbench {command}") >= 3  # its usage, and two examples


def test_no_arguments_show_the_commands(capsys) -> None:
    main([])
    out = capsys.readouterr()
    assert all(command in out.out + out.err for command in COMMANDS)


HEAVY = {
    "distributed",
    "scipy",
    "torch",
    "numpy",
    "matplotlib",
    "plotly",
    "papermill",
    "nbformat",
    "IPython",
    "mopoe",
    "jupyter_client",
}


def test_help_imports_nothing_heavy(repository: Path) -> None:
    code = f"""
import sys
from workbench.__main__ import main
for command in ([], *([name] for name in {COMMANDS})):
    assert main([*command, "--help"]) == 0
print(sorted({HEAVY} & set(sys.modules)))
"""
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_python_dash_m_and_bad_input_import_nothing_heavy_either(notebook) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "workbench", "run", str(notebook), "-p", "nope", "1"]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 2
    assert "no parameter 'nope'" in ran.stderr
    assert "papermill" not in ran.stderr
    assert " torch" not in ran.stderr


def test_without_the_extra_the_command_says_what_to_install(monkeypatch, capsys) -> None:
    from workbench.__main__ import main as command

    monkeypatch.setitem(sys.modules, "typer", None)
    for name in [name for name in sys.modules if name.startswith("workbench.cli")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("workbench.cli", raising=False)
    assert command(["--help"]) == 2
    assert "mopoe-workbench[workbench]" in capsys.readouterr().err
