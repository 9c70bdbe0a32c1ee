"""Which way imports point, and that each is declared; read from the source, nothing is imported."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "mopoe"}
WIDGETS = {"ipywidgets", "anywidget"}
DRAWN = {"plotly", "matplotlib"}
PICTURES = ("*_figure.py", "charts.py", "*_charts.py", "*_chart.py", "*_marks.py")
# Folder or file → what it must not import, and why.
FORBIDDEN = [
    ("mopoe", {"workbench", "notebooks"}, "the library knows no workbench"),
    ("workbench", {"notebooks", "tests", "bench"}, "the workbench knows no notebooks"),
    (
        "workbench/book",
        {"torch", "mopoe", "ipywidgets"},
        "the website is made from what notebooks have printed",
    ),
    ("workbench/drawing", HEAVY, "pictures are drawn from arrays"),
    ("workbench/notebook", HEAVY, "notebooks import it before anything else"),
    ("workbench/notebook/record.py", {"numpy"}, "notebooks import it before anything else"),
    ("workbench/reading", HEAVY | {"papermill"}, "a notebook is read without a kernel"),
    ("workbench/reading/parameters.py", {"nbformat"}, "bad input is refused at once"),
    ("workbench/running/plan.py", HEAVY | {"papermill", "nbformat"}, "bad input is refused at once"),
]
# Name of a file of the workbench → what such a file must not import, and why.
FORBIDDEN_BY_NAME = [
    (("state.py", "*_state.py"), WIDGETS | HEAVY | DRAWN, "state is observable and knows no widgets"),
    (("arrays.py",), HEAVY | WIDGETS | DRAWN, "arrays are what analyses and figures share"),
    (("analysis.py",), WIDGETS | DRAWN, "analyses make arrays, not pictures"),
    (PICTURES, HEAVY, "figures draw arrays"),
    (("numerals.py", "uncertainty.py"), HEAVY | WIDGETS | DRAWN, "machinery and figures ask them"),
]
KITS = ("drawing", "widgets", "posteriors", "datasets", "training", "metrics", "samplers")
LOOSE = ("files.py", "numerals.py", "uncertainty.py")
MACHINERY = ("notebook", "reading", "pages", "running", "sweeping", "checking", "book")
# A topic may import this one: the names of the families and their training are everybody's.
SHARED_TOPIC = "families"


TYPES_ALONE = ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def python_files(place: str) -> list[Path]:
    path = ROOT / place
    return [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


def nodes(path: Path, *, at_run_time: bool = False) -> Iterator[ast.AST]:
    """All of a file's syntax; with ``at_run_time`` not what stands under ``if TYPE_CHECKING:``."""
    ahead: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while ahead:
        node = ahead.pop()
        if at_run_time and isinstance(node, ast.If) and ast.unparse(node.test) in TYPES_ALONE:
            ahead.extend(node.orelse)
            continue
        yield node
        ahead.extend(ast.iter_child_nodes(node))


def imported(path: Path, *, at_run_time: bool = False) -> Iterator[str]:
    """Top-level packages that a file imports anywhere in it; relative imports as the package they are in."""
    for node in nodes(path, at_run_time=at_run_time):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield path.relative_to(ROOT).parts[0]
            elif node.module:
                yield node.module.partition(".")[0]


def third_party(path: Path) -> set[str]:
    return set(imported(path)) - set(sys.stdlib_module_names) - {"mopoe", "workbench", "bench", "tests"}


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
    optional = {ROOT / "mopoe" / "evidence" / "pareto.py": {"arviz_stats"}}
    for path in python_files("mopoe"):
        assert third_party(path) <= {"torch", "safetensors"} | optional.get(path, set()), path


@pytest.mark.parametrize(("place", "forbidden", "why"), FORBIDDEN, ids=[place for place, _, _ in FORBIDDEN])
def test_imports_point_one_way(place: str, forbidden: set[str], why: str) -> None:
    files = python_files(place)
    assert files, f"{place} is gone: this rule holds nothing any more"
    for path in files:
        assert not forbidden & set(imported(path)), f"{path}: {why}"


def named(patterns: Iterable[str]) -> list[Path]:
    return [
        path for path in python_files("workbench") if any(fnmatch(path.name, pattern) for pattern in patterns)
    ]


@pytest.mark.parametrize(("names", "forbidden", "why"), FORBIDDEN_BY_NAME)
def test_the_name_of_a_file_says_what_it_may_import(
    names: tuple[str, ...], forbidden: set[str], why: str
) -> None:
    files = named(names)
    assert files, f"no file is named {names}: this rule holds nothing any more"
    for path in files:
        assert not forbidden & set(imported(path, at_run_time=True)), f"{path}: {why}"


