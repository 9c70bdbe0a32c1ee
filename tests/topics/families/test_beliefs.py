"""What each family believes and draws, in its own latent space."""

from __future__ import annotations

import pytest
import torch
from traitlets import TraitError

from workbench.datasets.linear_gaussian.model import linear_gaussian_model
from workbench.topics.families.explorer import explore_families
from workbench.topics.families.names import FAMILIES


def test_the_mean_is_that_of_the_experts_weighed_by_precision(explorer, models, data):
    for name, model in models.items():
        # MVAE alone multiplies the prior into a product of two of three.
        precision, weighted = float(name == "MVAE"), 0.0
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
    """The three share their encoders here, so one policy of the prior and one noise give the same draws."""
    alike = {name: model.sharing_networks(prior_expert="none") for name, model in models.items()}
    explorer = explore_families(alike, data, shown=["a"])
    first, *others = (view.plane.draws for view in explorer.current.views.values())
    assert all((draws == first).all() for draws in others)


def test_nothing_shown_is_the_prior(explorer):
    explorer.state.shown = []
    assert all((view.plane.gaussians[-1].centre == 0).all() for view in explorer.current.views.values())
    assert "prior" in explorer.question()


def test_several_training_runs(truth, data):
    runs = {
        name: [linear_gaussian_model(truth, widening=w, **family.settings) for w in (1.2, 3.0)]
        for name, family in FAMILIES.items()
    }
    explorer = explore_families(runs, data, shown=["a"])
    before = explorer.current.views["MoPoE"].plane.gaussians[-1].covariance
    explorer.controls["model_seed"].value = 1
    assert explorer.current.views["MoPoE"].plane.gaussians[-1].covariance == pytest.approx(
        before * 2.5, rel=1e-5
    )
    with pytest.raises(TraitError, match="model_seed: expected 0 to 1, got 2"):
        explorer.state.model_seed = 2


def test_pictures_readings_and_missing_modalities(model, dataset):
    """Any kind of modality, and a sample that lacks one."""
    explorer = explore_families({"A": model, "B": model}, dataset, shown=["photo"], sample=3)
    assert explorer.current.likelihoods.quantity == "−ln p(grey, text, numbers)"
    assert explorer.current.views["A"].generation.shown == []
    assert explorer._cards.boxes["photo"].disabled
    assert explorer.message.value == ""
