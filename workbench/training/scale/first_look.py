"""A look at the data before the first step, so that numbers that cannot work are told before any work is done."""

from __future__ import annotations

import contextlib
import copy
import math
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mopoe.data import masks_of

from ..config import TrainConfig
from ..loss_terms import LossTerms
from ..parallel.launch import rank
from ..seeding import seeded
from .broken import broken_modalities
from .ranges import FARTHEST, ROOT_MEAN_SQUARE, Range, by_kind, held_in_tensors, ranges_of, remedies, spaced

_SAMPLES = 64
_FARTHEST_SAMPLES = 8


def look_at_data(model: nn.Module, train: Any, validation: Any, config: TrainConfig) -> None:
    """Refuse data whose numbers break the model at its first step; warn of others far from the unit scale.

    It passes over the data once. Only where it finds numbers far from the unit scale, and where an encoder is given
    them as they are, 64 samples, those with the farthest numbers among them, pass through the model. What a
    likelihood has told to encoders in other words, as the logarithm of counts, is not far, and no warning is about
    a modality whose encoder is the user's own, as it may bring its data to scale itself.

    Args:
        model: any; of one that is no MoPoE nothing is said.
        train: training data.
        validation: validation data.
        config: gives precision and seed.

    Raises:
        ValueError: loss or gradient are not finite; the message names the modalities where it began, their ranges
            and a remedy.
    """
    if not hasattr(model, "modality_encode") or not hasattr(model, "likelihoods"):
        return
    likelihoods: Any = model.likelihoods
    said: set[str] = set()
    for split, data in (("train", train), ("validation", validation)):
        with seeded(
            config.seed, next(model.parameters()).device
        ):  # samples may be drawn when they are asked for
            held = held_in_tensors(data)
        far = {
            name: by_kind(found, likelihoods[name]) for name, found in ranges_of(held).items() if found.far
        }
        rows = {name: _farthest(held, name) for name in far}
        far = {name: found for name, found in far.items() if _reaches_encoder(model, name, held, rows[name])}
        if far:
            probed = torch.cat([spaced(len(held), _SAMPLES), *(rows[name] for name in far)]).unique()
            broken = _first_faults(model, held[probed.to(rows[next(iter(far))].device)], config)
            told = {name: f"{found}, sample {int(rows[name][0])} the farthest" for name, found in far.items()}
            told = told if held is data else {name: str(found) for name, found in far.items()}
            _require_sound(split, far, broken, told)
            said |= _warn(model, far, split, said, config)


def _farthest(data: Any, name: str) -> Tensor:
    """Rows with the farthest numbers of a modality, the farthest first."""
    x = _observed(data, name)
    most = x.abs().reshape(len(x), -1).amax(1)
    return most.topk(min(_FARTHEST_SAMPLES, len(most))).indices


def _observed(data: Any, name: str, rows: Any = slice(None)) -> Tensor:
    """Numbers with zeros where they were not observed."""
    x, mask = data.data[name][rows], (masks_of(data) or {}).get(name)
    if mask is not None:
        mask = mask[rows].bool()
        x = x.where(mask.reshape(*mask.shape, *[1] * (x.ndim - mask.ndim)), 0)
    return x.nan_to_num(0)


def _reaches_encoder(model: Any, name: str, data: Any, rows: Tensor) -> bool:
    """Whether the encoder is given numbers far from the unit scale."""
    likelihood, x = model.likelihoods[name], _observed(data, name, rows)
    if likelihood.n_ids or (likelihood.keeps_integers and not x.is_floating_point()):
        return False  # ids of classes or tokens
    if model.network_names["encoders"][name] is None:
        return True
    sizes = likelihood.features(x).double().abs()
    return bool((sizes > FARTHEST).any() or sizes.square().mean().sqrt() > ROOT_MEAN_SQUARE)


def _require_sound(
    split: str, far: dict[str, Range], broken: Mapping[str, str], told: Mapping[str, str]
) -> None:
    blamed = [name for name in far if name in broken]
    if blamed:
        raise ValueError(
            f"{split}: the loss is not finite before any weight has changed, as numbers are far from the unit scale. "
            + "; ".join(f"{told[name]}: {broken[name]}" for name in blamed)
            + f". {remedies(far[name] for name in blamed)}"
        )


def _warn(model: Any, far: dict[str, Range], split: str, said: set[str], config: TrainConfig) -> set[str]:
    """Modalities that were told of."""
    new = {
        name: found
        for name, found in far.items()
        if name not in said and model.network_names["encoders"][name] is not None
    }
    if new and (config.devices == 1 or rank() == 0):
        listed = "; ".join(map(str, new.values()))
        alone = (
            "; the training data are not, so transform both by one scaler" if split == "validation" else ""
        )
        warnings.warn(
            f"{split}: numbers far from the unit scale train badly{alone}. {listed}. {remedies(new.values())}",
            UserWarning,
            stacklevel=4,
        )
    return set(new)


def _first_faults(model: nn.Module, batch: Any, config: TrainConfig) -> dict[str, str]:
    """Modality → what breaks there in the first step; the model is left as it was."""
    home = next(model.parameters()).device
    if config.precision == "64-true":
        model = copy.deepcopy(model).double()
    batch = batch.to(home)
    half = torch.autocast(home.type, torch.bfloat16, enabled=config.precision == "bf16-mixed")
    with _as_in_training(model), seeded(config.seed, home), torch.enable_grad(), half:
        output: Any = model(batch)
        weights = [weight for weight in model.parameters() if weight.requires_grad]
        gradients = torch.autograd.grad(output.loss, weights, allow_unused=True)
        norm = nn.utils.get_total_norm([gradient for gradient in gradients if gradient is not None])
        terms = LossTerms.of(output, norm)
        if terms.finite:
            return {}
        names = [name for name, value in terms.read().items() if not math.isfinite(value)]
        return broken_modalities(model, batch, names)


@contextlib.contextmanager
def _as_in_training(model: nn.Module) -> Iterator[None]:
    """Training mode inside; modes and running statistics as they were again afterwards."""
    modes = [(module, module.training) for module in model.modules()]
    statistics = [(buffer, buffer.clone()) for buffer in model.buffers()]
    model.train()
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, before in statistics:
                buffer.copy_(before)
        for module, training in modes:
            module.training = training
