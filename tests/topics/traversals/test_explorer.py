"""Every control of the traversal explorer, and its numbers against torch.distributions and hand-made decoding."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence
from traitlets import TraitError

from mopoe import MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.topics.traversals.explorer import explore_traversals
from workbench.topics.traversals.strip_figure import share_at

ORDER = ["photo", "grey", "text", "numbers"]
DIMS = {"photo": (3, 28, 28), "grey": (1, 28, 28), "text": (8, 27), "numbers": (7,)}


class Parity:
    """Reads whether the sum of a picture is large."""

    def classify(self, images):
        return (images.flatten(1).mean(1) > 0.5).long()


@pytest.fixture
def explorer(model, dataset):
    return explore_traversals(model, dataset, sample=1)


@pytest.fixture
def private(dataset):
    torch.manual_seed(3)
    likelihoods = {"grey": "bernoulli", "text": "categorical"}
    sizes = {"photo": 2, "grey": 3, "text": 2, "numbers": 4}
    config = MoPoEConfig(4, 5, DIMS, decoders_dist=likelihoods, modalities_specific_dim=sizes)
    return explore_traversals(MoPoE(config).eval(), dataset, sample=1)


def full_posterior(model, dataset, rows):
    """The product of the experts of samples that lack nothing, by hand: the prior is one expert of it."""
    with torch.no_grad():
        experts = model.modality_encode(dataset[torch.as_tensor(rows)])
    precision = 1 + sum(torch.exp(-e.log_covariance) for e in experts.values())
    mean = sum(torch.exp(-e.log_covariance) * e.embedding for e in experts.values()) / precision
    return Normal(mean, precision.rsqrt())


def posteriors_of_all(model, dataset):
    """As above, and of sample 3, which lacks the photo: three experts, and no prior among them."""
    full = full_posterior(model, dataset, [i for i in range(12) if i != 3])
    with torch.no_grad():
        experts = model.modality_encode(dataset[torch.tensor([3])])
    there = [experts[name] for name in ORDER[1:]]
    precision = sum(torch.exp(-e.log_covariance) for e in there)
    mean = sum(torch.exp(-e.log_covariance) * e.embedding for e in there) / precision
    return Normal(torch.cat([full.mean, mean]), torch.cat([full.stddev, precision.rsqrt()]))


def test_the_axes_are_ranked_by_the_mean_kl_of_each_dimension(explorer, model, dataset):
    exact = kl_divergence(posteriors_of_all(model, dataset), Normal(0.0, 1.0)).mean(0).numpy()
    axes = explorer.current.axes
    assert [int(number) for number in axes.numbers] == np.argsort(-exact).tolist()
    assert axes.nats == pytest.approx(np.sort(exact)[::-1], rel=1e-4, abs=1e-6)
    assert (axes.directions == np.eye(6)[np.argsort(-exact)]).all()


def test_principal_directions_are_those_of_the_covariance_of_the_means(explorer, model, dataset):
    explorer.state.basis = "principal"
    posteriors = posteriors_of_all(model, dataset)
    _, vectors = np.linalg.eigh(np.cov(posteriors.mean.numpy().T.astype(float)))
    axes = explorer.current.axes
    assert np.abs(axes.directions @ vectors[:, ::-1]) == pytest.approx(np.eye(6), abs=2e-3)
    largest = np.take_along_axis(axes.directions, np.abs(axes.directions).argmax(1)[:, None], 1)
    assert (largest > 0).all()
    # The KL along a direction is that of the marginal, whose variance is a full covariance's quadratic form.
    for direction, nats in zip(torch.as_tensor(axes.directions), axes.nats, strict=True):
        spread = torch.stack([direction @ torch.diag(v) @ direction for v in posteriors.variance]).sqrt()
        marginal = Normal(posteriors.mean @ direction, spread)
        assert nats == pytest.approx(kl_divergence(marginal, Normal(0.0, 1.0)).mean().item(), rel=1e-3)


def test_the_moved_latent_is_the_posterior_mean_plus_the_offsets(explorer, model, dataset):
    explorer.state.offsets = [1.5, 0, -2]
    z = full_posterior(model, dataset, [1]).mean
    moved = z.clone()
    numbers = [int(number) for number in explorer.current.axes.numbers]
    moved[0, numbers[0]] += 1.5
    moved[0, numbers[2]] -= 2
    for name in ORDER:
        with torch.no_grad():
            before, after = (model.decode(latent)[name][0].numpy() for latent in (z, moved))
        assert explorer.current.unmoved[name] == pytest.approx(before, abs=1e-5)
        assert explorer.current.moved[name] == pytest.approx(after, abs=1e-5)
        assert explorer.current.changes[name] == pytest.approx(np.abs(after - before).mean(), abs=1e-6)


def test_the_strip_replaces_the_walked_offset_and_keeps_the_others(explorer, model, dataset):
    explorer.state.update({"offsets": [1.0, 0.4], "walked": 1})
    z = full_posterior(model, dataset, [1]).mean.repeat(9, 1)
    first, second = (int(number) for number in explorer.current.axes.numbers[:2])
    z[:, first] += 1.0
    z[:, second] += torch.linspace(-3, 3, 9)
    with torch.no_grad():
        wanted = model.decode(z)
    strip = explorer.current.strip
    for name in ORDER:
        assert strip.data[name] == pytest.approx(wanted[name].numpy(), abs=1e-5)
    assert strip.share == pytest.approx((0.4 + 3) / 6)
    assert strip.headings[0] == "−3" and strip.headings[4] == "0" and strip.headings[-1] == "+3"
    assert "+0.4 sd" in explorer.views["ruler"].svg


def test_a_line_goes_straight_from_mean_to_mean(explorer, model, dataset):
    explorer.state.update({"mode": "line", "to_sample": 7, "position": 0.25})
    ends = full_posterior(model, dataset, [1, 7]).mean
    with torch.no_grad():
        here = model.decode(0.75 * ends[:1] + 0.25 * ends[1:])
        last = model.decode(ends[1:])
    for name in ORDER:
        assert explorer.current.moved[name] == pytest.approx(here[name][0].numpy(), abs=1e-5)
        assert explorer.current.strip.data[name][-1] == pytest.approx(last[name][0].numpy(), abs=1e-5)
        assert (explorer.current.target[name] == dataset[7].data[name].numpy()).all()
    assert explorer.is_shown("line") and not explorer.is_shown("strip")
    assert explorer.views["line"].layout.display == "" and explorer.views["strip"].layout.display == "none"
    assert "25% of the way to sample 7" in explorer.status.value


@pytest.mark.parametrize("name", ORDER)
def test_a_private_latent_moves_its_own_modality_alone(private, name):
    private.state.update({"space": f"private:{name}", "offsets": [2.0]})
    changes = private.current.changes
    assert changes[name] > 1e-3
    assert all(changes[other] < 1e-6 for other in ORDER if other != name)
    assert private.panels["changes"].text().count("stays as it is") == 3
    assert f"{name} alone follows" in private.status.value
    size = private.model.style_dims[name]
    shown = [slider for slider in private._sliders.sliders if slider.layout.display == ""]
    assert len(shown) == min(size, 6) == len(private.current.axes.names)


def test_the_shared_latent_moves_all(private):
    private.state.offsets = [2.0]
    assert all(change > 1e-3 for change in private.current.changes.values())
    assert "all 4 modalities follow" in private.status.value


def test_private_axes_rank_samples_that_have_the_modality(private, dataset):
    rows = torch.tensor([i for i in range(12) if i != 3])
    with torch.no_grad():
        expert = private.model.modality_encode(dataset[rows])["photo"]
    q = Normal(expert.style_embedding, torch.exp(0.5 * expert.style_log_covariance))
    exact = kl_divergence(q, Normal(0.0, 1.0)).mean(0).numpy()
    found = private.analysis.axes("private:photo", "dimensions").nats
    assert found == pytest.approx(np.sort(exact)[::-1], rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "value", "panel"),
    [
        ("sample", 5, "pictures"),
        ("shown", ["grey"], "pictures"),
        ("space", "private:grey", "ranking"),
        ("basis", "principal", "ranking"),
        ("offsets", [0.0, 1.0], "changes"),
        ("walked", 3, "strip"),
        ("mode", "line", "line"),
    ],
)
def test_every_value_changes_its_panel_and_undo_brings_it_back(private, name, value, panel):
    before = dict(private.panels)
    setattr(private.state, name, value)
    assert private.message.value == ""
    assert private.panels[panel] != before[panel]
    private.state.undo()
    assert private.panels == before


def test_a_slider_moves_the_latent_and_the_strip_walks_it(explorer):
    strip = explorer.views["strip"].svg
    explorer._sliders.sliders[2].value = 1.5
    assert explorer.state.offsets[2] == 1.5 and explorer.state.walked == 2
    assert explorer.views["strip"].svg != strip
    explorer._sliders.sliders[2].value = 2.0
    explorer.state.undo()
    assert explorer.state.offsets[2] == 0 and explorer._sliders.sliders[2].value == 0
    explorer.state.offsets = [1.0, 1.0]
    assert [slider.value for slider in explorer._sliders.sliders] == [1, 1, 0, 0, 0, 0]
    explorer._sliders.zero.click()
    assert "nothing has moved" in explorer.status.value


def test_bars_columns_and_the_handle(explorer):
    hear = explorer._handle_event
    hear("ranking", {"kind": "click", "key": "4"})
    assert explorer.state.walked == 4
    assert 'data-key="4" role="button" tabindex="0" aria-pressed="true"' in explorer.views["ranking"].svg
    hear("strip", {"kind": "click", "key": "8"})
    assert explorer.state.offsets[4] == 3.0
    strip = explorer.views["strip"].svg
    hear("ruler", {"kind": "drag", "key": "place", "x": 126 + 36 + 2 * 82, "y": 0})
    assert explorer.state.offsets[4] == pytest.approx(-1.5)
    assert explorer.views["strip"].svg == strip  # only the handle moves
    hear("ruler", {"kind": "nudge", "key": "place", "dx": 1, "dy": 0, "far": False})
    assert explorer.state.offsets[4] == pytest.approx(-1.35)
    hear("ruler", {"kind": "drag", "key": "place", "x": -500, "y": 0})
    assert explorer.state.offsets[4] == -3.0
    hear("ruler", {"kind": "nudge", "key": "place", "dx": -1, "dy": 0, "far": True})
    assert explorer.state.offsets[4] == -3.0 and explorer.message.value == ""
    assert share_at(1e9, 9) == 1


def test_play_and_step_go_along_the_line(explorer):
    explorer.state.mode = "line"
    explorer._walker.play.value = 10
    assert explorer.state.position == 0.25
    explorer._walker.forth.click()
    assert explorer.state.position == 0.275 and explorer._walker.play.value == 11
    explorer._walker.back.click()
    assert explorer.state.position == 0.25
    explorer.controls["position"].value = 1.0
    explorer._walker.forth.click()
    assert explorer.state.position == 1.0 and explorer.message.value == ""
    explorer.state.mode = "walk"
    explorer._walker.play.value = 40
    assert explorer.state.offset == 3.0


def test_a_walked_axis_that_a_small_space_lacks_is_its_last(private):
    private.state.update({"walked": 5, "space": "private:photo"})
    private._walker.go_to(1)
    assert private.state.offsets[:2] == [0, 3] and private.state.axis == 1
    assert private.current.changes["photo"] > 1e-3


def test_the_state_round_trips_through_json_and_through_its_line_of_python(private, dataset):
    values = {"space": "private:text", "offsets": [1.25, -0.5], "walked": 1, "sample": 4, "shown": ["text"]}
    private.state.update(values)
    again = explore_traversals(private.model, dataset, **json.loads(json.dumps(private.state.to_dict())))
    assert again.panels == private.panels
    names = {"explore_traversals": explore_traversals, "model": private.model, "dataset": dataset}
    assert eval(private.as_python(), names).panels == private.panels  # noqa: S307


def test_presets_lead_to_views_and_reset_returns(private):
    assert "style of photo" in private.presets
    for name, values in private.presets.items():
        private.controls["presets"].value = name
        assert private.message.value == ""
        assert values.items() <= private.state.to_dict().items()
    private.controls["reset"].click()
    assert "nothing has moved" in private.status.value


def test_predict_first_hides_pictures_and_changes(explorer):
    explorer.state.predict_first = True
    assert "Predict first" in explorer.views["changes"].svg and "Predict first" in explorer.views["strip"].svg
    assert "follow" not in explorer.status.value
    assert explorer.views["ranking"].svg == explorer.panels["ranking"].text()
    explorer.controls["reveal"].click()
    assert explorer.views["strip"].svg == explorer.panels["strip"].text()


def test_a_missing_modality_cannot_be_shown_and_nothing_under_it_is_drawn(model, dataset):
    before = explore_traversals(model, dataset, sample=3)
    assert before._cards.boxes["photo"].disabled and before.current.shown == ORDER[1:]
    dataset.data["photo"][3] = float("nan")
    after = explore_traversals(model, dataset, sample=3)
    assert after.panels == before.panels and after.message.value == ""
    after.state.update({"mode": "line", "sample": 0, "to_sample": 3})
    assert "photo" not in after.current.target and after.message.value == ""


def test_nothing_shown_starts_at_the_mean_of_the_prior(explorer, model):
    explorer.state.shown = []
    with torch.no_grad():
        wanted = model.decode(torch.zeros(1, 6))["numbers"][0].numpy()
    assert explorer.current.unmoved["numbers"] == pytest.approx(wanted, abs=1e-6)
    assert "sees nothing" in explorer.status.value


def test_classifiers_read_every_picture(model, dataset):
    explorer = explore_traversals(model, dataset, classifiers={"grey": Parity()}, offsets=[3.0])
    answer = explorer.current
    for read, values in (
        (answer.readings["grey"], [answer.unmoved["grey"], answer.moved["grey"]]),
        (answer.strip.readings["grey"], answer.strip.data["grey"]),
    ):
        assert read == [int(value.mean() > 0.5) for value in values]


def test_texts_are_written(model, dataset):
    asked = []
    explore_traversals(model, dataset, texts={"text": lambda values: asked.append(values.shape) or "word"})
    assert set(asked) == {(8, 27)} and len(asked) >= 3 + 9


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


def test_a_page_moves_one_axis_at_a_time(explorer):
    explorer.state.offsets = [1.0, 2.0]
    assert explorer.state.twin(walked=2, offset=-0.75).offsets == [0, 0, -0.75, 0, 0, 0]
    assert explorer.state.offsets[:2] == [1, 2]


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


def test_what_is_hidden_for_a_lesson_is_not_on_the_page(model, dataset):
    explorer = explore_traversals(model, dataset, hide=["ranking", "sliders"])
    assert explorer.controls["sliders"].layout.display == "none"
    assert "What the data use" not in explorer.figure().text()
    explorer.state.mode = "line"
    explorer.state.mode = "walk"
    assert explorer.controls["sliders"].layout.display == "none"
