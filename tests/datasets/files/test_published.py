"""Published files are looked for in the places where they may lie; what is missing is said with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.datasets import DATASETS
from workbench.datasets.files.published import (
    DATA_DIR_VARIABLE,
    PublishedFiles,
    given_folder,
    needed_folder,
)

FILES = PublishedFiles("Things", ("a", "b"), "ask for it", places=("inside", "."), endings=("", ".gz"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inside").mkdir()
    for name in ("inside/a.gz", "a", "b.gz"):
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def test_the_first_place_and_the_first_ending_win(folder: Path) -> None:
    assert FILES.find(folder) == {"a": folder / "inside/a.gz", "b": folder / "b.gz"}
    (folder / "inside/a").write_bytes(b"")
    assert FILES.find(folder)["a"] == folder / "inside/a"
    assert FILES.missing(folder) == []


def test_what_is_missing_is_said_with_the_places_and_the_remedy(folder: Path) -> None:
    (folder / "b.gz").unlink()
    assert FILES.missing(folder) == ["b"]
    with pytest.raises(FileNotFoundError) as caught:
        FILES.find(folder)
    assert str(caught.value) == (
        f"Things: expected b or b.gz in {folder} (or in its inside/), found none; ask for it"
    )


def test_a_download_counts_when_it_is_complete(folder: Path) -> None:
    assert FILES.downloaded() is None
    fetched = PublishedFiles("Things", ("a", "b"), "", endings=("", ".gz"), cache=lambda: folder)
    assert fetched.downloaded() == folder
    (folder / "a").unlink()
    assert fetched.downloaded() is None


def test_a_folder_is_given_by_argument_or_environment(folder: Path, monkeypatch) -> None:
    monkeypatch.delenv(DATA_DIR_VARIABLE, raising=False)
    assert given_folder(None, FILES) is None
    with pytest.raises(
        FileNotFoundError, match=f"holds Things, got none; .* data_dir or {DATA_DIR_VARIABLE}"
    ):
        needed_folder(None, FILES)
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(folder))
    assert needed_folder(None, FILES) == folder
    assert needed_folder(folder / "inside", FILES) == folder / "inside"
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(folder / "nowhere"))
    with pytest.raises(FileNotFoundError, match=f"^environment variable {DATA_DIR_VARIABLE}: .*nowhere"):
        needed_folder(None, FILES)


def test_the_table_of_data_sets_tells_which_files_each_needs() -> None:
    needed = {name: source.needs.name for name, source in DATASETS.items() if source.needs}
    assert needed == {"polymnist": "MNIST", "released_polymnist": "PolyMNIST", "mnist_svhn_text": "SVHN"}
