"""Notebooks are run once, with the profile's parameters; those that crash are named, and the others tried."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from workbench.book.__main__ import BROKEN, CRASHED, FINE, ROOT, make_book
from workbench.book.pages import Sources, assemble, documents_of, notebooks_of

# Of Sphinx's extensions, in their own code; what Sphinx says of pages stops the build all the same.
pytestmark = pytest.mark.filterwarnings("ignore::sphinx.deprecation.RemovedInSphinx11Warning")

PROFILES = "from workbench import profile_of\n\nprofile_of(globals(), full={'n': 3}, fast={'n': 2})"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    for name, text in {
        "workbench/book/index.md": "# All\n\n## A\n\n<!-- course -->\n",
        "CHANGELOG.md": "# C\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "docs").mkdir()
    return root


def write(root: Path, name: str, *code: str, tags: dict[int, str]) -> str:
    marks = [[tags[i]] if i in tags else [] for i in range(len(code))]
    cells = [new_code_cell(source, metadata={"tags": mark}) for source, mark in zip(code, marks, strict=True)]
    (root / "notebooks").mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=[new_markdown_cell("# It"), *cells]), root / "notebooks" / name)
    return f"notebooks/{name}"


@pytest.mark.notebook
def test_runs_are_kept_until_something_changes(repository: Path, tmp_path: Path, capsys) -> None:
    code = ("n: int = 3  # how many", PROFILES, "print('n is', n)")
    tags = {0: "parameters", 1: "profiles"}
    out, name = tmp_path / "out", write(repository, "a.ipynb", *code, tags=tags)
    assert make_book(repository, "fast", out, [name]) == FINE
    assert "ran" in capsys.readouterr().out
    page = out / "html/notebooks/a.html"
    assert "n is 2" in page.read_text()
    page.unlink()
    assert make_book(repository, "fast", out, [name]) == FINE
    assert "as before" in capsys.readouterr().out
    assert page.is_file()

    write(repository, "a.ipynb", *code[:2], "print('n was', n)", tags=tags)
    assert make_book(repository, "fast", out, [name]) == FINE
    assert "ran" in capsys.readouterr().out
    assert "n was 2" in page.read_text()
    assert len(list((out / "runs/fast/a").iterdir())) == 1, "a run that no page shows is dropped"


@pytest.mark.notebook
def test_a_notebook_that_crashes_is_named_and_the_next_is_tried(
    repository: Path, tmp_path: Path, capsys
) -> None:
    bad = write(repository, "bad.ipynb", "raise KeyError('the reason')", tags={})
    good = write(repository, "good.ipynb", "1 + 1", tags={})
    out = tmp_path / "out"
    assert make_book(repository, "fast", out, [bad, good]) == CRASHED
    said = capsys.readouterr()
    assert "the reason" in said.err and bad in said.err
    assert "[2/2] notebooks/good.ipynb ... ran" in said.out
    assert not (out / "html").exists()


def test_profiles_that_are_wrong_are_named_before_a_kernel_starts(
    repository: Path, tmp_path: Path, capsys
) -> None:
    name = write(repository, "a.ipynb", "n: int = 3  # how many", "1", tags={0: "parameters", 1: "profiles"})
    assert make_book(repository, "fast", tmp_path / "out", [name]) == CRASHED
    assert "profile_of" in capsys.readouterr().err


def test_a_link_to_nothing_is_told_before_a_notebook_is_run(repository: Path, tmp_path: Path, capsys) -> None:
    (repository / "docs/notes.md").write_text("# Notes\n\n[gone](gone.md)\n")
    name = write(repository, "a.ipynb", "1 + 1", tags={})
    assert make_book(repository, "fast", tmp_path / "out", [name]) == BROKEN
    assert "gone.md" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_notebook_that_is_not_there_is_told(repository: Path, tmp_path: Path, capsys) -> None:
    assert make_book(repository, "fast", tmp_path / "out", ["notebooks/none.ipynb"]) == BROKEN
    assert "none.ipynb" in capsys.readouterr().err


@pytest.mark.notebook
def test_a_formula_that_is_none_is_told(repository: Path, tmp_path: Path, capfd) -> None:
    (repository / "docs/notes.md").write_text("# Notes\n\n$\\nosuchcommand$\n")
    name = write(repository, "a.ipynb", "1 + 1", tags={})
    assert make_book(repository, "fast", tmp_path / "out", [name]) == BROKEN
    assert "nosuchcommand" in capfd.readouterr().err


def test_the_repository_has_its_links_in_order(tmp_path: Path) -> None:
    """Every page of the real website, links and all, but without its outputs."""
    names = notebooks_of(ROOT)
    assert {"notebooks/00_start_here.ipynb", "notebooks/explorers/fusion.ipynb"} <= set(names)
    documents = documents_of(ROOT)
    assert {"docs/maths.md", "docs/explorers.md", "docs/decisions/README.md", "CHANGELOG.md"} <= set(
        documents
    )
    assemble(Sources(ROOT, {name: ROOT / name for name in names}, documents), tmp_path / "a", tmp_path / "b")
    index = (tmp_path / "a/index.md").read_text()
    assert all(Path(name).with_suffix("").as_posix() in index for name in names)


@pytest.mark.notebook
def test_a_path_written_otherwise_is_the_same_notebook_and_none_is_overwritten(
    repository: Path, tmp_path: Path, capsys
) -> None:
    path = repository / write(repository, "a.ipynb", "1 + 1", tags={0: "check"})
    before = path.read_bytes()
    assert make_book(repository, "fast", tmp_path / "out", [str(path)]) == FINE
    assert path.read_bytes() == before
    assert (tmp_path / "out/html/notebooks/a.html").is_file()
    elsewhere = tmp_path / "b.ipynb"
    elsewhere.write_bytes(before)
    assert make_book(repository, "fast", tmp_path / "out", ["../b.ipynb"]) == BROKEN
    assert "got ../b.ipynb" in capsys.readouterr().err
    assert elsewhere.read_bytes() == before


@pytest.mark.notebook
def test_a_smaller_website_keeps_the_runs_of_the_others(repository: Path, tmp_path: Path, capsys) -> None:
    names = [write(repository, f"{name}.ipynb", "1 + 1", tags={}) for name in ("a", "b")]
    assert make_book(repository, "fast", tmp_path / "out", names) == FINE
    assert make_book(repository, "fast", tmp_path / "out", names[:1]) == FINE
    capsys.readouterr()
    assert make_book(repository, "fast", tmp_path / "out", names) == FINE
    assert capsys.readouterr().out.count("as before") == 2
