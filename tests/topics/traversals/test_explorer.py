"""The traversal explorer: any model and data, errors that are survived, files, pages."""

from __future__ import annotations

import csv
import json

import pytest
import torch
from traitlets import TraitError

from mopoe import MoPoE, MoPoEConfig, MultimodalBaseDataset
from tests.widgets.every_kind import DIMS
from workbench.topics.traversals.explorer import explore_traversals

ORDER = list(DIMS)


def test_the_state_round_trips_through_json_and_through_its_line_of_python(private, dataset):
    values = {"space": "private:text", "offsets": [1.25, -0.5], "walked": 1, "sample": 4, "shown": ["text"]}
    private.state.update(values)
    again = explore_traversals(private.model, dataset, **json.loads(json.dumps(private.state.to_dict())))
    assert again.panels == private.panels
    names = {"explore_traversals": explore_traversals, "model": private.model, "dataset": dataset}
    assert eval(private.as_python(), names).panels == private.panels  # noqa: S307


def test_a_missing_modality_cannot_be_shown_and_nothing_under_it_is_drawn(model, dataset):
    before = explore_traversals(model, dataset, sample=3)
    assert before._cards.boxes["photo"].disabled and before.current.shown == ORDER[1:]
    dataset.data["photo"][3] = float("nan")
    after = explore_traversals(model, dataset, sample=3)
    assert after.panels == before.panels and after.message.value == ""
    after.state.update({"mode": "line", "sample": 0, "to_sample": 3})
    assert "photo" not in after.current.target and after.message.value == ""


def test_an_error_is_shown_and_the_explorer_keeps_working(explorer, monkeypatch):
    def broken(z):
        raise ArithmeticError("decoder <broke>")

    monkeypatch.setattr(explorer.model.decoders["grey"], "forward", broken)
    explorer._sliders.sliders[0].value = 1.0
    assert "ArithmeticError" in explorer.message.value and "&lt;broke&gt;" in explorer.message.value
    monkeypatch.undo()
    explorer._sliders.sliders[0].value = 2.0
    assert explorer.message.value == "" and "all 4 modalities follow" in explorer.status.value


def test_what_changes_while_a_picture_is_drawn_is_drawn_after_it(explorer, monkeypatch):
    """As when the page's messages come in another thread."""
    answer = explorer.analysis.answer

    def meanwhile(state):
        found = answer(state)
        state._trait_values["mode"] = "line"  # set, and its observers still wait for the lock
        return found

    monkeypatch.setattr(explorer.analysis, "answer", meanwhile)
    explorer.state.sample = 2
    monkeypatch.undo()
    explorer._changed({"name": "mode"})
    assert explorer.current.target and explorer.message.value == ""
    assert "of the way" in explorer.views["ruler"].svg


@pytest.mark.parametrize("private_dim", [0, 2])
@pytest.mark.parametrize("n_modalities", [2, 3, 5, 8])
def test_any_number_of_modalities(n_modalities, private_dim):
    dims = {f"m{i}": (1, 6, 6) if i % 2 else (4,) for i in range(n_modalities)}
    torch.manual_seed(n_modalities)
    sizes = dict.fromkeys(dims, private_dim) if private_dim else None
    model = MoPoE(MoPoEConfig(n_modalities, 3, dims, modalities_specific_dim=sizes))
    data = MultimodalBaseDataset({name: torch.rand(6, *shape) for name, shape in dims.items()})
    explorer = explore_traversals(model, data)
    for values in explorer.presets.values():
        explorer.state.update(values)
        assert explorer.message.value == ""
    assert len(explorer.presets) == (5 if private_dim else 4)
    assert explorer.figure().text()


def test_saving_printing_and_the_page(private, tmp_path):
    private.state.offsets = [1.0]
    table, state = private.save(tmp_path / "numbers.csv")
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert [row["name"] for row in rows if row["kind"] == "change"] == ORDER
    assert sum(row["kind"] == "axis" for row in rows) == 5
    assert json.loads(state.read_text())["offsets"][0] == 1.0
    assert len(json.dumps(private._repr_mimebundle_(), default=str)) < 900_000
    page = private.to_html(tmp_path / "lesson.html", samples=2, axes=2)
    assert page.stat().st_size < 6_000_000
    assert [axis.name for axis in private.export_axes()] == ["sample", "walked", "offset"]
    private.state.mode = "line"
    assert [axis.name for axis in private.export_axes()] == ["sample", "position"]
    assert private.to_html(tmp_path / "line.html", samples=2).stat().st_size < 6_000_000


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"sample": 12}, TraitError, "0 to 11"),
        ({"shown": ["smell"]}, TraitError, "smell"),
        ({"space": "private:photo"}, TraitError, "space: expected one of 'shared', got 'private:photo'"),
        ({"basis": "random"}, TraitError, "'dimensions', 'principal'"),
        ({"mode": "jump"}, TraitError, "'walk', 'line'"),
        ({"offsets": [3.5]}, TraitError, "offsets: expected -3.0 to 3.0, got 3.5"),
        ({"offsets": [float("nan")]}, TraitError, "offsets"),
        ({"offsets": [0.0] * 7}, TraitError, "at most 6"),
        ({"walked": 6}, TraitError, "0 to 5"),
        ({"to_sample": 12}, TraitError, "to_sample"),
        ({"position": 1.5}, TraitError, "0 to 1"),
        ({"colour": "red"}, ValueError, "colour"),
    ],
)
def test_bad_options(model, dataset, options, error, said):
    with pytest.raises(error, match=said):
        explore_traversals(model, dataset, **options)


def test_a_space_that_no_sample_has_is_refused_in_words(private, dataset):
    dataset.masks["photo"][:] = False
    explorer = explore_traversals(private.model, dataset)
    explorer.state.space = "private:photo"
    assert "expected samples with data for the private:photo latent space" in explorer.message.value
    explorer.state.undo()
    assert explorer.message.value == ""
