"""Every likelihood that has a word is documented, and the page on them works as it stands."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from mopoe import MoPoEConfig, likelihoods
from mopoe.likelihoods import LIKELIHOODS

PAGE = Path(__file__).parents[3] / "docs" / "distributions.md"


@pytest.mark.parametrize("word", list(LIKELIHOODS))
def test_a_word_is_told_wherever_words_are_told(word: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert re.search(rf"^\| `{word}` \|", page, re.MULTILINE), f"a row for it in {PAGE.name}"
    assert f"``'{word}'``" in str(MoPoEConfig.__doc__)
    kind = LIKELIHOODS[word]
    assert (
        kind.word == word
        and getattr(likelihoods, kind.__name__) is kind
        and kind.__name__ in likelihoods.__all__
    )


def test_the_page_names_no_other_words() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\|.*\|.*\|.*\|.*\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(rows) == set(LIKELIHOODS)


def test_the_python_of_the_page_says_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = "".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
    (tmp_path / "page.py").write_text(code, encoding="utf-8")
    names = runpy.run_path(str(tmp_path / "page.py"))
    assert capsys.readouterr().out.strip() == re.findall(r"print\(.*\)\n# (.*)", code)[0]
    assert names["model"].likelihoods["sensors"].scale().shape == (5,)
    assert names["model"].decoders["prices"](names["torch"].zeros(1, 4)).reconstruction.shape == (1, 2, 2)
