"""A whole website, small: formulas, folds, frames and links; faults stop it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.book.pages import Sources
from workbench.book.site import BrokenBookError, write_site

# Of Sphinx's extensions, in their own code; what Sphinx says of pages stops the build all the same.
pytestmark = pytest.mark.filterwarnings("ignore::sphinx.deprecation.RemovedInSphinx11Warning")


@pytest.fixture
def site(sources: Sources, tmp_path: Path) -> Path:
    return write_site(sources, tmp_path / "out").parent


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_pages_show_formulas_folds_answers_and_the_explorer_and_ask_nothing_of_the_net(site: Path) -> None:
    lesson = text(site / "notebooks/01_lesson.html")
    assert lesson.count("<math") == 4
    assert "<mi>𝒮</mi>" in lesson
    assert not [address for address in re.findall(r'<script[^>]*src="([^"]+)"', lesson) if "jax" in address]
    for words in ("Parameters and their defaults", "Imports"):
        assert words in lesson
    assert "Code of the checks" not in lesson
    answer = lesson.partition("<summary>Answer</summary>")[2].partition("</details>")[0]
    assert "<em>so</em>" in answer and "<math" in answer
    frame = re.search(r'<iframe class="explorer"[^>]*>', lesson)
    assert frame and 'loading="lazy"' in frame[0] and "height:432px" in frame[0]
    [address] = re.findall(r'src="([^"]+)"', frame[0])
    assert text(site / "notebooks" / address) == "<p>the toy</p>"
    assert '<noscript><img alt="The toy" src="data:image/svg+xml' in lesson
    for page in site.rglob("*.html"):
        loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', text(page))
        assert not [address for address in loaded if address.startswith(("http", "//"))], page


def test_every_link_leads_to_a_page_of_the_website(site: Path) -> None:
    for page in site.rglob("*.html"):
        for target in re.findall(r'href="([^"#]+)', text(page)):
            if not target.startswith(("http", "data:")):
                assert (page.parent / target.partition("?")[0]).exists(), f"{page}: {target}"
    notes = text(site / "docs/notes.html")
    assert 'href="../notebooks/01_lesson.html"' in notes
    assert '<a class="reference internal" href="../index.html"' in notes  # of no explorer there is a section
    assert 'href="decisions/README.html"' in notes
    assert ", source</p>" in notes  # no page of the website: words without a link
    assert 'href="../docs/notes.html#part"' in text(site / "notebooks/01_lesson.html")


def test_the_index_is_a_path_and_leaves_out_what_there_is_not(site: Path) -> None:
    index = text(site / "index.html")
    assert 'class="path' in index
    assert "1 · A lesson" in index and "A second." in index and "<math" in index
    assert "<h2>Last" not in index
    assert 'href="#the-course"' in index


def test_a_quick_copy_says_so(sources: Sources, site: Path, tmp_path: Path) -> None:
    assert "quick copy" not in text(site / "index.html")
    fast = write_site(replace(sources, profile="fast"), tmp_path / "fast")
    assert "quick copy" in text(fast)


def test_a_formula_that_is_none_stops_the_build(sources: Sources, tmp_path: Path, capfd) -> None:
    (sources.root / "docs/notes.md").write_text("# Notes\n\n$\\nosuchcommand$\n")
    with pytest.raises(BrokenBookError):
        write_site(sources, tmp_path / "out")
    assert "nosuchcommand" in capfd.readouterr().err


def test_a_link_to_nothing_stops_the_build(sources: Sources, tmp_path: Path) -> None:
    (sources.root / "docs/notes.md").write_text("# Notes\n\n[gone](gone.md)\n")
    with pytest.raises(ValueError, match=r"docs/notes\.md: a link leads to gone\.md"):
        write_site(sources, tmp_path / "out")


def test_a_page_that_is_gone_leaves_nothing_behind(sources: Sources, tmp_path: Path) -> None:
    stale = tmp_path / "out/html/stale.html"
    stale.parent.mkdir(parents=True)
    stale.touch()
    write_site(sources, tmp_path / "out")
    assert not stale.exists()
