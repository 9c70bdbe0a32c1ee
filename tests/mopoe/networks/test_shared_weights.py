"""Two models built from one dictionary of networks: a warning that names the remedy, and only then."""

from __future__ import annotations

import copy
import gc
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from mopoe import Likelihood, ModelOutput, MoPoE, MoPoEConfig


class Encoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 4)

    def forward(self, x: Tensor) -> ModelOutput:
        mu, logvar = self.linear(x).chunk(2, -1)
        return ModelOutput(embedding=mu, log_covariance=logvar)


CONFIG = MoPoEConfig(2, 2, {"a": (3,), "b": (3,)})


def encoders() -> dict[str, nn.Module]:
    return {"a": Encoder(), "b": Encoder()}


def test_the_loop_over_families_is_warned_of() -> None:
    networks = encoders()
    first = MoPoE(CONFIG.replace(subsets="poe"), networks)
    with pytest.warns(UserWarning, match="^MoPoE: encoders of 'a', 'b' belong to another model too") as said:
        MoPoE(CONFIG.replace(subsets="moe"), networks)
    assert first.encoders["a"] is networks["a"]
    (warning,) = said
    assert "copy.deepcopy" in str(warning.message) and "sharing_networks" in str(warning.message)
    assert warning.filename == __file__


def test_the_modality_whose_network_is_shared_is_named() -> None:
    first = MoPoE(CONFIG, encoders())
    with pytest.warns(UserWarning, match="encoders of 'b' and decoders of 'a' belong"):
        MoPoE(CONFIG, {"a": "mlp", "b": first.encoders["b"]}, {"a": first.decoders["a"], "b": "mlp"})


def test_a_part_of_two_networks_is_noticed() -> None:
    trunk = Encoder()
    first = MoPoE(CONFIG, {"a": nn.Sequential(nn.Identity(), trunk), "b": "mlp"})
    with pytest.warns(UserWarning, match="encoders of 'b' belong"):
        MoPoE(CONFIG, {"a": Encoder(), "b": trunk})
    assert first.n_modalities == 2


class Tempered(Likelihood):
    """With a weight of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.zeros(()))

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return torch.distributions.Normal(recon, self.log_scale.exp()).log_prob(target)


def test_a_likelihood_with_weights_is_noticed_too() -> None:
    config = CONFIG.replace(decoders_dist={"b": Tempered()})
    first = MoPoE(config)
    with pytest.warns(UserWarning, match="likelihoods of 'b' belong"):
        MoPoE(config)
    assert not [name for name in first.state_dict() if name.startswith("likelihoods.a")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MoPoE(copy.deepcopy(config))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: model.sharing_networks(subsets="poe")])
def test_copies_and_twins_hold_their_weights_as_well(copied: Callable[[MoPoE], MoPoE]) -> None:
    held = copied(MoPoE(CONFIG, encoders()))
    gc.collect()
    with pytest.warns(UserWarning, match="belong to another model too"):
        MoPoE(CONFIG, held.encoders)


def frozen(network: nn.Module) -> nn.Module:
    return network.requires_grad_(False)


def test_what_was_asked_for_or_harms_nobody_is_not_warned_of(tmp_path: Path) -> None:
    networks = encoders()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = MoPoE(CONFIG, dict.fromkeys("ab", networks["a"]))  # one network for two modalities of one model
        twin = one.sharing_networks(subsets="poe").sharing_networks(beta=2.0)
        clone = copy.deepcopy(one)
        MoPoE(CONFIG, copy.deepcopy(networks))
        MoPoE(CONFIG, "mlp", "mlp")
        one.save_pretrained(tmp_path)
        MoPoE.from_pretrained(tmp_path, dict.fromkeys("ab", Encoder()))
        fixed = {name: frozen(Encoder()) for name in "ab"}
        pretrained = [MoPoE(CONFIG.replace(subsets=words), fixed) for words in ("poe", "moe")]
    assert all(m.n_modalities == 2 for m in (one, twin, clone, *pretrained))


@pytest.mark.parametrize("circular", [False, True])
def test_a_model_that_is_gone_is_no_other_model(circular: bool) -> None:
    networks = encoders()
    gc.disable()  # not by itself, in the middle
    try:
        first = MoPoE(CONFIG, networks)
        if circular:
            first.__dict__["itself"] = [first]  # only the garbage collector frees it
        del first
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            MoPoE(CONFIG, networks)
    finally:
        gc.enable()


def test_a_model_that_was_refused_holds_nothing() -> None:
    networks = encoders()
    with pytest.raises(ValueError, match="subsets"):
        MoPoE(CONFIG.replace(subsets=[["a"], ["nothing"]]), networks)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MoPoE(CONFIG, networks)


def test_training_one_is_training_the_other_as_the_warning_says() -> None:
    networks = encoders()
    first = MoPoE(CONFIG, networks)
    with pytest.warns(UserWarning, match="to train one is to train the other"):
        second = MoPoE(CONFIG, networks)
    with torch.no_grad():
        second.encoders["a"].linear.bias += 1
    assert torch.equal(first.encoders["a"].linear.bias, second.encoders["a"].linear.bias)
