"""What lies in the tree: notebooks without results, no pickles, no large files, links that lead somewhere."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from workbench.reading.parameters import read_parameters
from workbench.reading.source import source_of

ROOT = Path(__file__).parents[2]
MADE = {".git", ".venv", "runs", "artifacts", "build", "dist", "node_modules"}
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
# What opens the door to pickles: modules, and functions with the argument that shuts it.
HARMLESS = {"UnpicklingError"}
PICKLE_MODULES = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}


def tree() -> Iterator[Path]:
    """Files that are or would be committed; without git, all that no command made."""
    try:
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listed = (
            subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
        )
        found = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        found = [path for path in ROOT.rglob("*") if not MADE & set(path.relative_to(ROOT).parts)]
    return (path for path in found if path.is_file())


def code_cells(path: Path) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]


def plain_python(cell: dict[str, Any]) -> str:
    return "\n".join(line for line in source_of(cell).splitlines() if not line.startswith(("%", "!")))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_are_stored_without_results(path: Path) -> None:
    for cell in code_cells(path):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        assert "papermill" not in cell["metadata"]
    metadata = json.loads(path.read_text())["metadata"]
    assert not {"widgets", "papermill"} & set(metadata)
    assert metadata["kernelspec"]["name"] == "python3"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_define_no_function_and_no_class(path: Path) -> None:
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    for cell in code_cells(path):
        for node in ast.walk(ast.parse(plain_python(cell))):
            assert not isinstance(node, definitions), f"{path.name}: {ast.unparse(node)[:60]}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_parameters_are_annotated_literals_with_a_comment(path: Path) -> None:
    from workbench.reading.literals import read_value

    parameters = read_parameters(json.loads(path.read_text()))
    assert parameters, "a cell is tagged parameters"
    for parameter in parameters.values():
        assert parameter.comment, f"{parameter} has no comment"
        default = ast.literal_eval(parameter.default)
        assert read_value(parameter.kind, default) == default


def pickles(code: ast.AST) -> Iterator[str]:
    """Calls and imports that could read or write a pickle."""
    for node in ast.walk(code):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            harmless = {alias.name for alias in node.names} <= HARMLESS
            names = [] if harmless else [node.module or ""]
        yield from (name for name in names if name.partition(".")[0] in PICKLE_MODULES)
        if not isinstance(node, ast.Call):
            continue
        called, arguments = (
            ast.unparse(node.func),
            {word.arg: ast.unparse(word.value) for word in node.keywords},
        )
        if called == "torch.save" or called.endswith(("read_pickle", "to_pickle")):
            yield called
        if called == "torch.load" and arguments.get("weights_only") != "True":
            yield "torch.load without weights_only=True"
        if arguments.get("allow_pickle", "False") != "False":
            yield f"{called} with allow_pickle"


def test_nothing_but_a_test_can_read_or_write_a_pickle() -> None:
    for path in tree():
        if path.suffix == ".py" and not path.is_relative_to(ROOT / "tests"):
            assert not list(pickles(ast.parse(path.read_text(encoding="utf-8")))), path
        if path.suffix == ".ipynb":
            found = [word for cell in code_cells(path) for word in pickles(ast.parse(plain_python(cell)))]
            assert not found, path


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from joblib import dump",
        "import dill as d",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "torch.save(model, path)",
        "np.load(path, allow_pickle=True)",
        "frame.to_pickle(path)",
    ],
)
def test_ways_to_pickles_are_seen(code: str) -> None:
    assert list(pickles(ast.parse(code)))
    assert not list(pickles(ast.parse("torch.load(path, weights_only=True); np.load(path); import json")))


def given_names(code: str) -> Iterator[str]:
    """Names that a module gives at its top level, once for each time that it does."""
    for node in ast.parse(code).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (
                name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
            )


def test_no_module_gives_a_name_twice() -> None:
    # The second takes the place of the first also in what was written above it.
    for path in tree():
        if path.suffix == ".py":
            names = list(given_names(path.read_text(encoding="utf-8")))
            twice = {name for name in names if names.count(name) > 1}
            assert not twice, f"{path.relative_to(ROOT)} gives {', '.join(sorted(twice))} twice"


def test_names_given_in_every_way_are_seen() -> None:
    assert list(given_names("A, B = 1, 2\nC: int = 3\ndef d(): e = 4\nclass F:\n    g = 5\nA = 6")) == [
        "A", "B", "C", "d", "F", "A",
    ]  # fmt: skip


def test_no_file_is_over_one_megabyte() -> None:
    assert not [path for path in tree() if path.stat().st_size > 1_000_000]


def test_markers_of_unresolved_merges_are_gone() -> None:
    for path in tree():
        if path.suffix in {".py", ".md", ".toml", ".yml", ".ipynb", ".txt"}:
            assert "\n<<<<<<< " not in path.read_text(encoding="utf-8"), path


CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def links(markdown: str) -> list[str]:
    """Paths that links and images lead to, without their anchors; links to other sites are left out."""
    prose = CODE.sub("", markdown)
    found = re.findall(
        r"\]\(<?([^)\s>]+)|^\[[^\]]+\]:\s*(\S+)|(?:src|href)=[\"']([^\"']+)", prose, re.MULTILINE
    )
    targets = [unquote("".join(groups)).partition("#")[0] for groups in found]
    return [target for target in targets if target and not re.match(r"[a-z][a-z+.-]*:", target)]


def test_links_and_images_lead_to_files_of_the_tree() -> None:
    files = {path.resolve() for path in tree()}
    there = files | {folder for path in files for folder in path.parents}
    documents = [path for path in files if path.suffix == ".md"]
    assert documents
    for path in documents:
        for target in links(path.read_text(encoding="utf-8")):
            assert (path.parent / target).resolve() in there, f"{path.relative_to(ROOT)} leads to {target}"


def test_links_of_every_form_are_seen() -> None:
    markdown = """![a](a.png) [`b`](b/c.md#part "title") <img src="d.png"> [out](https://example.org/x) [here](#part)
[e]: e.md
`[no](code.md)`
```
[no](code.md)
```
[f](<f.md>)"""
    assert links(markdown) == ["a.png", "b/c.md", "d.png", "e.md", "f.md"]


def test_the_readme_names_targets_that_the_makefile_has() -> None:
    code = "\n".join(CODE.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    named = set(re.findall(r"\bmake ([a-z][\w-]*)", re.sub(r"#.*", "", code)))
    targets = re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"run", "test"} <= named <= set(targets)
