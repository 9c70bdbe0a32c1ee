"""A model that fits a data set without being told how."""

from __future__ import annotations

import copy
import dataclasses
import gc
from dataclasses import replace

import pytest
import torch
from torch import nn

from mopoe import BaseEncoder, Likelihood, ModelOutput
from tests.widgets.kinds import KINDS
from workbench.datasets import MultimodalDataset, Splits, hide_entries, load_dataset
from workbench.training import TrainConfig, fit
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
    assert model.likelihoods["photo"].scale.number == 0.1
    assert list(model.subsets) == ["digit_photo_text"]


class Encoder(BaseEncoder):
    """Of a flattened modality of so many numbers."""

    def __init__(self, size):
        super().__init__()
        self.linear = nn.Linear(size, 8)

    def forward(self, x):
        mu, logvar = self.linear(x.flatten(1)).chunk(2, -1)
        return ModelOutput(embedding=mu, log_covariance=logvar)


def test_modules_are_copied_for_each_model(mixed):
    """The loop over families that shares weights where models are built by hand."""
    own = Encoder(28 * 28)
    before = copy.deepcopy(own.state_dict())
    first, second = (
        build_model(mixed, encoders={"digit": own}, decoders={"text": "mlp"}, latent_dim=4, subsets=subsets)
        for subsets in ("poe", "moe")
    )
    gc.collect()
    for model in (first, second):
        assert model.network_names["encoders"] == {"digit": None, "photo": "mlp256", "text": "text1d"}
        assert model.network_names["decoders"] == {"digit": "mlp256", "photo": "mlp256", "text": "mlp"}
        assert torch.equal(model.encoders["digit"].linear.weight, own.linear.weight)
    with torch.no_grad():
        for weight in first.parameters():
            weight.add_(1)
    for model in (own, second.encoders["digit"]):
        assert all(torch.equal(model.state_dict()[name], value) for name, value in before.items())


class Tempered(Likelihood):
    """With a weight of its own."""

    def __init__(self):
        super().__init__()
        self.log_scale = nn.Parameter(torch.zeros(()))

    def log_prob(self, recon, target):
        return torch.distributions.Normal(recon, self.log_scale.exp()).log_prob(target)


def test_likelihoods_that_are_modules_are_copied_too(mixed):
    own = Tempered()
    data = dataclasses.replace(mixed, decoders_dist=mixed.decoders_dist | {"photo": own})
    data = dataclasses.replace(data, decoder_dist_params={})
    first, second = (build_model(data, latent_dim=4, subsets=subsets) for subsets in ("poe", "moe"))
    scales = [
        likelihood.log_scale for likelihood in (own, first.likelihoods["photo"], second.likelihoods["photo"])
    ]
    assert len({id(scale) for scale in scales}) == 3
    assert any(weight is scales[1] for weight in first.parameters())
    third = build_model(mixed, latent_dim=4, decoders_dist={"photo": own}, decoder_dist_params=None)
    assert isinstance(third.likelihoods["photo"], Tempered) and third.likelihoods["photo"] is not own


def test_groups_of_a_table_that_are_modules_are_copied_too():
    own = Tempered()
    parts = {"parts": [{"columns": list(range(2)), "likelihood": own}]}
    data = MultimodalDataset({"table": torch.zeros(4, 2)})
    splits = Splits(data, data, data, decoders_dist={"table": "mixed"}, decoder_dist_params={"table": parts})
    models = [build_model(splits, latent_dim=4) for _ in range(2)]
    scales = [own.log_scale, *(model.likelihoods["table"].parts[0].log_scale for model in models)]
    assert len({id(scale) for scale in scales}) == 3


def test_what_modules_share_they_go_on_sharing(mixed):
    trunk = nn.Linear(8, 8)
    encoders = {name: nn.Sequential(Encoder(28 * 28), _Through(trunk)) for name in ("digit", "photo")}
    model = build_model(mixed, encoders=encoders, latent_dim=4)
    shared = [model.encoders[name][1].trunk for name in ("digit", "photo")]
    assert shared[0] is shared[1] and shared[0] is not trunk


class _Through(nn.Module):
    def __init__(self, trunk):
        super().__init__()
        self.trunk = trunk


@pytest.mark.parametrize("kind", ["table_with_gaps", "parts_and_joined", "levels"])
def test_encoders_are_told_of_single_missing_entries_where_data_have_any(kind):
    gaps = {"table_with_gaps": ["odd"], "parts_and_joined": ["plain"]}
    assert build_model(KINDS[kind]()).model_config.masked_entries == gaps.get(kind)
    assert build_model(KINDS[kind](), masked_entries=["plain"]).model_config.masked_entries == ["plain"]


def test_modules_for_other_modalities_are_refused(mixed):
    with pytest.raises(
        ValueError, match=r"decoders: expected some of \['digit', 'photo', 'text'\], got 'sound'"
    ):
        build_model(mixed, decoders={"sound": Encoder(3)})
    names = {"digit": Encoder(28 * 28), "photo": "mlp", "text": "mlp"}
    with pytest.raises(
        TypeError, match=r"networks\['digit'\]: expected a name, got Encoder; modules go in enc"
    ):
        build_model(mixed, networks=names)


def test_encoders_are_told_of_entries_that_the_data_lack(recwarn: pytest.WarningsRecorder) -> None:
    """In whatever split; what the caller says goes before."""
    splits = load_dataset("mnist_text", n_train=20, n_validation=10, n_test=10)
    assert build_model(splits).model_config.masked_entries is None
    marked = replace(splits, test=hide_entries(splits.test, 0.3, ["photo"]))
    model = build_model(marked, latent_dim=2)
    assert model.model_config.masked_entries == ["photo"]
    assert model(marked.test).loss.isfinite() and model(marked.train).loss.isfinite()
    assert not recwarn.list, "every encoder that needs it is told"
    assert build_model(marked, masked_entries=["text"]).model_config.masked_entries == ["text"]


@pytest.mark.slow
def test_models_train_where_entries_are_missing() -> None:
    """On numbers, characters and pixels; the loss falls, and what stands under the masks does not show."""
    splits = load_dataset(
        "mnist_text", n_train=200, n_validation=50, n_test=10, missing_rate=0.5, missing_by="entries"
    )
    curves = []
    for stray in (0.0, float("nan")):
        data = replace(splits, train=splits.train[:], validation=splits.validation[:])
        for part in (data.train, data.validation):
            part.data = {name: x.where(part.masks[name], stray) for name, x in part.data.items()}
        model = build_model(data, latent_dim=4)
        config = TrainConfig(epochs=4, batch_size=50, device="cpu", progress=False)
        result = fit(model, data.train, data.validation, config)
        curves.append(result.history)
    assert curves[0] == curves[1]
    assert curves[0]["validation"]["loss"][-1] < 0.9 * curves[0]["validation"]["loss"][0]


def test_a_likelihood_that_is_refused_is_named_by_its_modality(mixed):
    parts = [{"columns": ["age"], "likelihood": "normal"}]
    name = mixed.train.modalities[0]
    wrong = dataclasses.replace(
        mixed, decoders_dist={name: "mixed"}, decoder_dist_params={name: {"parts": parts}}
    )
    with pytest.raises(ValueError, match=rf"decoder_dist_params\['{name}'\].*: expected rows of numbers"):
        build_model(wrong)
