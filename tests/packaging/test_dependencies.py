"""pyproject.toml, constraints.txt and environment.yml name the same packages in versions that fit."""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from rattler import MatchSpec

ROOT = Path(__file__).parents[2]
# conda-forge's names, where they are not those of PyPI.
CONDA_NAMES = {
    "torch": "pytorch",
    "playwright": "playwright-python",
    "matplotlib": "matplotlib-base",
    "dask": "dask-core",
}


def declared() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    texts = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    requirements = [Requirement(text) for text in texts]
    assert len({r.name for r in requirements}) == len(requirements), "one package is declared twice"
    return {canonicalize_name(r.name): r for r in requirements}


def pinned() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(pair) == 2 for pair in pairs), "constraints.txt pins each package with =="
    return {canonicalize_name(name): Version(version) for name, version in pairs}


def environment() -> tuple[list[str], list[str]]:
    """Lines for conda, and lines for its pip."""
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    conda = [line for line in dependencies if isinstance(line, str)]
    [pip] = [line["pip"] for line in dependencies if isinstance(line, dict)]
    return conda, pip


def conda_lines() -> dict[str, str]:
    return {str(MatchSpec(line, strict=True).name.normalized): line for line in environment()[0]}


def conda_name(name: str) -> str:
    lines = conda_lines()
    candidates = (CONDA_NAMES.get(name, name), name.replace("-", "_"))
    return next((candidate for candidate in candidates if candidate in lines), "")


def lowest(line: str) -> Version:
    found = re.search(r">=\s*([\d.]+)", line)
    assert found, f"{line} has no lower bound"
    return Version(found[1])


@pytest.mark.parametrize("name", sorted(declared()))
def test_each_dependency_is_in_all_three_files_with_one_lower_bound(name: str) -> None:
    requirement = declared()[name]
    assert pinned()[name] in requirement.specifier
    by_pip = [Requirement(line) for line in environment()[1] if not line.startswith("-e")]
    lines = [str(other.specifier) for other in by_pip if canonicalize_name(other.name) == name]
    if conda_name(name):
        lines.append(conda_lines()[conda_name(name)])
    assert len(lines) == 1, f"environment.yml should name {name} once"
    assert lowest(lines[0]) == lowest(str(requirement.specifier))


def test_environment_yml_names_nothing_else() -> None:
    expected = {conda_name(name) for name in declared()} - {""} | {"python", "pip"}
    assert set(conda_lines()) == expected
    assert [line for line in environment()[1] if line.startswith("-")] == ["-e ."]


def test_the_python_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert lowest(project["requires-python"]) == lowest(conda_lines()["python"]) == Version("3.11")
    assert "(3, 11)" in (ROOT / "Makefile").read_text()


def test_pins_fit_any_build() -> None:
    assert all(version.local is None for version in pinned().values())
    assert "torch" in pinned()


def test_the_files_of_conda_are_checked_strictly() -> None:
    with pytest.raises(Exception, match="version"):
        MatchSpec("numpy >=>2", strict=True)
