"""Subsets that are sampled: without bias on an exact model, and at the cost of what is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig
from mopoe.fusion.sampled import SUBSET_DISTRIBUTIONS

FIVE: dict[str, tuple[int, ...]] = dict.fromkeys("abcde", (2,))
REPEATS = 400


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def averaged(draw: Callable[[], list[Tensor]]) -> tuple[list[Tensor], list[Tensor]]:
    """Means of repeated draws and their standard errors."""
    columns = [torch.stack(column) for column in zip(*(draw() for _ in range(REPEATS)), strict=True)]
    return [c.mean(0) for c in columns], [c.std(0) / math.sqrt(REPEATS) for c in columns]


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
@pytest.mark.parametrize("distribution", SUBSET_DISTRIBUTIONS)
def test_loss_and_gradient_have_no_bias(
    distribution: str, missing: bool, small_model: Any, support_data: Any
) -> None:
    """Three of 31 subsets at a time: their average divergence and its gradient are those of all, listed."""
    model = small_model(input_dims=FIVE, beta=1.5)
    data: Any = support_data(dims=FIVE)
    if missing:
        observed = torch.rand(5, 5, generator=generator(1)) < 0.6
        observed[0] = True
        data = IncompleteDataset(data, dict(zip(FIVE, observed, strict=True)))
    sampled = model.sharing_networks(subsets=distribution, subset_draws=3)
    weights = [p for network in model.encoders.values() for p in network.parameters()]
    noise = generator(2)

    def draw() -> list[Tensor]:
        value = sampled(data, generator=noise).metrics.joint_divergence
        return [value.detach(), *torch.autograd.grad(value, weights)]

    def exact() -> list[Tensor]:
        """Sample by sample, as sizes are as probable as a sample's own modalities make them."""
        total = torch.zeros((), dtype=torch.float64)
        for b in range(5):
            seen = [m for i, m in enumerate(FIVE) if not missing or bool(observed[i, b])]
            one = {m: x[b : b + 1] for m, x in (data.data if missing else data).items()}
            experts = model.modality_encode(one)
            subsets = [s for s in model.all_subsets() if set(s) <= set(seen)]
            for s in subsets:
                p = (
                    1 / len(subsets)
                    if distribution == "sampled"
                    else 1 / (len(seen) * math.comb(len(seen), len(s)))
                )
                precision = sum(torch.exp(-experts[m].log_covariance) for m in s) + int(len(s) == 5)
                mean = (
                    sum(torch.exp(-experts[m].log_covariance) * experts[m].embedding for m in s) / precision
                )
                total = total + p * 0.5 * (mean**2 + 1 / precision - 1 + precision.log()).sum() / 5
        return [total.detach(), *torch.autograd.grad(total, weights)]

    for mean, error, expected in zip(*averaged(draw), exact(), strict=True):
        assert bool((error > 0).any())
        assert bool(((mean - expected).abs() < 4.5 * error + 1e-12).all())


def test_the_reconstruction_meets_every_component_with_its_probability(small_model: Any) -> None:
    """Component choice within what was drawn leaves each sample each subset as often as the distribution says."""
    model = small_model(input_dims=FIVE, subsets="sampled_by_size", subset_draws=4)
    data = {m: torch.zeros(3, 2, dtype=torch.float64) for m in FIVE}
    noise, sizes = generator(3), torch.zeros(3, 6)
    for _ in range(4_000):
        drawn = model.draw_noise(data, noise)
        chosen = drawn.mixture.taken(drawn.components).membership[0]
        sizes[torch.arange(3), chosen.expand(3, -1).sum(-1)] += 1
    shares = sizes[:, 1:] / 4_000
    assert bool(((shares - 0.2).abs() < 4.5 * math.sqrt(0.16 / 4_000)).all())


