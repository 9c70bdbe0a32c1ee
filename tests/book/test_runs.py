from __future__ import annotations

from pathlib import Path

import pytest

from workbench.book.runs import _PARTS


@pytest.mark.parametrize("pattern", _PARTS)
def test_what_a_page_is_made_of_beside_code_is_there(repository: Path, pattern: str) -> None:
    assert list(repository.glob(pattern))