def imported_files(path: Path, *, at_run_time: bool = False) -> Iterator[Path]:
    """Files of this project that a file imports; a package counts as what its names come from, not as a file."""
    for node in nodes(path, at_run_time=at_run_time):
        if not isinstance(node, ast.ImportFrom):
            continue
        folder = path.parents[node.level - 1] if node.level else ROOT
        module = folder.joinpath(*(node.module or "").split("."))
        if module.with_suffix(".py").is_file() and module != folder:
            yield module.with_suffix(".py")
        elif module.is_relative_to(ROOT) and module.is_dir():
            for alias in node.names:
                inside = (module / alias.name).with_suffix(".py")
                yield inside if inside.is_file() else module / "__init__.py"


def reached(path: Path) -> set[Path]:
    """All that a file brings along when it is imported."""
    return set(ways_from(path)) - {path}


def ways_from(path: Path) -> dict[Path, list[str]]:
    """File that is reached → the names of the files on the way there."""
    ways, ahead = {path: [path.name]}, [path]
    while ahead:
        at = ahead.pop(0)
        for found in imported_files(at, at_run_time=True):
            if found not in ways:
                ways[found] = [*ways[at], str(found.relative_to(ROOT))]
                ahead.append(found)
    return ways


def test_figures_are_reached_by_no_detour() -> None:
    # What a picture imports of the workbench must not bring torch along either.
    for path in [*named(PICTURES), *python_files("workbench/drawing")]:
        for found, way in ways_from(path).items():
            assert not HEAVY & set(imported(found, at_run_time=True)), " imports ".join(way)


def test_whatever_draws_is_named_as_a_picture() -> None:
    # Else the rules for pictures would not hold it.
    pictures = {*named(PICTURES), *python_files("workbench/drawing")}
    pens = {ROOT / f"workbench/drawing/{name}.py" for name in ("axes", "plane", "family_marks")}
    drawn = {path for path in python_files("workbench") if pens & set(imported_files(path))}
    drawn |= {path for path in python_files("workbench") if "matplotlib" in imported(path)}
    # What each family looks like is data of the table of families, for several pictures.
    unnamed = drawn - pictures - {ROOT / "workbench/topics/families/looks.py"}
    assert not unnamed, f"name them as pictures, {' or '.join(PICTURES)}: {unnamed}"


def topic_of(path: Path) -> str | None:
    parts = path.relative_to(ROOT).parts
    return parts[2] if parts[:2] == ("workbench", "topics") and len(parts) > 3 else None


def test_a_topic_imports_no_other_topic() -> None:
    for path in python_files("workbench/topics"):
        topics = {topic_of(found) for found in imported_files(path)}
        others = topics - {None, topic_of(path), SHARED_TOPIC}
        assert not others, f"{path} imports {others}: what topics share goes down into a kit"


@pytest.mark.parametrize("place", [*KITS, *LOOSE, *MACHINERY])
def test_kits_and_machinery_import_no_topic(place: str) -> None:
    for path in python_files(f"workbench/{place}"):
        assert not {topic_of(found) for found in imported_files(path)} - {None}, path


@pytest.mark.parametrize("place", MACHINERY)
def test_machinery_knows_no_model(place: str) -> None:
    for path in python_files(f"workbench/{place}"):
        assert not HEAVY & set(imported(path)), path


def test_each_package_that_the_code_imports_is_declared() -> None:
    needs = {
        "mopoe": declared("diagnostics"),
        "workbench": declared("workbench", "sweep", "book", "fid"),
        "tests": declared("workbench", "test", "sweep"),
    }
    # The peer has an environment of its own, as it would bring another build of PyTorch along.
    peer = {ROOT / "workbench" / "paper" / "multivae" / "models.py": {"multivae", "pythae"}}
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


def test_what_types_alone_need_counts_where_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    path = tmp_path / "a.py"
    (tmp_path / "b.py").write_text("import torch\n")
    for guard in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
        path.write_text(
            f"import numpy\nif {guard}:\n    import mopoe\n    from b import c\nelse:\n    import plotly\n"
        )
        assert set(imported(path, at_run_time=True)) == {"numpy", "plotly"} and reached(path) == set()
        assert set(imported(path)) == {"numpy", "mopoe", "b", "plotly"}
        assert set(imported_files(path)) == {tmp_path / "b.py"}
    path.write_text("if True:\n    from b import c\ndef f():\n    import mopoe\n")
    assert set(imported(path, at_run_time=True)) == {"b", "mopoe"} and reached(path) == {tmp_path / "b.py"}


def test_each_package_that_users_must_install_is_used() -> None:
    # The first two are started by name; of the last the pictures are read as files.
    not_imported = {"ipykernel", "jupyterlab", "scikit-image"}
    files = [path for place in ("mopoe", "workbench") for path in python_files(place)]
    used = {name for path in files for module in third_party(path) for name in distributions(module)}
    assert declared("workbench") - used == not_imported
