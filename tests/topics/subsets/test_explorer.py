"""The subset explorer: errors are shown and survived, answers wait, and numbers are written."""

from __future__ import annotations

import asyncio
import csv
from xml.etree import ElementTree

import pytest
from traitlets import TraitError

from workbench.explorers import explore_subsets


def test_predict_first_hides_the_answer_until_it_is_asked_for(explorer):
    explorer.state.predict_first = True
    assert "Predict first" in explorer.views["plane"].svg
    assert explorer.views["pictures"].value != explorer.panels["pictures"]
    assert "nats" not in explorer.status.value
    assert "of the say" not in explorer._cards.remarks["photo"].value
    explorer.controls["reveal"].click()
    assert explorer.views["plane"].svg == explorer.panels["plane"].text()
    explorer.state.shown = ["grey"]
    assert "Predict first" in explorer.views["plane"].svg
    assert "Predict first" in explorer.figure().text()


def test_an_error_is_shown_and_the_explorer_keeps_working(explorer, monkeypatch):
    def broken(z):
        raise ArithmeticError("decoder <broke>")

    monkeypatch.setattr(explorer.model.decoders["grey"], "forward", broken)
    explorer._cards.boxes["text"].value = True
    assert "ArithmeticError" in explorer.message.value
    assert "&lt;broke&gt;" in explorer.message.value
    monkeypatch.undo()
    explorer._cards.boxes["text"].value = False
    assert explorer.message.value == ""
    assert explorer.current[0].generation.shown == ["photo"]


def test_a_state_without_an_answer_is_said_so_and_never_saved(explorer, tmp_path):
    explorer.state.swap = "photo"
    explorer.controls["swap_sample"].value = 3  # which has no photo
    assert "lacks it" in explorer.message.value
    with pytest.raises(RuntimeError, match="could not be drawn"):
        explorer.save(tmp_path / "view.svg")
    assert "could not be drawn" in explorer._repr_mimebundle_()["text/plain"]
    assert not list(tmp_path.iterdir())
    explorer.state.undo()
    assert explorer.message.value == ""
    assert explorer.save(tmp_path / "view.svg")


def test_a_page_can_be_saved_while_a_slider_still_moves(explorer):
    async def move_and_look():
        explorer.state.sample = 5
        assert explorer.current[1] is None  # the diagram of all subsets waits for the slider to rest
        printed = explorer.figure()
        assert explorer.current[1] is not None
        return printed

    moved = asyncio.run(move_and_look())
    explorer.state.reset()
    explorer.state.sample = 5
    assert explorer.figure() == moved


def test_what_waits_for_the_slider_is_drawn_when_it_rests(explorer, monkeypatch):
    monkeypatch.setattr("workbench.widgets.later.REST", 0)

    async def move():
        explorer.state.sample = 5
        while explorer._later.waits:
            await asyncio.sleep(0)

    before = explorer.views["lattice"].svg
    asyncio.run(move())
    assert explorer.views["lattice"].svg == explorer.panels["lattice"].text() != before


def test_numbers_to_be_predicted_are_nowhere(model, dataset, tmp_path):
    explorer = explore_subsets(model, dataset, predict_first=True)
    bundle = explorer._repr_mimebundle_()
    assert "nats" not in bundle["text/plain"] + bundle["image/svg+xml"]
    with pytest.raises(ValueError, match="to be predicted"):
        explorer.save(tmp_path / "numbers.csv")


def test_the_numbers_are_saved_row_by_row(explorer, tmp_path):
    table, _ = explorer.save(tmp_path / "numbers.csv")
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert sum(row["kind"] == "subset" for row in rows) == 15
    kl = next(row for row in rows if row["kind"] == "subset" and row["name"] == "photo")
    assert float(kl["value"]) == pytest.approx(explorer.current[0].terms.divergence.value, rel=1e-4)


def test_the_copied_line_names_what_was_chosen(explorer, model, dataset):
    explorer.state.update({"sample": 2, "shown": ["grey", "text"], "posterior": "mixture", "swap": "photo"})
    line = explorer.as_python()
    assert "n_draws=3" in line and "swap='photo'" in line and "seed" not in line
    again = explore_subsets(model, dataset, **explorer.state.to_dict())
    assert again.panels == explorer.panels


def test_bounds_of_the_page_are_kept(explorer, tmp_path):
    page = explorer.to_html(tmp_path / "lesson.html", samples=2)
    assert page.stat().st_size < 6_000_000
    with pytest.raises(ValueError, match="samples: expected at least 1, got 0"):
        explorer.to_html(tmp_path / "lesson.html", samples=0)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"sample": 12}, TraitError, "0 to 11"),
        ({"sample": -1}, TraitError, "0 to 11"),
        ({"shown": ["smell"]}, TraitError, "smell"),
        ({"n_draws": 0}, TraitError, "1 to 10"),
        ({"posterior": "sum"}, TraitError, "'product', 'component', 'mixture'"),
        ({"swap": "smell"}, TraitError, "smell"),
        ({"colour": "red"}, ValueError, "colour"),
    ],
)
def test_bad_options(model, dataset, options, error, said):
    with pytest.raises(error, match=said):
        explore_subsets(model, dataset, **options)


def test_shares_have_room_for_the_names_below_them(explorer):
    explorer.state.shown = ["photo", "grey", "text"]
    figure = ElementTree.fromstring(explorer.panels["shares"].text())
    left, right = [node.text for node in figure.iter() if node.tag.endswith("text")][-2:]
    assert left.startswith("dimensions 0 to 5") and right.startswith("top to bottom: photo")
    assert 6 * (len(left) + len(right)) < explorer.panels["shares"].width  # letters of 11 px, about 6 wide
