"""The families of the paper, alike in all but what tells them apart."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
import torch

from workbench.datasets import load_dataset
from workbench.paper.models import CONTENDERS, make_contender


@pytest.fixture(scope="module")
def data():
    return load_dataset("polydigits", n_modalities=2, n_train=20, n_validation=5, n_test=5)


@pytest.mark.parametrize("family", ["MVAE", "MMVAE", "MoPoE"])
def test_a_family_is_a_set_of_subsets_and_a_posterior(data, family: str) -> None:
    contender = make_contender(data, family, networks="mlp256", latent_dim=3, beta=2.5, seed=1)
    one, two = data.train.modalities
    expected = {
        "MVAE": ([(one, two)], "product"),
        "MMVAE": ([(one,), (two,)], "mixture"),
        "MoPoE": ([(one,), (two,), (one, two)], "product"),
    }[family]
    assert (list(contender.model.subsets.values()), contender.posterior) == expected
    assert contender.objective is contender.model
    assert contender.model.model_config.beta == 2.5
    # MVAE multiplies a N(0, I) expert into every product (Wu and Goodman 2018).
    assert contender.model.model_config.prior_expert == ("all" if family == "MVAE" else "full")


def test_families_of_one_seed_start_from_the_same_weights(data) -> None:
    def weights(family: str, seed: int) -> torch.Tensor:
        model = make_contender(data, family, latent_dim=3, seed=seed).model
        return torch.cat([weight.flatten() for weight in model.parameters()])

    first = weights("MVAE", 1)
    assert torch.equal(first, weights("MMVAE", 1)) and torch.equal(first, weights("MoPoE", 1))
    assert not torch.equal(first, weights("MVAE", 2))


def test_another_family_is_refused(data) -> None:
    with pytest.raises(ValueError, match="family: expected one of MVAE, MMVAE, MoPoE, MultiVae, got 'JMVAE'"):
        make_contender(data, "JMVAE")


@pytest.mark.skipif(find_spec("multivae") is not None, reason="MultiVae is there")
def test_the_peer_says_where_it_can_be_had(data) -> None:
    with pytest.raises(ModuleNotFoundError, match=r"MultiVae: expected .*make \.venv-peer/\.ready"):
        make_contender(data, "MultiVae", latent_dim=3)


@pytest.mark.skipif(find_spec("multivae") is None, reason="needs MultiVae: an environment of its own")
def test_training_the_peer_trains_our_networks(data) -> None:
    contender = make_contender(data, "MultiVae", latent_dim=3, seed=1)
    ours = {id(weight) for weight in contender.model.parameters()}
    assert {id(weight) for weight in contender.objective.parameters()} == ours
    output = contender.objective(data.train[:8])
    output.loss.backward()
    assert all(weight.grad is not None for weight in contender.model.parameters())
    assert CONTENDERS["MultiVae"] == CONTENDERS["MoPoE"]
