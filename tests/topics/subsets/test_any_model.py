"""The subset explorer takes any model and any data: missing modalities, other orders, other weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig
from workbench.datasets import linear_gaussian
from workbench.datasets.linear_gaussian.model import linear_gaussian_model
from workbench.explorers import explore_subsets
from workbench.posteriors.views import show_ladder


def test_nothing_shown_draws_from_the_prior(explorer):
    explorer._cards.boxes["photo"].value = False
    assert explorer.current[0].generation.shown == []
    assert explorer.current[0].terms.divergence.value == 0
    assert "prior" in explorer.status.value


def test_a_missing_modality_cannot_be_shown(explorer):
    explorer.state.sample = 3
    assert explorer._cards.boxes["photo"].disabled
    assert explorer.current[0].generation.shown == []
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


def test_a_single_sample_is_enough(model, dataset):
    assert explore_subsets(model, dataset[:1]).panels


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


def test_a_model_in_double_precision_and_data_without_labels():
    data = linear_gaussian(3, 4, 2, n_train=1, n_validation=1, n_test=8)
    explorer = explore_subsets(linear_gaussian_model(data.truth), data.test)
    explorer.state.quantity = "coherence"
    assert "needs whole-number labels" in explorer.panels["lattice"].text()
    assert explorer.message.value == ""
