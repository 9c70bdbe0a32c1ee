"""The loss, averaged over its draws, against closed forms on a linear-Gaussian model."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from mopoe import ModelOutput
from workbench.datasets import exact_elbo

TIMES = 20_000
Experts = dict[str, ModelOutput]


def product(experts: Experts, subset: tuple[str, ...], prior_expert: bool) -> tuple[Tensor, Tensor]:
    """Mean and diagonal covariance of the product of some experts, by summing precisions."""
    precision = sum(torch.exp(-experts[m].log_covariance) for m in subset) + int(prior_expert)
    mean = sum(torch.exp(-experts[m].log_covariance) * experts[m].embedding for m in subset) / precision
    return mean, (1 / precision).diag_embed()


def generalised_elbo(world: Any, experts: Experts, private: Any) -> Tensor:
    """Mean of the subsets' ELBOs (Sutter et al. 2021); a prior expert joins the full subset."""
    elbos = [
        exact_elbo(world.truth, world.data, product(experts, subset, len(subset) == 3), private)
        for subset in world.model.all_subsets()
    ]
    return torch.stack(elbos).mean(0)


def mvae_elbo(world: Any, experts: Experts, private: Any) -> Tensor:
    """ELBO of the product of all experts and the prior (Wu and Goodman 2018, equation 2)."""
    precision = torch.ones_like(experts["a"].embedding)
    weighted = torch.zeros_like(precision)
    for expert in experts.values():
        variance = torch.exp(expert.log_covariance)
        precision, weighted = precision + 1 / variance, weighted + expert.embedding / variance
    return exact_elbo(world.truth, world.data, (weighted / precision, (1 / precision).diag_embed()), private)


def mmvae_elbo(world: Any, experts: Experts, private: Any) -> Tensor:
    """Mean of the experts' ELBOs: the stratified bound of a mixture of experts (Shi et al. 2019)."""
    total = torch.zeros(len(world.data["a"]), dtype=torch.float64)
    for expert in experts.values():
        q = expert.embedding, torch.exp(expert.log_covariance).diag_embed()
        total = total + exact_elbo(world.truth, world.data, q, private)
    return total / len(experts)


OBJECTIVES = {"mopoe": generalised_elbo, "poe": mvae_elbo, "moe": mmvae_elbo}


@pytest.mark.parametrize("private", [False, True], ids=["shared", "private"])
@pytest.mark.parametrize("family", list(OBJECTIVES))
@torch.no_grad()
def test_the_loss_averages_to_the_exact_objective_of_its_family(
    family: str, private: bool, linear_world: Callable[..., Any]
) -> None:
    world = linear_world(3, private, subsets=family, length=1)
    experts = world.model.modality_encode(world.data)
    styles = {
        m: (experts[m].style_embedding, torch.exp(experts[m].style_log_covariance).diag_embed())
        for m in world.truth.private_loadings
    }
    exact = -float(OBJECTIVES[family](world, experts, styles))
    losses = torch.stack(
        [
            world.model(world.repeated(0, TIMES // 20), generator=torch.Generator().manual_seed(seed)).loss
            for seed in range(20)
        ]
    )
    error = float(losses.std()) / math.sqrt(len(losses))
    # With 19 degrees of freedom, beyond 4.6 standard errors once in 5,000.
    assert abs(float(losses.mean()) - exact) < 4.6 * error
    assert error < 0.1, "too blunt to find anything"


def test_the_families_differ_here(linear_world: Callable[..., Any]) -> None:
    """Else the test above would not tell them apart."""
    world = linear_world(3, length=1)
    with torch.no_grad():
        experts = world.model.modality_encode(world.data)
        values = sorted(float(objective(world, experts, {})) for objective in OBJECTIVES.values())
    assert values[1] - values[0] > 4.6 * 0.1 and values[2] - values[1] > 4.6 * 0.1
