"""Links of every form, rewritten to where pages are."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.book.links import Links


@pytest.fixture
def links(tmp_path: Path) -> Links:
    for name in ("docs/a.md", "docs/p.png", "docs/more/README.md", "mopoe/x.py", "README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    pages = {name: name for name in ("docs/a.md", "docs/more/README.md", "notebooks/n.ipynb")}
    return Links(tmp_path, pages | {"README.md": "index.md"}, {"notebooks": "index.md#course"})


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[a](a.md)", "[a](a.md)"),
        ("[a](a.md#part)", "[a](a.md#part)"),
        ("[`a` [b]](../notebooks/n.ipynb)", "[`a` [b]](../notebooks/n.ipynb)"),
        ("[a](more)", "[a](more/README.md)"),
        ("[a](more/)", "[a](more/README.md)"),
        ("[a](../README.md)", "[a](../index.md)"),
        ("[a](../notebooks)", "[a](../index.md#course)"),
        ("[the `x`](../mopoe/x.py) and [all](../mopoe)", "the `x` and all"),
        ("[a](https://example.org/b.md)", "[a](https://example.org/b.md)"),
        ("[a](#part)", "[a](#part)"),
        ("`[a](gone.md)`", "`[a](gone.md)`"),
        ("```\n[a](gone.md)\n```", "```\n[a](gone.md)\n```"),
        ("``a ` [a](gone.md)``", "``a ` [a](gone.md)``"),
        ('![a](p.png "title")', '![a](p.png "title")'),
    ],
)
def test_a_link_leads_to_the_page_or_becomes_words(links: Links, written: str, expected: str) -> None:
    assert links.rewrite(f"x {written} y", "docs/a.md") == f"x {expected} y"


def test_pictures_are_noted(links: Links) -> None:
    links.rewrite("![a](docs/p.png)", "README.md")
    assert links.pictures == {"docs/p.png"}


def test_an_output_may_link_from_another_folder(links: Links) -> None:
    text = links.rewrite("[a](more/README.md)", "notebooks/n.ipynb", also_from=["docs"])
    assert text == "[a](../docs/more/README.md)"
    with pytest.raises(ValueError, match="gone"):
        links.rewrite("[a](gone.md)", "notebooks/n.ipynb", also_from=["docs"])
