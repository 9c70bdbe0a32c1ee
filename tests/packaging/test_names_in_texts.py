"""What texts name is there: modules and what they hold, files and folders, and what docstrings refer to."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from workbench.reading.source import source_of

ROOT = Path(__file__).parents[2]
# A change log says what was; tests make up trees of their own.
TEXTS = (
    "README.md", "docs/**/*.md", "mopoe/**/*.py", "workbench/**/*.py", "workbench/**/*.md", "bench/**/*.py",
    "notebooks/**/*.py", "notebooks/**/*.ipynb", "Makefile", ".ci/run", "pyproject.toml", "environment.yml",
)  # fmt: skip
DOTTED = re.compile(r"(?<![\w/.-])(?:mopoe|workbench)(?:\.[A-Za-z_]\w*)+")
FILES = re.compile(r"(?<![\w.-])(?:mopoe|workbench|tests|bench|notebooks|docs)(?:/[\w.*-]+)+")
ENDINGS = {"ipynb", "json", "html", "md", "py", "svg", "toml"}
STAND_INS = {"NAME", "NOTEBOOK", "PLATFORM"}
ROLE = re.compile(r":(?:attr|class|data|exc|func|meth|mod):`~?([\w.]+)`")


def texts() -> Iterator[tuple[str, str]]:
    """Path and text of what may name something; of a notebook what it tells, not what it runs."""
    for pattern in TEXTS:
        for path in sorted(ROOT.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".ipynb":
                cells = json.loads(text)["cells"]
                text = "\n".join(source_of(cell) for cell in cells if cell["cell_type"] == "markdown")
            yield str(path.relative_to(ROOT)), text


def dotted_names(text: str) -> set[str]:
    found = {name for name in DOTTED.findall(text) if name.rpartition(".")[2] not in ENDINGS}
    return {name for name in found if not STAND_INS & set(name.split("."))}


def file_names(text: str) -> set[str]:
    found = {name.rstrip(".-") for name in FILES.findall(text)}
    return {name for name in found if not STAND_INS & set(re.split(r"[/.]", name))}


def holds(thing: Any, names: list[str]) -> bool:
    for name in names:
        if name in getattr(thing, "__annotations__", {}):
            return True
        if not hasattr(thing, name):
            return False
        thing = getattr(thing, name)
    return True


def exists(name: str) -> bool:
    """Whether a dotted name is a module of the tree, which is not imported, or what one holds."""
    names = name.split(".")
    for n in range(len(names), 0, -1):
        path = ROOT.joinpath(*names[:n])
        if path.with_suffix(".py").is_file() or (path / "__init__.py").is_file():
            return n == len(names) or holds(importlib.import_module(".".join(names[:n])), names[n:])
    return False


def test_modules_and_what_they_hold_exist() -> None:
    for path, text in texts():
        for name in sorted(dotted_names(text)):
            assert exists(name), f"{path} names {name}"


def test_files_and_folders_exist() -> None:
    for path, text in texts():
        for name in sorted(file_names(text)):
            assert any(ROOT.glob(name)), f"{path} names {name}"


def imports(code: str) -> set[str]:
    return {
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").partition(".")[0] in ("mopoe", "workbench")
        for alias in node.names
    }


def code_of(path: Path) -> Iterator[str]:
    """What a notebook runs, or a document shows as Python."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        yield from re.findall(r"```python\n(.*?)```", text, re.DOTALL)
        return
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] == "code":
            yield "\n".join(line for line in source_of(cell).splitlines() if not line.startswith(("%", "!")))


@pytest.mark.parametrize("pattern", ["README.md", "docs/**/*.md", "notebooks/**/*.ipynb"])
def test_what_documents_and_notebooks_import_exists(pattern: str) -> None:
    found = {(path, name) for path in ROOT.glob(pattern) for code in code_of(path) for name in imports(code)}
    assert found
    for path, name in sorted(found):
        assert exists(name), f"{path.relative_to(ROOT)} imports {name}"


def references(code: str) -> Iterator[tuple[list[str], str]]:
    """What docstrings refer to, each with the classes that it stands in."""

    def within(node: ast.AST, classes: list[str]) -> Iterator[tuple[list[str], str]]:
        if isinstance(node, ast.ClassDef):
            classes = [*classes, node.name]
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from ((classes, name) for name in ROLE.findall(ast.get_docstring(node) or ""))
        for child in ast.iter_child_nodes(node):
            yield from within(child, classes)

    yield from within(ast.parse(code), [])


def leads_somewhere(name: str, module: ModuleType, classes: list[str]) -> bool:
    names = name.split(".")
    if exists(name) or holds(module, names) or holds(importlib.import_module("builtins"), names):
        return True
    return any(holds(module, [*classes[:n], *names]) for n in range(1, len(classes) + 1))


def test_docstrings_refer_to_what_exists() -> None:
    for package in ("mopoe", "workbench"):
        for path in sorted((ROOT / package).rglob("*.py")):
            found = list(references(path.read_text(encoding="utf-8")))
            if found:
                parts = path.relative_to(ROOT).with_suffix("").parts
                module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
                for classes, name in found:
                    assert leads_somewhere(name, module, classes), (
                        f"{path.relative_to(ROOT)} refers to {name}"
                    )


def test_what_does_not_exist_is_seen() -> None:
    text = "`mopoe.MoPoE.encode`, mopoe/*.py, `workbench/topics/NAME.py`, see docs/gone.md and mopoe.gone.f."
    assert dotted_names(text) == {"mopoe.MoPoE.encode", "mopoe.gone.f"}
    assert file_names(text) == {"mopoe/*.py", "docs/gone.md"}
    assert exists("mopoe.MoPoE.encode") and exists("mopoe.config.MoPoEConfig.latent_dim")
    assert not exists("mopoe.gone.f") and not exists("mopoe.MoPoE.gone")
    code = (
        'class C:\n    def f(self): ":meth:`g`, :func:`~mopoe.collate`, :class:`Gone`"\n    def g(self): ""'
    )
    assert [name for _, name in references(code)] == ["g", "mopoe.collate", "Gone"]
    module = ModuleType("code")
    vars(module)["C"] = type("C", (), {"g": None})
    assert [leads_somewhere(name, module, where) for where, name in references(code)] == [True, True, False]
