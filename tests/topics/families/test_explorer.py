"""The family explorer: controls, errors, and numbers held against closed forms and plain NumPy."""

from __future__ import annotations

import ast
import csv
import json
from itertools import combinations

import numpy as np
import pytest
import torch
from traitlets import TraitError

from mopoe import MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.datasets.linear_gaussian.model import linear_gaussian_model
from workbench.datasets.linear_gaussian.world import LinearGaussian
from workbench.topics.families.analysis import FamilyAnalysis
from workbench.topics.families.arrays import FamilyNLL, Gap, NLLCurve
from workbench.topics.families.explorer import explore_families
from workbench.topics.families.gaps_figure import verdict
from workbench.topics.families.nll_figure import Scale, nearest_draws
from workbench.topics.families.state import DRAWS, FamilyState

FAMILIES = {"MVAE": "poe", "MMVAE": "moe", "MoPoE": "mopoe"}
DIMS = {"a": 2, "b": 3, "c": 2}


@pytest.fixture(scope="module")
def truth() -> LinearGaussian:
    return LinearGaussian.random(DIMS, 2, noise=0.8, seed=3)


@pytest.fixture(scope="module")
def data(truth) -> MultimodalBaseDataset:
    return MultimodalBaseDataset(truth.sample(20, seed=1)[0], torch.arange(20) % 10)


@pytest.fixture
def models(truth) -> dict[str, MoPoE]:
    """Three families with one and the same generative part: their true likelihoods are equal, and known."""
    return {
        name: linear_gaussian_model(truth, widening=1.5, subsets=subsets)
        for name, subsets in FAMILIES.items()
    }


@pytest.fixture
def explorer(models, data):
    return explore_families(models, data, sample=4, shown=["a", "b"])


def curves(explorer) -> dict[str, NLLCurve]:
    return explorer.current.likelihoods.curves


def drag(explorer, x):
    number = explorer.views["nll"].drag.get("number", 0) + 1
    explorer.views["nll"].drag = {"key": "K", "x": x, "y": 100.0, "final": True, "number": number}


# --- numbers, against independent derivations ---


def test_joint_likelihoods_are_the_closed_forms(explorer, truth, data):
    exact = -float(truth.log_prob({name: data.data[name][4:5] for name in DIMS}))
    assert explorer.current.likelihoods.quantity == "−ln p(a, b, c)"
    for curve in curves(explorer).values():
        assert abs(curve.values[-1] - exact) < 4 * curve.errors[-1] + 1e-3
        assert curve.errors[-1] < 0.2


def test_conditional_likelihoods_are_the_closed_forms(explorer, truth, data):
    explorer.state.target = "imagined"
    sample = {name: data.data[name][4:5] for name in DIMS}
    exact = float(truth.log_prob(sample, ["a", "b"]) - truth.log_prob(sample))
    assert explorer.current.likelihoods.quantity == "−ln p(c | a, b)"
    for curve in curves(explorer).values():
        assert abs(curve.values[-1] - exact) < 4 * curve.errors[-1] + 1e-3


def test_means_over_images(explorer, truth, data):
    explorer.state.n_images = 16
    exact = -float(truth.log_prob({name: x[:16] for name, x in data.data.items()}).mean())
    assert explorer.current.likelihoods.images == 16
    for curve in curves(explorer).values():
        assert abs(curve.values[-1] - exact) < 4 * curve.errors[-1] + 1e-3


