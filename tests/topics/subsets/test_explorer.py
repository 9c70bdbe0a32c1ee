"""Every control changes what it says, and nothing else; errors are shown and survived."""

from __future__ import annotations

import asyncio
import base64
import csv
import json
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from traitlets import TraitError

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.datasets import linear_gaussian
from workbench.datasets.linear_gaussian.model import linear_gaussian_model
from workbench.explorers import explore_subsets
from workbench.posteriors.generation_figure import generation_sheet
from workbench.posteriors.views import show_ladder


@pytest.fixture
def explorer(model, dataset):
    return explore_subsets(model, dataset, shown=["photo"], n_draws=3)


def generated(explorer):
    return explorer.current[0].generation


def test_ticking_a_box_shows_the_modality_to_the_model(explorer):
    before = generated(explorer)
    explorer._cards.boxes["numbers"].value = True
    assert explorer.state.shown == ["photo", "numbers"]
    assert generated(explorer).shown == ["photo", "numbers"]
    assert (generated(explorer).mean["text"] != before.mean["text"]).any()


def test_the_views_show_the_panels(explorer):
    assert explorer.views["pictures"].value == generation_sheet(generated(explorer))
    for name in ("lattice", "plane", "shares", "terms"):
        assert explorer.views[name].svg == explorer.panels[name].text()


def test_clicking_a_subset_chooses_it(explorer):
    explorer.views["lattice"]._handle_custom_msg({"kind": "click", "key": '["grey","text"]'}, [])
    assert explorer.state.shown == ["grey", "text"]
    ticked = [name for name, box in explorer._cards.boxes.items() if box.value]
    assert ticked == ["grey", "text"]
    assert (
        'data-key="[&quot;grey&quot;,&quot;text&quot;]" role="button" tabindex="0" aria-pressed="true"'
        in explorer.views["lattice"].svg
    )


def test_setting_the_state_moves_the_controls(explorer):
    explorer.state.update({"shown": ["grey", "text"], "sample": 5, "posterior": "mixture", "n_draws": 2})
    assert [name for name, box in explorer._cards.boxes.items() if box.value] == ["grey", "text"]
    assert explorer.controls["sample"].value == 5
    assert explorer.controls["posterior"].value == "mixture"
    assert explorer.controls["n_draws"].value == 2


def test_several_values_at_once_are_drawn_once(explorer):
    before = len(explorer.timings.milliseconds)
    explorer.state.update({"shown": ["grey", "text"], "sample": 5, "posterior": "mixture"})
    assert len(explorer.timings.milliseconds) == before + 1


def test_the_slider_changes_the_sample(explorer, dataset):
    explorer.controls["sample"].value = 7
    assert (generated(explorer).data["numbers"] == dataset[7].data["numbers"].numpy()).all()
    assert generated(explorer).label == 7
    assert "sample 7 (label 7)" in explorer.status.value


def test_noise_stays_until_new_noise_is_asked_for(explorer):
    draws = generated(explorer).draws["grey"]
    explorer.state.shown = ["grey"]
    explorer.state.shown = ["photo"]
    assert (generated(explorer).draws["grey"] == draws).all()
    explorer.controls["noise"].click()
    assert (generated(explorer).draws["grey"] != draws).any()


def test_without_the_same_noise_every_change_draws_anew(explorer):
    draws = generated(explorer).draws["grey"]
    explorer.state.same_noise = False
    explorer.state.shown = ["grey"]
    explorer.state.shown = ["photo"]
    assert (generated(explorer).draws["grey"] != draws).any()


def test_number_of_draws(explorer):
    explorer.controls["n_draws"].value = 5
    assert generated(explorer).draws["photo"].shape == (5, 3, 28, 28)
    explorer.controls["draw"].value = "mean"
    assert generated(explorer).draws["photo"].shape == (0, 3, 28, 28)


@pytest.mark.parametrize(
    ("name", "value", "panel"),
    [
        ("quantity", "distance", "lattice"),
        ("quantity", "log_likelihood", "lattice"),
        ("posterior", "mixture", "plane"),
        ("posterior", "component", "pictures"),
        ("prior_expert", "all", "terms"),
        ("draw", "mean", "pictures"),
        ("n_draws", 7, "pictures"),
        ("swap", "photo", "pictures"),
        ("seed", 5, "pictures"),
    ],
)
def test_every_control_changes_its_panel_and_undo_brings_it_back(model, dataset, name, value, panel):
    explorer = explore_subsets(model, dataset, shown=["photo", "grey"], swap_sample=4)
    before = dict(explorer.panels)
    setattr(explorer.state, name, value)
    assert explorer.message.value == ""
    assert explorer.panels[panel] != before[panel]
    explorer.state.undo()
    assert explorer.panels == before


