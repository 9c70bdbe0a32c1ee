"""One example of every likelihood that has a word, for the tests that must hold whatever the likelihood.

A new word gets an ``Example`` in ``EXAMPLES``: what it is made with, how numbers become data in its support, and a
formula that is not its own, which autograd follows. It then takes part in the tests of densities, objectives,
missing modalities and estimates. Where it explains data of certain shapes alone, ``dims`` says one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.distributions import (
    Bernoulli,
    Categorical,
    ContinuousBernoulli,
    Distribution,
    Laplace,
    NegativeBinomial,
    Normal,
    OneHotCategorical,
    Poisson,
    StudentT,
)

SCALE, FREEDOM, THETA = 1.25, 3.5, 2.0
CUTS = [-1.0, 0.25, 3.0]


@dataclass(frozen=True)
class Example:
    """One likelihood.

    Attributes:
        data: standard normal numbers (B, *dims) → data in its support, of the same shape and type.
        log_prob: (recon, target) → ln p by event.
        mean: recon → expected data.
        params: what it is made with.
        dims: a shape of the data that it explains; ``None`` where it explains any.
    """

    data: Callable[[Tensor], Tensor]
    log_prob: Callable[[Tensor, Tensor], Tensor]
    mean: Callable[[Tensor], Tensor]
    params: Mapping[str, Any] = field(default_factory=dict)
    dims: tuple[int, ...] | None = None


def by(
    distribution: Callable[[Tensor], Distribution], data: Callable[[Tensor], Tensor], **params: Any
) -> Example:
    """An example whose formula is a distribution of torch."""
    return Example(
        data,
        lambda recon, target: distribution(recon).log_prob(target),
        lambda recon: distribution(recon).mean,
        params,
    )


def itself(x: Tensor) -> Tensor:
    return x


def positive(x: Tensor) -> Tensor:
    return (x > 0).to(x.dtype)


def one_hot(x: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(x.argmax(-1), x.shape[-1]).to(x.dtype)


def levels(x: Tensor) -> Tensor:
    return torch.bucketize(x, torch.tensor([-0.7, 0.0, 0.7]).to(x)).to(x.dtype)


def counts(x: Tensor) -> Tensor:
    return (2 * x.exp()).floor()


def level_probabilities(recon: Tensor) -> Tensor:
    below = torch.sigmoid(torch.tensor(CUTS).to(recon) - recon[..., None])
    return torch.nn.functional.pad(below, (0, 1), value=1.0).diff(
        dim=-1, prepend=torch.zeros_like(recon)[..., None]
    )


def negative_binomial(log_rate: Tensor) -> NegativeBinomial:
    return NegativeBinomial(torch.full_like(log_rate, THETA), logits=log_rate - math.log(THETA))


def zero_inflated(recon: Tensor, target: Tensor) -> Tensor:
    lost = torch.sigmoid(recon[..., 1])
    counted = negative_binomial(recon[..., 0]).log_prob(target).exp()
    return ((1 - lost) * counted + lost * (target == 0)).log()


def two_columns_and_one(recon: Tensor, target: Tensor) -> Tensor:
    numbers = Normal(recon[..., :2], SCALE).log_prob(target[..., [0, 2]])
    return torch.cat([numbers, Bernoulli(logits=recon[..., 2:]).log_prob(target[..., [1]])], -1)


def two_columns_and_one_mean(recon: Tensor) -> Tensor:
    return torch.stack([recon[..., 0], torch.sigmoid(recon[..., 2]), recon[..., 1]], -1)


EXAMPLES: dict[str, Example] = {
    "normal": by(lambda r: Normal(r, SCALE), itself, scale=SCALE),
    "laplace": by(lambda r: Laplace(r, SCALE), itself, scale=SCALE),
    "student_t": by(lambda r: StudentT(FREEDOM, r, SCALE), itself, scale=SCALE, degrees_of_freedom=FREEDOM),
    "bernoulli": by(lambda r: Bernoulli(logits=r), positive),
    # Torch approximates near p = 1/2 unless it is told not to.
    "continuous_bernoulli": by(lambda r: ContinuousBernoulli(logits=r, lims=(0.5, 0.5)), torch.sigmoid),
    "categorical": by(lambda r: OneHotCategorical(logits=r), one_hot),
    "ordinal": Example(
        levels,
        lambda recon, target: Categorical(probs=level_probabilities(recon)).log_prob(target),
        lambda recon: (level_probabilities(recon) * torch.arange(4).to(recon)).sum(-1),
        {"n_levels": 4, "cuts": CUTS},
    ),
    "poisson": by(lambda r: Poisson(r.exp()), counts),
    "negative_binomial": by(negative_binomial, counts, inverse_dispersion=THETA),
    "zero_inflated_negative_binomial": Example(
        counts,
        zero_inflated,
        lambda recon: torch.sigmoid(-recon[..., 1]) * recon[..., 0].exp(),
        {"inverse_dispersion": THETA},
    ),
    "mixed": Example(
        lambda x: torch.stack([x[..., 0], positive(x[..., 1]), x[..., 2]], -1),
        two_columns_and_one,
        two_columns_and_one_mean,
        {
            "parts": [
                {"columns": [0, 2], "likelihood": "normal", "scale": SCALE},
                {"columns": [1], "likelihood": "bernoulli"},
            ]
        },
        (3,),
    ),
}
#: Words whose data have any shape.
WORDS = [word for word, example in EXAMPLES.items() if example.dims is None]


def settings(word: str, modalities: Iterable[str] = "abc") -> dict[str, dict[str, Any]]:
    """Fields of a config in which all of ``modalities`` have the likelihood of an example."""
    modalities = list(modalities)
    return {
        "decoders_dist": dict.fromkeys(modalities, word),
        "decoder_dist_params": {name: dict(EXAMPLES[word].params) for name in modalities},
    }
