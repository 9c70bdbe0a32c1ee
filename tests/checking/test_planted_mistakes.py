"""The mistakes that `make planted` plants still fit the code; whether they are noticed, it tells itself."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from bench.planted.mistakes import MISTAKES, Mistake

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_each_fits_the_code_and_leaves_valid_python(mistake: Mistake, tmp_path: Path) -> None:
    path = tmp_path / mistake.file
    path.parent.mkdir(parents=True)
    shutil.copy(ROOT / mistake.file, path)
    mistake.plant(tmp_path)
    changed = path.read_text()
    assert changed != (ROOT / mistake.file).read_text()
    ast.parse(changed)
    with pytest.raises(ValueError, match="times, expected once"):
        Mistake(mistake.name, mistake.file, "§ §", "").plant(tmp_path)


def test_there_are_enough_of_them_and_each_is_another() -> None:
    assert len({(mistake.file, mistake.new) for mistake in MISTAKES}) == len(MISTAKES) >= 8
