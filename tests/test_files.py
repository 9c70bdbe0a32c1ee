from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.files import Content, make_writable, require_folder, write_all_or_none, write_whole


def fail(path: Path) -> None:
    path.write_text("half")
    raise OSError(28, "No space left on device")


def stop(path: Path) -> None:
    path.write_text("half")
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "content", ["ä\n", "ä\n".encode(), lambda path: path.write_text("ä\n", encoding="utf-8")]
)
def test_a_text_bytes_and_what_a_function_writes_arrive_alike(tmp_path: Path, content: Content) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    assert write_whole(path, content) == path
    assert path.read_bytes() == b"\xc3\xa4\n"
    assert list(tmp_path.iterdir()) == [path]


def test_until_it_is_whole_the_old_file_stays_and_the_new_one_has_another_name(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")

    def write(unfinished: Path) -> None:
        unfinished.write_text("new")
        assert path.read_text() == "old"
        assert unfinished.parent == tmp_path and unfinished.suffix == ".part"
        assert list(tmp_path.glob("*.json")) == [path]

    write_whole(path, write)
    assert path.read_text() == "new"


@pytest.mark.parametrize(("write", "error"), [(fail, OSError), (stop, KeyboardInterrupt)])
def test_a_failed_attempt_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path, write, error) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(error):
        write_whole(path, write)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_of_several_files_all_are_written_or_none(tmp_path: Path) -> None:
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_text("old")
    with pytest.raises(OSError, match="No space left"):
        write_all_or_none({first: "new", second: fail})
    assert first.read_text() == "old"
    assert list(tmp_path.iterdir()) == [first]
    assert write_all_or_none({first: "new", second: b"new"}) == [first, second]
    assert [path.read_text() for path in (first, second)] == ["new", "new"]


def test_what_is_written_reaches_the_disk_before_it_takes_its_name(tmp_path: Path, monkeypatch) -> None:
    synced: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.pread(handle, 9, 0)))
    write_whole(tmp_path / "a.txt", "new")
    assert synced == [b"new"]


def test_the_file_has_the_rights_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        path = write_whole(tmp_path / "a.txt", "new")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "a.txt"
    for attempt in (lambda: write_whole(path, "new"), lambda: require_folder(path)):
        with pytest.raises(FileNotFoundError, match=r"expected a folder to write a\.txt into, got .*nowhere"):
            attempt()
    assert make_writable(path.parent) == path.parent
    require_folder(path)
