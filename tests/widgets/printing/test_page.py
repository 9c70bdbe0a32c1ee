"""Every explorer: the page that works without Python, and what it lets its reader change."""

from __future__ import annotations

import base64
import gzip
import json
import math
import re

import pytest


def content_of(page) -> dict:
    packed = re.search(r'id="packed"[^>]*>\s*([^\s<]+)', page.read_text(encoding="utf-8")).group(1)
    return json.loads(gzip.decompress(base64.b64decode(packed)))


def test_a_page_holds_an_answer_to_every_choice(explorer, example, tmp_path):
    state = explorer.state.to_dict()
    page = explorer.to_html(tmp_path / "lesson.html", **example.limits)
    assert 10_000 < page.stat().st_size < 6_000_000
    content = content_of(page)
    assert len(content["frames"]) == math.prod(len(axis["values"]) for axis in content["axes"])
    texts = content["texts"]
    for frame in content["frames"]:
        assert frame["sentence"]
        assert all(texts[place] for place in frame["panels"].values())
    assert explorer.state.to_dict() == state
    assert content["answers"] == sorted(explorer.answers)


def test_axes_are_values_of_the_state(explorer, example):
    for axis in explorer.export_axes(**example.limits):
        assert len(axis.values) == len(axis.texts) > axis.start >= 0
        for value in axis.values:
            assert explorer.state.twin(**{axis.name: value}).to_dict()
        assert axis.fixed().values == [axis.values[axis.start]]


def test_a_page_shows_what_the_explorer_shows(explorer, example, tmp_path, monkeypatch):
    explorer.state.update(example.changes[0])
    monkeypatch.setattr(explorer, "export_axes", lambda: [])
    (frame,) = content_of(explorer.to_html(tmp_path / "lesson.html"))["frames"]
    assert frame["sentence"] == explorer.question()
    assert set(frame["panels"]) == set(explorer.shown_panels())


def test_an_error_is_an_answer_too(explorer, tmp_path, monkeypatch):
    def broken(*arguments):
        raise ArithmeticError("this encoder is broken")

    monkeypatch.setattr(explorer, "answer", broken)
    monkeypatch.setattr(explorer, "export_axes", lambda: [])
    (frame,) = content_of(explorer.to_html(tmp_path / "lesson.html"))["frames"]
    assert frame == {"sentence": "ArithmeticError: this encoder is broken", "panels": {}}


def test_what_is_hidden_is_not_on_the_page(example, tmp_path, monkeypatch):
    explorer = example.make(hide=[example.panel])
    monkeypatch.setattr(explorer, "export_axes", lambda: [])
    (frame,) = content_of(explorer.to_html(tmp_path / "lesson.html"))["frames"]
    assert example.panel not in frame["panels"]


@pytest.mark.parametrize("example", ["subsets", "traversals", "families"], indirect=True)
def test_a_control_that_is_hidden_offers_no_choice(example, tmp_path):
    shown, hidden = (example.make(hide=hide) for hide in ([], ["sample"]))
    limits = example.limits | {"samples": 2}
    first, *_ = content_of(shown.to_html(tmp_path / "shown.html", **limits))["axes"]
    only, *_ = content_of(hidden.to_html(tmp_path / "hidden.html", **limits))["axes"]
    assert (first["name"], len(first["values"])) == ("sample", 2)
    assert only["values"] == [hidden.state.sample]


@pytest.mark.parametrize("example", ["subsets", "traversals", "families"], indirect=True)
def test_samples_start_at_the_present_one_and_go_round(example):
    explorer = example.make()
    last = explorer.state.n_samples - 1
    explorer.state.sample = last
    sample, *_ = explorer.export_axes(samples=3)
    assert (sample.name, sample.values, sample.start) == ("sample", [last, 0, 1], 0)
    assert len(explorer.export_axes(samples=10_000)[0].values) == last + 1
    with pytest.raises(ValueError, match="samples: expected at least 1, got 0"):
        explorer.export_axes(samples=0)


def test_bad_limits_names_and_folders_are_refused(explorer, example, tmp_path):
    with pytest.raises(TypeError, match="colours"):
        explorer.to_html(tmp_path / "lesson.html", colours=3)
    with pytest.raises(FileNotFoundError, match="expected a folder"):
        explorer.to_html(tmp_path / "nowhere" / "lesson.html", **example.limits)
    with pytest.raises(ValueError, match=r"expected a name that ends in \.html, got 'lesson\.txt'"):
        explorer.to_html(tmp_path / "lesson.txt", **example.limits)
    assert not list(tmp_path.iterdir())


def test_printing_knows_no_explorer(repository):
    """It is the explorer that prints, by what printing asks of it alone."""
    files = list((repository / "workbench" / "widgets" / "printing").glob("*.py"))
    assert files
    for path in files:
        assert not re.search(r"^from .*\bexplorer import", path.read_text(encoding="utf-8"), re.M), path


def test_too_large_a_page_is_refused_and_not_written(explorer, example, tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.widgets.printing.page.MOST_BYTES", 1_000)
    monkeypatch.setattr(explorer, "export_axes", lambda: [])
    with pytest.raises(ValueError, match=r"to_html: expected a page below 0 MB, got .* from 1 answers"):
        explorer.to_html(tmp_path / "lesson.html")
    assert not list(tmp_path.iterdir())