def test_fewer_draws_come_from_the_same_draws(explorer, models, data):
    """Redone in NumPy: groups of every (1024/K)-th draw, their bound and how many of them count."""
    generator = torch.Generator().manual_seed(0)
    for name, model in models.items():
        log_weights = model.estimate_nll(data[4:5], K=1024, chunk=1024, generator=generator).log_weights
        (only,) = log_weights.values()
        weights = np.exp(only.numpy()[:, 0])
        for K, value, count in zip(
            DRAWS, curves(explorer)[name].values, curves(explorer)[name].count, strict=True
        ):
            groups = [weights[start :: 1024 // K] for start in range(1024 // K)]
            assert value == pytest.approx(-np.mean([np.log(group.mean()) for group in groups]), abs=1e-9)
            sizes = [group.sum() ** 2 / (group**2).sum() for group in groups]
            assert count == pytest.approx(np.mean(sizes), rel=1e-9)


def test_differences_are_paired(models, data):
    analysis = FamilyAnalysis({name: [model] for name, model in models.items()}, data)
    state = FamilyState(list(DIMS), len(data), shown=["a"], n_images=16, K=1024)
    found = analysis.likelihoods(state)
    generator, each = torch.Generator().manual_seed(0), {}
    for name, model in models.items():
        each[name] = model.estimate_nll(data[:16], K=1024, chunk=1024, generator=generator)
    assert [(gap.second, gap.first) for gap in found.gaps[1024]] == list(combinations(FAMILIES, 2))
    for gap in found.gaps[1024]:
        by_image = (each[gap.first].nll - each[gap.second].nll).numpy()
        assert gap.value == pytest.approx(by_image.mean(), abs=1e-9)
        assert gap.over_images == pytest.approx(by_image.std(ddof=1) / 4, rel=1e-9)
        squares = each[gap.first].standard_error ** 2 + each[gap.second].standard_error ** 2
        assert gap.monte_carlo == pytest.approx(float(squares.sum().sqrt()) / 16, rel=1e-9)
        assert gap.error == gap.over_images


def test_for_one_image_there_is_only_the_error_of_the_draws(explorer):
    for gap in explorer.current.likelihoods.gaps[256]:
        assert np.isnan(gap.over_images)
        assert gap.error == gap.monte_carlo > 0


def test_the_mean_is_that_of_the_experts_weighed_by_precision(explorer, models, data):
    for name, model in models.items():
        precision, weighted = 0.0, 0.0
        for view in ("a", "b"):
            expert = model.encoders[view](data.data[view][4:5])
            precision = precision + torch.exp(-expert.log_covariance)
            weighted = weighted + torch.exp(-expert.log_covariance) * expert.embedding
        expected = model.decoders["c"](weighted / precision).reconstruction[0].numpy()
        made = explorer.current.views[name].generation
        assert made.mean["c"] == pytest.approx(expected, abs=1e-5)
        gaussian = explorer.current.views[name].plane.gaussians[-1]
        assert (gaussian.role, gaussian.centre) == (
            "posterior",
            pytest.approx((weighted / precision)[0].numpy(), abs=1e-5),
        )


def test_each_family_draws_from_its_own_mixture(explorer):
    explorer.state.posterior = "mixture"
    names = {
        family: [
            gaussian.name for gaussian in view.plane.gaussians if gaussian.role in ("component", "posterior")
        ]
        for family, view in explorer.current.views.items()
    }
    # MVAE knows the full subset alone: what is shown of it.
    assert names == {"MVAE": ["posterior"], "MMVAE": ["a", "b"], "MoPoE": ["a", "b", "a + b"]}


def test_all_families_draw_with_the_same_noise(models, data):
    """The three share their encoders here, so the same product and noise give the same draws."""
    explorer = explore_families(models, data, shown=["a"])
    first, *others = (view.plane.draws for view in explorer.current.views.values())
    assert all((draws == first).all() for draws in others)


# --- whether to believe it ---


def test_few_draws_are_not_believed(explorer):
    assert all(curve.believable(1024) for curve in curves(explorer).values())
    assert "believe it</text>" not in explorer.panels["nll"].body
    explorer.state.K = 4
    assert not any(curve.believable(4) for curve in curves(explorer).values())
    assert explorer.panels["nll"].body.count("do not believe it") == 3
    assert "too few draws count" in explorer.panels["differences"].body
    assert "(4 draws, " in explorer.question()


@pytest.mark.parametrize(("count", "tail", "sure"), [(10, 0.7, True), (9.9, 0.1, False), (90, 0.71, False)])
def test_what_is_believed(count, tail, sure):
    curve = NLLCurve([2], np.zeros(1), np.zeros(1), np.array([count]), tail)
    assert curve.believable(2) == sure
    assert FamilyNLL("", 1, {"A": curve}, {}).believable(2) == sure


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (-2.0, "A is better than B"),
        (2.0, "B is better than A"),
        (1.9, "A or B: cannot tell"),
        (0.0, "A or B: cannot tell"),
    ],
)
def test_a_verdict_needs_an_interval_without_zero(value, said):
    assert verdict(Gap("A", "B", value, monte_carlo=1.0, over_images=np.nan)) == said


# --- controls ---


@pytest.mark.parametrize(
    ("name", "value", "changed"),
    [
        ("sample", 7, {"pictures", "planes", "nll", "differences"}),
        ("posterior", "mixture", {"pictures", "planes"}),
        ("n_draws", 3, {"pictures", "planes"}),
        ("target", "imagined", {"nll", "differences"}),
        ("proposal", "product", {"nll", "differences"}),
        ("n_images", 4, {"nll", "differences"}),
        ("K", 16, {"nll", "differences"}),
    ],
)
def test_a_control_changes_the_state_and_its_panels_alone(explorer, name, value, changed):
    before = dict(explorer.panels)
    explorer.controls[name].value = value
    assert getattr(explorer.state, name) == value
    assert {panel for panel, shown in explorer.panels.items() if shown != before[panel]} == changed
    assert explorer.message.value == ""