@pytest.mark.slow
@pytest.mark.parametrize("distribution", SUBSET_DISTRIBUTIONS)
def test_the_likelihood_has_the_bias_of_its_logarithm_and_no_other(
    distribution: str, linear_world: Any
) -> None:
    """Weights by the density of the very mixture that was drawn from average to p(x), however few subsets."""
    world = linear_world(5)
    model = world.model.sharing_networks(subsets=distribution, subset_draws=4)
    found = model.estimate_nll(world.data, K=20_000, generator=generator(0))
    exact = -world.truth.log_prob(world.data)
    z = (found.nll - exact) / found.standard_error
    assert float(z.abs().max()) < 4.5
    noise = generator(1)
    ratios = torch.stack(
        [torch.exp(exact - model.estimate_nll(world.data, K=8, generator=noise).nll) for _ in range(REPEATS)]
    )
    error = ratios.mean(1).std() / math.sqrt(REPEATS)
    assert abs(float(ratios.mean() - 1)) < 4.5 * float(error)


@pytest.mark.slow
def test_the_mixtures_bound_is_too_low_by_what_was_not_drawn(linear_world: Any) -> None:
    """L_generalised has no bias. L_mixture gains over it what components differ by: ln 2 at most with two of them.

    KL is convex, so the average KL of mixtures of some subsets exceeds that of the mixture of all.
    """
    world = linear_world(5)
    listed = world.model.estimate_bounds(world.data, K=1, repeats=4_000, generator=generator(0))
    few = world.model.sharing_networks(subsets="sampled", subset_draws=2)
    noise, times = generator(1), 150
    found = [few.estimate_bounds(world.data, K=1, repeats=200, generator=noise) for _ in range(times)]
    generalised = torch.tensor([f.generalised.mean().value for f in found])
    gains = torch.tensor([f.mixture.mean().value - f.generalised.mean().value for f in found])
    full = listed.mixture.mean().value - listed.generalised.mean().value
    error = 4.5 * float(generalised.std()) / math.sqrt(times)
    assert abs(float(generalised.mean()) - listed.generalised.mean().value) < error
    error = 4.5 * float(gains.std()) / math.sqrt(times)
    assert -error < float(gains.mean()) < min(math.log(2), full) - error


@pytest.mark.slow
def test_errors_hold_what_is_left_to_the_choice_of_subsets(small_model: Any, support_data: Any) -> None:
    """Five very different experts: the spread of repeated estimates is the error that each of them reports."""
    model = small_model(input_dims=FIVE, subsets="sampled", subset_draws=3)
    with torch.no_grad():
        for i, network in enumerate(model.encoders.values()):
            network.heads["embedding"].bias += 2.0 * (i - 2)
    data, noise = support_data(dims=FIVE, length=6), generator(0)
    found = [model.estimate_bounds(data, K=1, repeats=160, generator=noise).generalised for _ in range(80)]
    spread = torch.stack([f.value for f in found]).std(0)
    reported = torch.stack([f.standard_error for f in found]).square().mean(0).sqrt()
    assert bool(((reported / spread).log().abs() < 0.35).all()), (reported, spread)
    # Weights need more subsets than that, lest their logarithm be far from normal.
    model = model.sharing_networks(subset_draws=12)
    nlls = [model.estimate_nll(data, K=480, generator=noise) for _ in range(80)]
    assert {f.mixtures for f in nlls} == {16}
    assert model.estimate_nll(data, K=17, generator=noise).mixtures == 1
    assert model.sharing_networks(subsets="mopoe").estimate_nll(data, K=160, generator=noise).mixtures == 1
    spread = torch.stack([f.nll for f in nlls]).std(0)
    reported = torch.stack([f.standard_error for f in nlls]).square().mean(0).sqrt()
    assert bool(((reported / spread).log().abs() < 0.5).all()), (reported, spread)


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
def test_thirty_two_modalities(missing: bool, small_model: Any, support_data: Any) -> None:
    dims: dict[str, tuple[int, ...]] = {f"m{i}": (2,) for i in range(32)}
    model = small_model(input_dims=dims, subsets="sampled_by_size", subset_draws=16)
    data: Any = support_data(length=6, dims=dims)
    if missing:
        observed = torch.rand(32, 6, generator=generator(0)) < 0.5
        observed[0] = True
        data = IncompleteDataset(data, dict(zip(dims, observed, strict=True)))
    output = model(data)
    output.loss.backward()
    assert all(bool(torch.isfinite(p.grad).all()) for p in model.parameters() if p.grad is not None)
    found = model.inference(data)
    assert found["mus"].shape == (16, 6, 2)
    assert found["membership"].shape == ((16, 6, 32) if missing else (16, 32))
    assert model.estimate_nll(data, K=50).nll.shape == (6,)
    assert model.joint_posterior(data).sample().shape == (6, 2)
    assert model.predict(data, cond_mod=["m0"], gen_mod="m31")["m31"].shape == (6, 2)
    few = model.sharing_networks(subsets=[["m0"], ["m0", "m1"]])
    assert len(few.subsets) == 2