def test_undo_takes_a_run_of_a_slider_as_one_step(explorer):
    explorer.state.shown = ["grey"]
    for sample in (1, 2, 5):
        explorer.state.sample = sample
    explorer.state.undo()
    assert (explorer.state.sample, explorer.state.shown) == (0, ["grey"])
    explorer.controls["undo"].click()
    assert explorer.state.shown == ["photo"]
    explorer.controls["undo"].click()
    assert explorer.message.value == ""


def test_reset_returns_to_the_start_and_can_be_undone(explorer):
    explorer.state.update({"sample": 4, "posterior": "mixture"})
    explorer.controls["reset"].click()
    assert (explorer.state.sample, explorer.state.posterior) == (0, "product")
    explorer.state.undo()
    assert (explorer.state.sample, explorer.state.posterior) == (4, "mixture")


def test_presets_lead_to_views(explorer):
    for name, values in explorer.presets.items():
        explorer.controls["presets"].value = name
        assert explorer.message.value == ""
        assert values.items() <= explorer.state.to_dict().items()
        assert explorer.controls["presets"].value == "presets …"


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


def test_nothing_shown_draws_from_the_prior(explorer):
    explorer._cards.boxes["photo"].value = False
    assert generated(explorer).shown == []
    assert explorer.current[0].terms.divergence.value == 0
    assert "prior" in explorer.status.value


def test_a_missing_modality_cannot_be_shown(explorer):
    explorer.state.sample = 3
    assert explorer._cards.boxes["photo"].disabled
    assert generated(explorer).shown == []
    assert 'data-key="[&quot;photo&quot;]"' not in explorer.views["lattice"].svg
    assert "missing: explains nothing" in explorer.views["terms"].svg
    assert explorer.message.value == ""


def test_the_choice_outlives_a_sample_that_lacks_it(explorer):
    panels = dict(explorer.panels)
    explorer.state.sample = 3
    explorer.state.sample = 0
    assert explorer.panels == panels


def test_what_stands_under_a_missing_modality_is_never_drawn(model, dataset):
    before = explore_subsets(model, dataset, sample=3, shown=["grey"]).panels
    dataset.data["photo"][3] = float("nan")
    assert explore_subsets(model, dataset, sample=3, shown=["grey"]).panels == before
    assert show_ladder(model, dataset, 3).png


def test_networks_generate_in_evaluation_mode_and_keep_their_own(model, dataset):
    model.encoders["photo"].features.append(torch.nn.Dropout(0.9))
    model.train()
    first = explore_subsets(model, dataset, shown=["photo"]).panels
    assert explore_subsets(model, dataset, shown=["photo"]).panels == first
    assert model.training


def test_the_state_round_trips_through_json_and_through_its_line_of_python(explorer, model, dataset):
    explorer.state.update({"sample": 2, "shown": ["grey", "text"], "posterior": "mixture", "swap": "photo"})
    again = explore_subsets(model, dataset, **json.loads(json.dumps(explorer.state.to_dict())))
    assert again.panels == explorer.panels
    line = explorer.controls["copy"].text
    assert line == explorer.as_python()
    assert "n_draws=3" in line and "seed" not in line
    built = eval(line, {"explore_subsets": explore_subsets, "model": model, "dataset": dataset})  # noqa: S307
    assert built.panels == explorer.panels


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
    assert generated(explorer).shown == ["photo"]


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


def test_boxes_follow_the_state_also_where_there_is_no_answer(model, dataset):
    trained = model.sharing_networks(subsets=[["photo", "grey"]])
    explorer = explore_subsets(trained, dataset, shown=["photo"], posterior="mixture")
    explorer.state.shown = ["text"]
    assert "ValueError" in explorer.message.value
    assert [name for name, box in explorer._cards.boxes.items() if box.value] == ["text"]


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


@pytest.mark.parametrize("retrain", ["step", "load"])
def test_a_retrained_model_is_looked_at_anew(explorer, retrain):
    def kl():
        lattice = explorer.current[1]
        return lattice.values[lattice.subsets.index(("photo",))]

    with torch.no_grad():
        if retrain == "step":
            for parameter in explorer.model.parameters():
                parameter.mul_(1.5)
        else:
            weights = {name: 1.5 * value for name, value in explorer.model.state_dict().items()}
            explorer.model.load_state_dict(weights)
    explorer.refresh()
    assert kl() == pytest.approx(explorer.current[0].terms.divergence.value, rel=1e-4)
    explorer.state.sample = 1
    assert kl() == pytest.approx(explorer.current[0].terms.divergence.value, rel=1e-4)


