"""A model that fits a data set without being told how."""

from __future__ import annotations

import pytest
import torch

from workbench.datasets import load_dataset
from workbench.training.build import build_model


@pytest.fixture(scope="module")
def mixed():
    return load_dataset("mnist_text", n_train=20, n_validation=10, n_test=10)


def test_networks_and_likelihoods_follow_the_data(mixed):
    model = build_model(mixed, latent_dim=4)
    assert model.network_names["encoders"] == {"digit": "mlp256", "photo": "mlp256", "text": "text1d"}
    assert model.model_config.decoders_dist == {
        "digit": "bernoulli",
        "photo": "laplace",
        "text": "categorical",
    }
    assert model(mixed.train).loss.isfinite()


def test_one_name_serves_all_modalities(mixed):
    model = build_model(mixed, networks="mlp", private_dim=2)
    assert set(model.network_names["decoders"].values()) == {"mlp"}
    assert model.style_dims == {"digit": 2, "photo": 2, "text": 2}


def test_each_modality_can_have_a_name_of_its_own(mixed):
    names = {"text": "text1d", "digit": "mlp", "photo": "conv28"}
    model = build_model(mixed, networks=names)
    assert model.network_names["encoders"] == model.network_names["decoders"] == names
    assert list(model.modalities) == ["digit", "photo", "text"]


@pytest.mark.parametrize(
    "names", [{"digit": "mlp"}, dict.fromkeys(["digit", "photo", "text", "sound"], "mlp")]
)
def test_names_for_other_modalities_are_refused(mixed, names):
    with pytest.raises(
        ValueError, match=r"networks: expected a name for each of \['digit', 'photo', 'text'\]"
    ):
        build_model(mixed, networks=names)


def test_the_seed_decides_the_weights_and_the_callers_randomness_stays(mixed):
    before = torch.get_rng_state()
    first, again, other = (build_model(mixed, seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_an_option_that_the_data_suggest_can_be_overruled(mixed):
    model = build_model(mixed, decoder_dist_params={"photo": {"scale": 0.1}}, subsets="poe")
    assert model.likelihoods["photo"].scale == 0.1
    assert list(model.subsets) == ["digit_photo_text"]
