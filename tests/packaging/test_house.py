"""Where things stand: short files, small folders, one folder a topic, and tests beside what they are of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = ("mopoe", "workbench", "tests", "bench", "notebooks")
MOST_LINES, MOST_FILES, MOST_LOOSE = 300, 15, 4
# Tests of the whole, which mirror no folder: in a browser, of notebooks, of the package, of the benchmarks.
OF_THE_WHOLE = {"browser", "notebooks", "packaging", "bench"}
TOPICS = {path.name for path in (ROOT / "workbench" / "topics").iterdir() if (path / "__init__.py").is_file()}


def python_files(*places: str) -> Iterator[Path]:
    for place in places:
        yield from sorted((ROOT / place).rglob("*.py"))


def test_no_file_is_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in python_files(*PLACES)}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_folder_is_crowded() -> None:
    sizes = Counter(path.parent for path in python_files(*PLACES))
    assert {folder: files for folder, files in sizes.items() if files > MOST_FILES} == {}


def test_hardly_anything_lies_loose_in_the_workbench() -> None:
    loose = {path.name for path in (ROOT / "workbench").glob("*.py")} - {"__init__.py", "__main__.py"}
    assert len(loose) <= MOST_LOOSE, loose


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_each_topic_is_one_folder_and_has_its_tests(topic: str) -> None:
    there = {path.parent for path in python_files("workbench") if path.parent.name == topic}
    assert there == {ROOT / "workbench" / "topics" / topic}
    assert list((ROOT / "tests" / "topics" / topic).glob("test_*.py")), f"tests/topics/{topic} holds no test"


def test_each_folder_of_tests_stands_for_a_folder_or_a_file() -> None:
    folders = {path.parent.relative_to(ROOT / "tests") for path in python_files("tests")} - {Path()}
    for folder in folders:
        if folder.parts[0] in OF_THE_WHOLE:
            continue
        of = folder if folder.parts[0] == "mopoe" else Path("workbench") / folder
        assert (ROOT / of).is_dir() or (ROOT / of).with_suffix(".py").is_file(), (
            f"tests/{folder} is of nothing"
        )


def test_each_folder_of_the_workbench_has_its_tests() -> None:
    folders = {path.relative_to(ROOT / "workbench").parts[0] for path in python_files("workbench")}
    for name in folders:
        if (ROOT / "workbench" / name).is_dir():
            assert list((ROOT / "tests" / name).rglob("test_*.py")), f"tests/{name} holds no test"


@pytest.mark.parametrize("folder", ["mopoe", "workbench"])
def test_each_package_says_what_it_is(folder: str) -> None:
    for path in python_files(folder):
        first = path.read_text(encoding="utf-8").split("\n", 1)[0]
        assert re.match(r'r?"""[^"]{12,}', first), f"{path} begins without a sentence about it"
