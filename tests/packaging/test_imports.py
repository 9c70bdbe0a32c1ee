"""Which way imports point, and that each is declared; read from the source, nothing is imported."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "mopoe"}
WIDGETS = {"ipywidgets", "anywidget"}
# Folder or file → what it must not import, and why.
FORBIDDEN = [
    ("mopoe", {"workbench", "notebooks"}, "the library knows no workbench"),
    ("workbench", {"notebooks", "tests", "bench"}, "the workbench knows no notebooks"),
    (
        "workbench/book",
        {"torch", "mopoe", "ipywidgets"},
        "the website is made from what notebooks have printed",
    ),
    ("workbench/figures", HEAVY, "figures draw arrays"),
    ("workbench/arrays", HEAVY | WIDGETS, "arrays are what analyses and figures share"),
    ("workbench/state", WIDGETS | HEAVY, "state is observable and knows no widgets"),
    ("workbench/analyses", WIDGETS | {"plotly", "matplotlib"}, "analyses make arrays, not pictures"),
    ("workbench/recording", HEAVY, "notebooks import it before anything else"),
    ("workbench/recording/record.py", {"numpy"}, "notebooks import it before anything else"),
    ("workbench/running/parameters.py", HEAVY | {"papermill", "nbformat"}, "bad input is refused at once"),
    ("workbench/running/plan.py", HEAVY | {"papermill", "nbformat"}, "bad input is refused at once"),
]


def python_files(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Top-level packages that a file imports anywhere in it; relative imports as the package they are in."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield path.relative_to(ROOT).parts[0]
            elif node.module:
                yield node.module.partition(".")[0]


def third_party(path: Path) -> set[str]:
    return set(imported(path)) - set(sys.stdlib_module_names) - {"mopoe", "workbench", "bench"}


def declared(*extras: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
    return {canonicalize_name(Requirement(text).name) for texts in lists for text in texts}


@cache
def installed() -> Mapping[str, list[str]]:
    return packages_distributions()


def distributions(module: str) -> set[str]:
    return {canonicalize_name(name) for name in installed().get(module, [module])}


def test_the_library_imports_torch_safetensors_and_the_standard_library_alone() -> None:
    # One file judges importance weights by ArviZ, where the extra "diagnostics" is installed.
    optional = {ROOT / "mopoe" / "pareto.py": {"arviz_stats"}}
    for path in python_files("mopoe"):
        assert third_party(path) <= {"torch", "safetensors"} | optional.get(path, set()), path


@pytest.mark.parametrize(("place", "forbidden", "why"), FORBIDDEN, ids=[place for place, _, _ in FORBIDDEN])
def test_imports_point_one_way(place: str, forbidden: set[str], why: str) -> None:
    files = python_files(place)
    assert files, f"{place} is gone: this rule holds nothing any more"
    for path in files:
        assert not forbidden & set(imported(path)), f"{path}: {why}"


def test_figures_are_reached_by_no_detour() -> None:
    # A module of the workbench that figures import must not bring torch along either.
    for path in python_files("workbench/figures"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            outside = isinstance(node, ast.ImportFrom) and (
                node.level > 1 or (node.module or "").startswith("workbench")
            )
            arrays = (
                isinstance(node, ast.ImportFrom)
                and node.level == 2
                and (node.module or "").split(".")[0] == "arrays"
            )
            assert not outside or arrays, f"{path}, line {node.lineno}: figures import figures and arrays"


def test_each_package_that_the_code_imports_is_declared() -> None:
    needs = {
        "mopoe": declared("diagnostics"),
        "workbench": declared("workbench", "sweep", "book", "fid"),
        "tests": declared("workbench", "test", "sweep"),
    }
    # The peer has an environment of its own, as it would bring another build of PyTorch along.
    peer = {ROOT / "workbench" / "multivae" / "models.py": {"multivae", "pythae"}}
    for place, names in needs.items():
        for path in python_files(place):
            for module in third_party(path) - peer.get(path, set()):
                assert distributions(module) & names, f"{path} imports {module}: not in pyproject.toml"


def test_the_rules_see_imports_of_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    (tmp_path / "mopoe").mkdir()
    path = tmp_path / "mopoe" / "a.py"
    path.write_text(
        "import torch.nn as nn\nfrom .b import c\ndef f():\n    from plotly import io, graph_objects\n"
    )
    assert set(imported(path)) == {"torch", "mopoe", "plotly"}


def test_each_package_that_users_must_install_is_used() -> None:
    # The first two are started by name; of the last the pictures are read as files.
    not_imported = {"ipykernel", "jupyterlab", "scikit-image"}
    files = [path for place in ("mopoe", "workbench") for path in python_files(place)]
    used = {name for path in files for module in third_party(path) for name in distributions(module)}
    assert declared("workbench") - used == not_imported