def test_setting_the_state_moves_the_controls(explorer):
    explorer.state.update({"K": 8, "target": "imagined", "sample": 2, "shown": ["c"]})
    on = explorer.controls
    assert (on["K"].value, on["target"].value, on["sample"].value) == (8, "imagined", 2)
    assert [name for name, box in explorer._cards.boxes.items() if box.value] == ["c"]


def test_a_card_shows_the_modality_to_all_families(explorer):
    explorer._cards.boxes["c"].value = True
    assert [view.generation.shown for view in explorer.current.views.values()] == [["a", "b", "c"]] * 3


def test_new_noise_changes_draws_and_estimates(explorer):
    draws = explorer.current.views["MoPoE"].generation.draws["c"]
    value = curves(explorer)["MoPoE"].values[-1]
    explorer.controls["noise"].click()
    assert (explorer.current.views["MoPoE"].generation.draws["c"] != draws).any()
    assert curves(explorer)["MoPoE"].values[-1] != value


def test_dragging_the_line_chooses_the_number_of_draws(explorer):
    likelihoods, pictures = explorer.current.likelihoods, explorer.panels["pictures"]
    scale = Scale(DRAWS, 0.0, 1.0)
    for K in DRAWS:
        drag(explorer, scale.x(K) + 3)
        assert explorer.state.K == K
        assert f"with {K} draws" in explorer.panels["nll"].about
        assert explorer.current.likelihoods is likelihoods  # moving K costs no new draws
        assert explorer.panels["pictures"] is pictures
    explorer.state.undo()
    assert explorer.state.K == 256  # the whole drag is one step


def test_arrow_keys_double_and_halve(explorer):
    for dx, K in ((1, 512), (1, 1024), (1, 1024), (-1, 512)):
        explorer.views["nll"]._handle_custom_msg(
            {"kind": "nudge", "key": "K", "dx": dx, "dy": 0, "far": False}, []
        )
        assert explorer.state.K == K


def test_nearest_number_of_draws_beyond_the_ends():
    assert (nearest_draws(-50, DRAWS), nearest_draws(9_999, DRAWS)) == (2, 1024)


def test_presets(explorer):
    for name, values in explorer.presets.items():
        explorer.controls["presets"].value = name
        assert {key: getattr(explorer.state, key) for key in values} == values
        assert explorer.message.value == ""
    assert explorer.state.K == 1024


def test_likelihoods_are_kept(explorer, monkeypatch):
    found = explorer.current.likelihoods
    monkeypatch.setattr(MoPoE, "estimate_nll", None)  # another estimate would fail
    explorer.state.shown = ["c"]
    explorer.state.posterior = "mixture"
    assert explorer.message.value == ""
    assert explorer.current.likelihoods is found


def test_nothing_is_left_to_imagine(explorer):
    explorer.state.update({"shown": list(DIMS), "target": "imagined"})
    assert explorer.current.likelihoods.curves == {}
    assert "nothing is left" in explorer.panels["nll"].body
    assert explorer.message.value == ""


def test_nothing_shown_is_the_prior(explorer):
    explorer.state.shown = []
    assert all((view.plane.gaussians[-1].centre == 0).all() for view in explorer.current.views.values())
    assert "prior" in explorer.question()


def test_several_training_runs(truth, data):
    runs = {
        name: [linear_gaussian_model(truth, widening=w, subsets=s) for w in (1.2, 3.0)]
        for name, s in FAMILIES.items()
    }
    explorer = explore_families(runs, data, shown=["a"])
    before = explorer.current.views["MoPoE"].plane.gaussians[-1].covariance
    explorer.controls["model_seed"].value = 1
    assert explorer.current.views["MoPoE"].plane.gaussians[-1].covariance == pytest.approx(
        before * 2.5, rel=1e-5
    )
    with pytest.raises(TraitError, match="model_seed: expected 0 to 1, got 2"):
        explorer.state.model_seed = 2


# --- taking it away ---


def test_state_round_trips_through_json(explorer, models, data):
    explorer.state.update({"K": 32, "target": "imagined", "posterior": "mixture", "seed": 5})
    again = explore_families(models, data, **json.loads(json.dumps(explorer.state.to_dict())))
    assert again.panels == explorer.panels
    call = ast.parse(explorer.as_python(), mode="eval").body
    options = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    assert explore_families(models, data, **options).state.to_dict() == explorer.state.to_dict()


def test_undo_and_reset(explorer):
    first, panels = explorer.state.to_dict(), dict(explorer.panels)
    explorer.state.target = "imagined"
    explorer.state.posterior = "mixture"
    explorer.controls["undo"].click()
    assert (explorer.state.posterior, explorer.state.target) == ("product", "imagined")
    explorer.controls["reset"].click()
    assert explorer.state.to_dict() == first
    assert explorer.panels == panels