def test_numbers_to_be_predicted_are_nowhere(model, dataset, tmp_path):
    explorer = explore_subsets(model, dataset, predict_first=True)
    bundle = explorer._repr_mimebundle_()
    assert "nats" not in bundle["text/plain"] + bundle["image/svg+xml"]
    with pytest.raises(ValueError, match="to be predicted"):
        explorer.save(tmp_path / "numbers.csv")


def test_new_noise_with_every_change_is_part_of_the_change(model, dataset):
    explorer = explore_subsets(model, dataset, shown=["photo"], same_noise=False)
    before = dict(explorer.panels)
    explorer.state.update({"shown": ["grey"], "sample": 2, "posterior": "mixture"})
    assert explorer.state.seed == 1
    explorer.state.shown = ["text"]
    explorer.state.undo()
    explorer.state.undo()
    assert explorer.panels == before
    explorer.state.shown = ["text"]
    explorer.state.reset()
    assert explorer.panels == before


def test_rows_stand_in_the_models_order_whatever_the_datas(model, dataset):
    turned = IncompleteDataset(
        {name: dataset.data[name] for name in reversed(model.modalities)}, dataset.masks, dataset.labels
    )
    first = explore_subsets(model, dataset, shown=["photo"])
    assert explore_subsets(model, turned, shown=["photo"]).panels["pictures"] == first.panels["pictures"]


def test_a_component_is_decided_by_its_own_members(model, dataset):
    explorer = explore_subsets(model, dataset, shown=["photo", "grey"], posterior="component")
    for seed in range(6):
        explorer.state.seed = seed
        found = explorer.current[0]
        assert found.shares.names == list(found.component)
    explorer.state.posterior = "mixture"
    assert "of the say" not in "".join(remark.value for remark in explorer._cards.remarks.values())


@pytest.mark.parametrize("part", ["encoders", "decoders"])
def test_what_is_not_finite_is_named(explorer, monkeypatch, part):
    network = getattr(explorer.model, part)["grey"]
    original = network.forward

    def broken(x):
        output = original(x)
        return type(output)({name: value * float("nan") for name, value in output.items()})

    monkeypatch.setattr(network, "forward", broken)
    explorer.state.shown = ["grey"]
    assert f"{part}[&#x27;grey&#x27;]: expected finite" in explorer.message.value


@pytest.mark.parametrize("name", ["left/right", "a b", 'say "<b>hi</b>"', "a_b"])
def test_names_of_any_kind(name):
    dims = {"a": (3,), "b": (3,), name: (3,)}
    model = MoPoE(MoPoEConfig(3, 2, dims, subsets={"one": ["a"], "all": list(dims)}))
    explorer = explore_subsets(model, MultimodalBaseDataset({key: torch.randn(4, 3) for key in dims}))
    keys = [
        node.attrib["data-key"]
        for node in ElementTree.fromstring(explorer.views["lattice"].svg).iter()
        if "data-key" in node.attrib
    ]
    assert len(keys) == 7
    for key in keys:
        explorer.views["lattice"]._handle_custom_msg({"kind": "click", "key": key}, [])
        assert explorer.message.value == ""
        assert explorer.state.shown == json.loads(key)


def test_a_single_sample_is_enough(model, dataset):
    assert explore_subsets(model, dataset[:1]).panels


def test_what_is_hidden_for_a_lesson_is_not_on_the_page(model, dataset):
    explorer = explore_subsets(model, dataset, hide=["swap", "terms"])
    assert explorer.controls["swap"].layout.display == "none"
    assert explorer.views["terms"].layout.display == "none"
    assert "Terms of the ELBO" not in explorer.figure().text()
    with pytest.raises(ValueError, match=r"hide: expected some of .*sample.*, got 'smell'"):
        explore_subsets(model, dataset, hide=["smell"])


def test_a_printed_notebook_shows_the_sheet(explorer):
    bundle = explorer._repr_mimebundle_()
    assert bundle["image/svg+xml"] == explorer.figure().text()
    assert base64.b64decode(bundle["image/jpeg"]).startswith(b"\xff\xd8")
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert len(bundle["image/jpeg"]) + len(bundle["image/svg+xml"]) < 700_000


