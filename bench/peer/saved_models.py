"""Writes the models of MultiVae that tests convert: its own configuration, the weights, and what it answers.

``.venv-peer/bin/python -m bench.peer.saved_models`` after ``make .venv-peer/.ready``. Weights are such as eight bits
hold, so that they are small; the answers are computed from the very same ones, in double precision.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from workbench.paper.multivae.stand_ins import stand_in_for_torchvision

with stand_in_for_torchvision():
    from multivae.data.datasets.base import MultimodalBaseDataset
    from multivae.models import MoPoE, MoPoEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn.base_architectures import BaseDecoder, BaseEncoder

OUT = Path(__file__).parents[2] / "tests" / "mopoe" / "multivae" / "peer_files"
SAMPLES = 6
# Makes the experts of untrained networks differ from each other and from the prior.
GAIN = 4


class OwnEncoder(BaseEncoder):
    """What a user of MultiVae may have written; a test holds the same in plain PyTorch."""

    def __init__(self, size: int, latent_dim: int) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.both = nn.Linear(size, 2 * latent_dim)

    def forward(self, x: Tensor) -> ModelOutput:
        mean, log_variance = self.both(torch.tanh(x)).chunk(2, -1)
        return ModelOutput(embedding=mean, log_covariance=log_variance)


class OwnDecoder(BaseDecoder):
    """Likewise."""

    def __init__(self, size: int, latent_dim: int) -> None:
        super().__init__()
        self.back = nn.Linear(latent_dim, size)

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.back(z))


def models() -> dict[str, MoPoE]:
    own = {"b": 2, "c": 3, "a": 4}
    return {
        "default": MoPoE(
            MoPoEConfig(
                n_modalities=2,
                latent_dim=3,
                # Not in the order of the alphabet, in which MultiVae names subsets.
                input_dims={"text": (3,), "image": (1, 4, 4)},
                decoders_dist={"text": "bernoulli", "image": "normal"},
                decoder_dist_params={"image": {"scale": 0.75}},
                uses_likelihood_rescaling=True,
                beta=2.5,
            )
        ),
        "private": MoPoE(
            MoPoEConfig(
                n_modalities=2,
                latent_dim=3,
                input_dims={"word": (2, 5), "image": (2, 2)},
                decoders_dist={"word": "categorical", "image": "laplace"},
                decoder_dist_params={"image": {"scale": 0.5}},
                modalities_specific_dim={"word": 1, "image": 2},
                beta_style=0.5,
            )
        ),
        "own_networks": MoPoE(
            MoPoEConfig(n_modalities=3, latent_dim=2, subsets=[["b", "a"], ["c"], ["c", "b", "a"]]),
            {name: OwnEncoder(size, 2) for name, size in own.items()},
            {name: OwnDecoder(size, 2) for name, size in own.items()},
        ),
    }


def data_of(model: MoPoE) -> dict[str, Tensor]:
    data = {}
    for name, kind in model.model_config.decoders_dist.items():
        dims = model.input_dims[name] if model.input_dims else (model.decoders[name].back.out_features,)
        x = torch.randn(SAMPLES, *dims, dtype=torch.float64)
        x = (x > 0).double() if kind == "bernoulli" else x
        data[name] = nn.functional.one_hot(x.argmax(-1), dims[-1]).double() if kind == "categorical" else x
    return data


@torch.no_grad()
def answers(model: MoPoE, data: dict[str, Tensor]) -> dict[str, Tensor]:
    """Posteriors, decoders' outputs, ln p(x_m|z) and the divergence; each entry's name says of what."""
    found = model.inference(MultimodalBaseDataset(data))
    divergence = model.calc_joint_divergence(found["mus"], found["logvars"], found["weights"])
    styles = model.model_config.modalities_specific_dim or {}
    latents = ModelOutput(
        z=torch.randn(SAMPLES, model.latent_dim, dtype=torch.float64),
        one_latent_space=not styles,
        modalities_z={name: torch.randn(SAMPLES, size, dtype=torch.float64) for name, size in styles.items()},
    )
    recons = model.decode(latents)
    entries = {f"data.{name}": x for name, x in data.items()}
    for key, (mu, logvar) in found["subsets"].items():
        entries |= {f"mu.{key}": mu, f"logvar.{key}": logvar}
    for name, expert in found["modalities"].items():
        if styles:
            entries[f"style_mu.{name}"] = expert.style_embedding
            entries[f"style_logvar.{name}"] = expert.style_log_covariance
    entries |= {"z": latents.z, "divergence": divergence["joint_divergence"]}
    entries |= {f"w.{name}": w for name, w in latents.modalities_z.items()}
    for name, recon in recons.items():
        log_prob = model.recon_log_probs[name](recon, data[name]).reshape(SAMPLES, -1).sum(-1)
        factor = torch.tensor(float(model.rescale_factors[name]))
        entries |= {f"recon.{name}": recon, f"log_prob.{name}": log_prob, f"factor.{name}": factor}
    return entries


def write(name: str, model: MoPoE, out: Path) -> None:
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    for parameter in model.parameters():
        parameter.data = (GAIN * parameter.data).to(torch.float8_e4m3fn).float()
    weights: dict[str, Any] = {
        key: tensor.to(torch.float8_e4m3fn) for key, tensor in model.state_dict().items()
    }
    save_file(weights, folder / "weights.safetensors")
    with tempfile.TemporaryDirectory() as saved:
        model.save(saved)
        (folder / "model_config.json").write_bytes((Path(saved) / "model_config.json").read_bytes())
    model = model.double().eval()
    found = answers(model, data_of(model))
    save_file({key: tensor.contiguous() for key, tensor in found.items()}, folder / "answers.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    torch.manual_seed(0)
    for name, model in models().items():
        write(name, model, options.out)


if __name__ == "__main__":
    main()