def test_answers_hide_until_they_are_asked_for(explorer):
    explorer.state.predict_first = True
    assert "Predict first" in explorer.views["nll"].svg
    assert "nats" not in explorer.status.value
    explorer.controls["reveal"].click()
    assert "MMVAE" in explorer.views["nll"].svg


def test_files(explorer, tmp_path):
    written = explorer.save(tmp_path / "numbers.csv")[0].read_text()
    rows = list(csv.DictReader(written.splitlines()))
    nll = {(row["family"], int(row["K"])): float(row["value"]) for row in rows if row["kind"] == "nll"}
    assert len(nll) == 3 * len(DRAWS)
    assert nll["MoPoE", 1024] == pytest.approx(curves(explorer)["MoPoE"].values[-1])
    assert sum(row["kind"] == "gap" for row in rows) == 3 * len(DRAWS)
    page = explorer.to_html(tmp_path / "page.html", samples=2)
    assert page.stat().st_size < 6_000_000
    sample, shown = explorer.export_axes(samples=2)
    assert (sample.values, len(shown.values)) == ([4, 5], 8)


def test_of_many_modalities_a_page_offers_single_ones_and_all(truth):
    dims = dict.fromkeys("abcde", (2,))
    model = MoPoE(MoPoEConfig(5, 2, dims)).eval()
    some = MultimodalBaseDataset({name: torch.rand(3, 2) for name in dims}, torch.arange(3))
    explorer = explore_families({"MoPoE": model}, some, shown=["a", "b"])
    assert explorer.export_axes()[1].values == [["a", "b"], *([name] for name in dims), list(dims)]


# --- what is refused, and what is survived ---


def test_pictures_readings_and_missing_modalities(model, dataset):
    """Any kind of modality, and a sample that lacks one."""
    explorer = explore_families({"A": model, "B": model}, dataset, shown=["photo"], sample=3)
    assert explorer.current.likelihoods.quantity == "−ln p(grey, text, numbers)"
    assert explorer.current.views["A"].generation.shown == []
    assert explorer._cards.boxes["photo"].disabled
    assert explorer.message.value == ""


def test_a_model_that_fails_is_named_and_survived(explorer, models, monkeypatch):
    def broken(z):
        raise ArithmeticError("decoder <broke>")

    monkeypatch.setattr(models["MMVAE"].decoders["b"], "forward", broken)
    explorer._cards.boxes["c"].value = True
    assert "MMVAE: ArithmeticError: decoder &lt;broke&gt;" in explorer.message.value
    monkeypatch.undo()
    explorer._cards.boxes["a"].value = False
    assert explorer.message.value == ""
    assert explorer.current.views["MMVAE"].generation.shown == ["b", "c"]


def test_models_that_do_not_compare(models, data, model, truth):
    noisy = LinearGaussian(truth.loadings, truth.offsets, dict.fromkeys(DIMS, 0.3))
    other = linear_gaussian_model(noisy)
    for wrong, error, said in [
        ({}, ValueError, "at least one family"),
        ([models["MVAE"]], TypeError, "family name → model, got list"),
        (models | {"X": model}, ValueError, "X: dataset: expected the model's modalities"),
        (models | {"X": []}, ValueError, "X: expected at least one model"),
        (models | {"X": "moe"}, TypeError, "X: expected a MoPoE or a list of them, got str"),
        (models | {"X": [1]}, TypeError, "X: model: expected a MoPoE, got int"),
        (models | {"X": [other, other]}, ValueError, "X: expected 1 training runs as of MVAE, got 2"),
        (models | {"X": other}, ValueError, "X: expected the likelihoods of MVAE"),
    ]:
        with pytest.raises(error, match=said):
            explore_families(wrong, data)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"sample": 20}, TraitError, "sample: expected 0 to 19, got 20"),
        ({"shown": ["smell"]}, TraitError, "smell"),
        ({"K": 100}, TraitError, "K: expected one of 2, 4, .*, 1024, got 100"),
        ({"n_images": 3}, TraitError, "n_images: expected one of 1, 4, 16, got 3"),
        (
            {"proposal": "refined"},
            TraitError,
            "proposal: expected one of 'product', 'mixture', got 'refined'",
        ),
        ({"target": "some"}, TraitError, "target"),
        ({"n_draws": 0}, TraitError, "n_draws: expected 1 to 4, got 0"),
        ({"colour": "red"}, ValueError, "colour"),
        ({"hide": ["taste"]}, ValueError, "hide: expected some of"),
    ],
)
def test_bad_options(models, data, options, error, said):
    with pytest.raises(error, match=said):
        explore_families(models, data, **options)


def test_hidden_controls_and_panels(models, data):
    explorer = explore_families(models, data, hide=["differences", "proposal"])
    assert explorer.views["differences"].layout.display == "none"
    assert explorer.controls["proposal"].layout.display == "none"
    assert "Who is better" not in explorer.figure().body
