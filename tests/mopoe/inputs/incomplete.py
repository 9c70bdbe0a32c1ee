"""Models and data of every kind with single entries missing, and all that a model can be asked about them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig

#: Modality → shape of one sample: a table (mlp), one-hot text (text1d), an image (conv28), and whole numbers (mlp).
DIMS = {"table": (4,), "text": (3, 5), "image": (1, 28, 28), "ids": (3,)}
NETWORKS = {"table": "mlp256", "text": "text1d", "image": "conv28_half", "ids": "mlp256"}
LENGTH = 6


def log_normal(recon: Tensor, target: Tensor) -> Tensor:
    """Positive numbers alone: NaN, and NaN gradients, at zero and below."""
    return torch.distributions.Normal(recon, 1.0).log_prob(target.log()) - target.log()


def poisson(recon: Tensor, target: Tensor) -> Tensor:
    """Counts, which torch refuses to take below zero."""
    return torch.distributions.Poisson(recon.clamp(max=5).exp()).log_prob(target.to(recon.dtype))


@dataclass(frozen=True)
class Kind:
    """What a model is made of.

    Attributes:
        subsets: of its configuration, as a tuple of tuples where they are listed.
        private: whether it has private latents.
        told: whether its encoders are told which entries are missing.
        table: likelihood of the table.
    """

    subsets: Any
    private: bool
    told: bool
    table: str


@functools.lru_cache(maxsize=32)
def model_of(kind: Kind) -> MoPoE:
    functions = {"log_normal": log_normal}
    config = MoPoEConfig(
        len(DIMS),
        3,
        DIMS,
        decoders_dist={
            "table": functions.get(kind.table, kind.table),
            "text": "categorical",
            "image": "bernoulli",
            "ids": poisson,
        },
        subsets=[list(s) for s in kind.subsets] if isinstance(kind.subsets, tuple) else kind.subsets,
        modalities_specific_dim=dict.fromkeys(DIMS, 2) if kind.private else None,
        masked_entries=list(DIMS) if kind.told else None,
        subset_draws=8,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return MoPoE(config, NETWORKS, NETWORKS).double().eval()


def data_of(kind: Kind, seed: int, length: int = LENGTH) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Data within the support, and masks: of entries, so that all of a modality may be missing; ids are integers."""
    generator = torch.Generator().manual_seed(seed)

    def normal(name: str) -> Tensor:
        return torch.randn(length, *DIMS[name], dtype=torch.float64, generator=generator)

    table = normal("table")
    data = {
        "table": table.exp() if kind.table == "log_normal" else table,
        "text": one_hot(normal("text").argmax(-1), 5).double(),
        "image": (normal("image") > 0).double(),
        "ids": normal("ids").abs().round().to(torch.int32),
    }
    masks = {name: torch.rand(x.shape, generator=generator) < 0.6 for name, x in data.items()}
    masks["text"] |= torch.rand(length, 3, 1, generator=generator) < 0.5  # whole characters too
    for name, mask in masks.items():
        mask[torch.rand(length, generator=generator) < 0.25] = False
        if name == "table":
            mask[:, 0] = True
    return data, masks


def whole(masks: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The masks, but for one-hot characters of which a part is missing: those say nothing."""
    return {**masks, "text": masks["text"].all(-1, keepdim=True).expand_as(masks["text"])}


def seeded(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def questions(model: MoPoE, inputs: Any, masks: Mapping[str, Tensor]) -> dict[str, Callable[[], Any]]:
    """What a model can be asked: name → tensors by whatever keys."""
    z = torch.randn(len(masks["table"]), 3, dtype=torch.float64, generator=seeded(3))
    latents = {"z": z, "modalities_z": dict.fromkeys(model.style_dims, z[:, :2])}
    noise = model.draw_noise(inputs, seeded())

    def experts() -> dict[str, Tensor]:
        seen = {name: mask.flatten(1).any(1) for name, mask in whole(masks).items()}
        found = model.modality_encode(inputs)
        return {f"{m} {key}": x[seen[m]] for m, expert in found.items() for key, x in expert.items()}

    def inference() -> dict[str, Any]:
        found = model.inference(inputs, seeded())
        mean, logvar = found["joint"]
        keys = ("mus", "logvars", "weights")
        return {**{key: found[key] for key in keys}, "mean": mean, "logvar": logvar}

    def joint_posterior() -> dict[str, Any]:
        q = model.joint_posterior(inputs, generator=seeded())
        return {"density": q.log_prob(z), "mean": q.mean}

    def bounds() -> dict[str, Any]:
        found = model.estimate_bounds(inputs, K=2, repeats=2, generator=seeded())
        return {"L_gen": found.generalised.value, "L_K": found.importance_weighted.value}

    return {
        "forward": lambda: model(inputs, generator=seeded()),
        "forward with noise": lambda: model(inputs, noise=noise),
        "encode": lambda: model.encode(inputs, N=2, ignore_incomplete=True, generator=seeded()),
        "encode table": lambda: model.encode(inputs, "table", return_mean=True),
        "predict": lambda: model.predict(inputs, "table", N=2, generator=seeded()),
        "modality_encode": experts,
        "inference": inference,
        "posterior": lambda: {"mean": model.posterior(inputs, "table").mean},
        "joint_posterior": joint_posterior,
        "log_likelihood": lambda: model.log_likelihood(inputs, latents),
        "mixture": lambda: {"nll": model.estimate_nll(inputs, K=4, generator=seeded()).nll},
        "product": lambda: _nll(model, inputs, proposal="product"),
        "prior": lambda: _nll(model, inputs, proposal="prior"),
        "of the table": lambda: _nll(model, inputs, proposal="table"),
        "conditional": lambda: {
            "nll": model.estimate_nll(table_and(inputs), "table", K=4, generator=seeded()).nll
        },
        "bounds": bounds,
        "joint nll": lambda: {"nll": model.compute_joint_nll(inputs, K=4, generator=seeded())},
    }


def _nll(model: MoPoE, inputs: Any, **asked: Any) -> dict[str, Tensor]:
    return {"nll": model.estimate_nll(inputs, K=4, generator=seeded(), **asked).nll}


def table_and(inputs: IncompleteDataset) -> IncompleteDataset:
    """The table alone, of inputs that hold more."""
    return IncompleteDataset({"table": inputs.data["table"]}, {"table": inputs.masks["table"]})


def tensors(answer: Any, where: str = "") -> dict[str, Tensor]:
    """All tensors of a nested answer by their place."""
    if isinstance(answer, Tensor):
        return {where: answer}
    found: dict[str, Tensor] = {}
    for key, value in answer.items() if isinstance(answer, Mapping) else ():
        found |= tensors(value, f"{where}.{key}")
    return found
