"""The published estimators go wrong as described, and the analyses say by how much."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from mopoe import MoPoE
from workbench.datasets import LinearGaussian, MultimodalDataset
from workbench.datasets.linear_gaussian.model import linear_gaussian_model
from workbench.topics.elbo.ladder import bound_ladder
from workbench.topics.likelihoods.published_estimators import (
    ONE_COMPONENT,
    RIGHT,
    WRONG_AXIS,
    compare_estimators,
    one_component_an_image,
    place_in_the_batch,
    reduced_over_the_wrong_axis,
)

DIMS = {"a": 2, "b": 3, "c": 2}
World = tuple[LinearGaussian, MoPoE, dict[str, Tensor]]


@pytest.fixture(scope="module")
def world() -> World:
    truth = LinearGaussian.random(DIMS, 2, noise=0.8, seed=5)
    return truth, linear_gaussian_model(truth, widening=1.5, shift=0.3), truth.sample(21, seed=1)[0]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_wrong_axis_averages_over_images(world: World) -> None:
    """Rebuilt by loops: entry b of the result is made of the b-th run of K weights, one draw after the other."""
    _, model, data = world
    found = reduced_over_the_wrong_axis(model, data, 10, generator())
    weights = model.estimate_nll(data, K=10, proposal="product", generator=generator()).log_weights
    [log_weights] = weights.values()
    in_order = [float(log_weights[k, b]) for k in range(10) for b in range(21)]
    for b in range(21):
        run = in_order[10 * b : 10 * (b + 1)]
        assert float(found[b]) == pytest.approx(-math.log(sum(math.exp(w) for w in run) / 10))


def test_with_one_image_the_wrong_axis_is_the_right_one(world: World) -> None:
    _, model, data = world
    one = {m: x[:1] for m, x in data.items()}
    found = reduced_over_the_wrong_axis(model, one, 50, generator())
    torch.testing.assert_close(
        found, model.estimate_nll(one, K=50, proposal="product", generator=generator()).nll
    )


@pytest.mark.slow
def test_one_component_depends_on_the_place_and_a_small_batch_gets_the_full_subset(world: World) -> None:
    """E of one component's weights is known: ∫ q_s(z) p(x, z) / q(z) dz, here by many draws from the mixture."""
    truth, model, data = world
    batches = {
        1: [6],
        7: list(range(7)),
        10: [*range(7), 6, 6, 6],
        14: [s for s in range(7) for _ in range(2)],
    }
    posteriors = model.inference(data)
    for length, components in batches.items():
        same = {m: x[:1].expand(length, -1) for m, x in data.items()}
        found = one_component_an_image(model, truth, same, 40_000, generator(1))
        z = model.joint_posterior({m: x[:1] for m, x in data.items()}).sample((100_000,))
        joint = model.joint_posterior({m: x[:1] for m, x in data.items()}).log_prob(z)[:, 0]
        target = truth.log_likelihood(data, z)[:, 0] - 0.5 * (z.square() + math.log(2 * math.pi)).sum((1, 2))
        for place, s in enumerate(components):
            mu, logvar = posteriors["mus"][s, 0], posteriors["logvars"][s, 0]
            component = -0.5 * ((z[:, 0] - mu).square() / logvar.exp() + logvar + math.log(2 * math.pi)).sum(
                1
            )
            expected = -torch.log(torch.exp(target + component - 2 * joint).mean())
            assert float(found[place]) == pytest.approx(float(expected), abs=0.05), (length, place)


def test_only_the_right_one_gets_better(world: World) -> None:
    truth, model, data = world
    found = compare_estimators(model, truth, data, (20, 2_000), repeats=8)
    assert found.draws == [20, 2_000]
    assert found.exact == pytest.approx(-float(truth.log_prob(data).mean()))
    rms = {name: np.sqrt((values**2).mean(1)) for name, values in found.errors.items()}
    assert {name: values.shape for name, values in found.errors.items()} == dict.fromkeys(rms, (2, 8))
    assert rms[RIGHT][1] < rms[RIGHT][0] / 5
    for wrong in (ONE_COMPONENT, WRONG_AXIS):
        assert rms[wrong][1] > 20 * rms[RIGHT][1]
        assert rms[wrong][1] > 0.5 * rms[wrong][0]


def test_only_the_right_one_is_the_same_everywhere(world: World) -> None:
    truth, model, data = world
    found = place_in_the_batch(model, truth, data, K=400)
    assert found.exact == pytest.approx(-float(truth.log_prob(data)[0]))
    spread = {name: values.std() for name, values in found.values.items()}
    assert all(values.shape == (21,) for values in found.values.values())
    assert spread[RIGHT] < spread[ONE_COMPONENT] / 3 and spread[RIGHT] < spread[WRONG_AXIS] / 3
    assert abs(found.values[RIGHT].mean() - found.exact) < 5 * spread[RIGHT] / math.sqrt(21)


def test_the_ladder_leads_up_to_the_evidence(world: World) -> None:
    truth, model, data = world
    dataset = MultimodalDataset(data)
    ladder = bound_ladder(model, dataset, (4, 64), total=512, truth=truth)
    assert ladder.names == ["generalised ELBO", "mixture ELBO", "K = 4", "K = 64"]
    assert ladder.values == sorted(ladder.values)
    assert ladder.evidence == pytest.approx(float(truth.log_prob(data).mean()))
    assert abs(ladder.values[-1] - ladder.evidence) < 0.05
    assert len(ladder.errors) == 4 and min(ladder.errors) > 0
    assert bound_ladder(model, dataset, (2,), total=4).evidence is None
