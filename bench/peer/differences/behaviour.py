"""Other behaviour, told by an error: what MultiVae does."""

from __future__ import annotations

import torch
from torch import Tensor

from workbench.paper.multivae.stand_ins import stand_in_for_torchvision

from .claims import claim, data, fails, make, torn

with stand_in_for_torchvision():
    from multivae.data.datasets.base import MultimodalBaseDataset
    from multivae.models import MoPoE, MoPoEConfig


@claim("Exceptions are ValueError and TypeError")
def exceptions() -> None:
    model = make()
    assert fails(AttributeError, lambda: model.encode(data(), "sound"))
    assert fails(KeyError, lambda: model.encode(data(), ["sound"]))
    assert fails(AttributeError, lambda: make(subsets=[["sound"]]))
    assert model.encode(data(), N=0).z.shape == (0, 4, 2)
    try:
        make(decoders_dist={"text": "gauss"})
    except Exception as error:
        assert type(error).__name__ == "ValidationError"


@claim("Any set of modalities conditions")
def unconfigured() -> None:
    assert fails(KeyError, lambda: make(subsets=[["text"]]).encode(data(), "image"))


@claim("A sample without a configured subset uses what it has")
def unavailable() -> None:
    assert fails(ValueError, lambda: make(subsets=[["text", "image"]])(torn()))


@claim("A function is a likelihood")
def function() -> None:
    def log_prob(recon: Tensor, target: Tensor) -> Tensor:
        return -(recon - target).abs()

    assert fails(ValueError, lambda: make(decoders_dist={"text": "normal", "image": log_prob}))
    assert fails(KeyError, lambda: make(decoders_dist={"image": "normal"})(data()))


@claim("The divergence comes with its parts")
def divergence() -> None:
    found = make().inference(data())
    assert set(make().calc_joint_divergence(found["mus"], found["logvars"], found["weights"])) == {
        "joint_divergence"
    }


@claim("Inputs may be a plain dict, of any type of number")
def inputs() -> None:
    x = data().data
    assert fails(AttributeError, lambda: make()(x))
    assert fails(RuntimeError, lambda: make()(MultimodalBaseDataset(x | {"text": x["text"].long()})))


@claim("Networks may be any module")
def modules() -> None:
    networks = {"a": torch.nn.Linear(2, 2)}
    assert fails(AttributeError, lambda: MoPoE(MoPoEConfig(n_modalities=1, latent_dim=2), networks, networks))
    model, met = make(), []
    model.decoders["text"].register_forward_hook(lambda module, given, found: met.append(given[0].shape))
    model.decode(model.encode(data(), N=3))
    assert met == [(3, 4, 2)]


@claim("Outputs answer to names alone")
def outputs() -> None:
    found = make()(data())
    assert found[0] is found.loss
    assert "modalities_z" not in make().encode(data())
    assert fails(ValueError, lambda: make().decode(torch.zeros(4, 2)))


@claim("The device is asked, not set")
def device() -> None:
    model = make()
    assert model.device is None
    model.device = "cpu"


@claim("What is not there")
def absent() -> None:
    named = ("update", "set_encoders", "set_subsets", "recon_log_probs", "load_from_hf_hub")
    assert all(hasattr(make(), name) for name in named)
    assert hasattr(make(), "_compute_joint_nll_from_subset_encoding")
    assert all(hasattr(MoPoEConfig, name) for name in ("save_json", "from_json_file"))
