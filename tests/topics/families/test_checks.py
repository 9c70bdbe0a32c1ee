"""Models that do not compare, options that do not fit, and a model that fails."""

from __future__ import annotations

import pytest
from traitlets import TraitError

from workbench.datasets.linear_gaussian.model import linear_gaussian_model
from workbench.datasets.linear_gaussian.world import LinearGaussian
from workbench.topics.families.explorer import explore_families


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
    noisy = LinearGaussian(truth.loadings, truth.offsets, dict.fromkeys(truth.modalities, 0.3))
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