def test_saving_writes_figure_numbers_and_state(explorer, tmp_path):
    figure, state = explorer.save(tmp_path / "view.svg")
    assert figure.read_text() == explorer.figure().text()
    assert json.loads(state.read_text()) == explorer.state.to_dict()
    table, _ = explorer.save(tmp_path / "numbers.csv")
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert sum(row["kind"] == "subset" for row in rows) == 15
    kl = next(row for row in rows if row["kind"] == "subset" and row["name"] == "photo")
    assert float(kl["value"]) == pytest.approx(explorer.current[0].terms.divergence.value, rel=1e-4)
    with pytest.raises(ValueError, match=r"\.svg, \.png or \.csv"):
        explorer.save(tmp_path / "view.pdf")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "numbers.csv", "numbers.csv.json", "view.svg", "view.svg.json",
    ]  # fmt: skip


def test_bounds_of_the_page_are_kept(explorer, tmp_path):
    page = explorer.to_html(tmp_path / "lesson.html", samples=2)
    assert page.stat().st_size < 6_000_000
    with pytest.raises(ValueError, match="samples: expected at least 1, got 0"):
        explorer.to_html(tmp_path / "lesson.html", samples=0)
    with pytest.raises(FileNotFoundError, match="expected a folder"):
        explorer.to_html(tmp_path / "nowhere" / "lesson.html")
    with pytest.raises(ValueError, match=r"\.html"):
        explorer.to_html(tmp_path / "lesson.txt")


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


def test_data_that_are_not_the_models_are_refused(model, dataset):
    with pytest.raises(TypeError, match="MultimodalBaseDataset, got dict"):
        explore_subsets(model, dataset.data)
    with pytest.raises(ValueError, match=r"texts: expected modalities among .* got 'smell'"):
        explore_subsets(model, dataset, texts={"smell": str})
    with pytest.raises(TypeError, match="MoPoE, got str"):
        explore_subsets("model", dataset)
    fewer = type(dataset)({"photo": dataset.data["photo"][:3]}, {"photo": dataset.masks["photo"][:3]})
    with pytest.raises(ValueError, match="modalities"):
        explore_subsets(model, fewer)


@pytest.mark.parametrize("n_modalities", [2, 3, 5, 8])
@pytest.mark.parametrize("private", [0, 2])
def test_any_number_of_modalities_with_and_without_private_latents(n_modalities, private):
    dims = {f"m{i}": (4,) for i in range(n_modalities)}
    torch.manual_seed(0)
    sizes = dict.fromkeys(dims, private) if private else None
    model = MoPoE(MoPoEConfig(n_modalities, 3, dims, modalities_specific_dim=sizes))
    data = {name: torch.randn(20, 4) for name in dims}
    masks = {name: torch.rand(20) < 0.7 for name in dims}
    masks["m0"][:] = True
    explorer = explore_subsets(model, IncompleteDataset(data, masks), n_draws=2)
    for quantity in ("kl", "log_likelihood", "distance", "coherence"):
        explorer.state.quantity = quantity
        assert explorer.message.value == ""
        there = explorer.current[1].available
        assert np.isfinite(explorer.current[1].values[there]).all() == (quantity != "coherence")
    for sample in range(5):
        explorer.state.update({"sample": sample, "shown": list(dims)})
        assert explorer.message.value == ""
    words = "KL of private latents"
    assert (words in explorer.panels["terms"].text()) == bool(private)


def test_many_subsets_are_listed_and_searched():
    dims = dict.fromkeys(("red", "green", "blue", "near", "far", "loud", "soft", "warm"), (2,))
    model = MoPoE(MoPoEConfig(8, 2, dims))
    explorer = explore_subsets(model, MultimodalBaseDataset({name: torch.randn(5, 2) for name in dims}))
    assert "255 of 255 subsets" in explorer.panels["lattice"].text()
    assert 'tabindex="0"' in explorer.panels["lattice"].text()
    explorer.controls["search"].value = "red Loud"
    assert "64 of 255 subsets" in explorer.panels["lattice"].text()
    with pytest.raises(ValueError, match="at most 6 modalities"):
        explorer.to_html("lesson.html")


def test_a_model_in_double_precision_and_data_without_labels():
    data = linear_gaussian(3, 4, 2, n_train=1, n_validation=1, n_test=8)
    explorer = explore_subsets(linear_gaussian_model(data.truth), data.test)
    explorer.state.quantity = "coherence"
    assert "needs whole-number labels" in explorer.panels["lattice"].text()
    assert explorer.message.value == ""