def test_within_some_modalities_only_their_subsets_are_drawn(small_model: Any, support_data: Any) -> None:
    """The same posterior whether the other modalities are left out or lack."""
    model = small_model(input_dims=FIVE, subsets="sampled", subset_draws=7)
    data = support_data(dims=FIVE)
    within = model.joint_posterior({m: data[m] for m in "ab"}, within=["a", "b"], generator=generator(0))
    masks = {m: torch.full((5,), m in "ab") for m in FIVE}
    lacking = model.joint_posterior(IncompleteDataset(data, masks), generator=generator(0))
    torch.testing.assert_close(within.mean, lacking.mean)
    torch.testing.assert_close(within.variance, lacking.variance)


def test_sampled_subsets_survive_saving(tmp_path: Any) -> None:
    config = MoPoEConfig(5, 2, dict(FIVE), subsets="sampled_by_size", subset_draws=9)
    MoPoE(config).save_pretrained(tmp_path)
    again = MoPoE.from_pretrained(tmp_path).model_config
    assert (again.subsets, again.subset_draws) == ("sampled_by_size", 9)


def test_what_sampled_subsets_cannot_do_is_said() -> None:
    model = MoPoE(MoPoEConfig(32, 2, {f"m{i}": (2,) for i in range(32)}, subsets="sampled"))
    with pytest.raises(ValueError, match=r"subsets: expected subsets that are listed, got 'sampled'"):
        _ = model.subsets
    with pytest.raises(
        ValueError, match="at most 20 modalities to list all subsets of, got 32 with 4,294,967,295"
    ):
        model.all_subsets()
    with pytest.raises(ValueError, match="draw them: subsets='sampled'"):
        MoPoEConfig(32, 2, {f"m{i}": (2,) for i in range(32)})
    with pytest.raises(ValueError, match="subset_draws: expected at least 1, got 0"):
        MoPoEConfig(2, 2, subset_draws=0)
    with pytest.raises(ValueError, match="expected one of poe, moe, mopoe, sampled, sampled_by_size"):
        MoPoEConfig(2, 2, subsets="some")


def test_samples_that_show_nothing_to_draw_subsets_of_are_refused(
    small_model: Any, support_data: Any
) -> None:
    model, masks = small_model(subsets="sampled"), {m: torch.ones(5, dtype=torch.bool) for m in "abc"}
    masks["a"] = torch.tensor([True, False, True, True, False])
    data = IncompleteDataset(support_data(), masks)
    with pytest.raises(ValueError, match=r"samples \[1, 4\] show no modality"):
        model.joint_posterior(data, within="a")


def test_a_notebook_shows_a_model_of_sampled_subsets(small_model: Any) -> None:
    shown = small_model(subsets="sampled_by_size", subset_draws=7)._repr_html_()
    assert "7 subsets drawn (sampled_by_size)" in shown
