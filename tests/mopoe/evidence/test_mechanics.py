"""How likelihoods are computed: order and size of batches, chunks, few draws, random numbers, modes."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from mopoe import IncompleteDataset, MoPoE, NLLEstimate
from mopoe.evidence.proposals import MixtureProposal
from tests.mopoe.likelihoods.examples import WORDS, settings

STYLES = {"a": 1, "b": 2, "c": 3}
PROPOSALS = ["mixture", "product", "prior", ["a", "b"]]
SETS = [("all", None), (["a", "c"], None), ("b", ["a", "c"])]


def estimate(model: MoPoE, inputs: object, seed: int = 0, **settings: object) -> NLLEstimate:
    return model.estimate_nll(inputs, generator=torch.Generator().manual_seed(seed), **settings)


@pytest.mark.parametrize("proposal", PROPOSALS, ids=str)
@pytest.mark.parametrize(("target", "given"), SETS, ids=str)
@pytest.mark.parametrize("private", [False, True])
def test_estimates_do_not_depend_on_how_many_draws_are_decoded_at_a_time(
    private: bool,
    target: object,
    given: object,
    proposal: object,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
) -> None:
    model = small_model(modalities_specific_dim=STYLES if private else None)
    data = support_data(length=20)
    asked = {"target": target, "given": given, "proposal": proposal, "K": 23}
    whole = estimate(model, data, chunk=1000, **asked)
    for chunk in (1, 7, 22, 23):
        part = estimate(model, data, chunk=chunk, **asked)
        # Equal draws; a matrix product over more rows may round in another order.
        torch.testing.assert_close(part.nll, whole.nll, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(part.standard_error, whole.standard_error, rtol=1e-10, atol=0)


@pytest.mark.parametrize("proposal", ["mixture", "product"])
def test_the_place_in_the_batch_does_not_matter(proposal: str, linear_world: Callable[..., Any]) -> None:
    """Reversed, shuffled, one by one: each sample keeps its value within the errors."""
    world = linear_world(3, length=40, widening=3.0, prior_expert="none")
    model, data = world.model, world.data
    orders = {
        "as it is": torch.arange(40),
        "reversed": torch.arange(40).flip(0),
        "shuffled": torch.randperm(40, generator=torch.Generator().manual_seed(1)),
    }
    values = {}
    for seed, (name, order) in enumerate(orders.items()):
        found = estimate(model, {m: x[order] for m, x in data.items()}, seed, proposal=proposal)
        back = order.argsort()
        values[name] = found.nll[back], found.standard_error[back]
    rng = torch.Generator().manual_seed(9)
    ones = [
        model.estimate_nll({m: x[b : b + 1] for m, x in data.items()}, proposal=proposal, generator=rng)
        for b in range(40)
    ]
    values["one by one"] = tuple(
        torch.cat([getattr(one, what) for one in ones]) for what in ("nll", "standard_error")
    )
    first, its_error = values.pop("as it is")
    for name, (other, error) in values.items():
        deviations = (first - other) / torch.hypot(its_error, error)
        assert float(deviations.abs().max()) < 4, name
        assert 0.7 < float(deviations.std()) < 1.3, name


@pytest.mark.parametrize("proposal", PROPOSALS, ids=str)
@pytest.mark.parametrize("K", [1, 2, 6])
def test_fewer_draws_than_components_are_enough(
    K: int,
    proposal: object,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    found = estimate(small_model(), IncompleteDataset(support_data(), some_masks), K=K, proposal=proposal)
    assert found.nll.shape == (5,)
    assert bool(torch.isfinite(found.nll).all())
    assert bool(torch.isnan(found.standard_error).all()) == (K == 1)
    assert bool(((found.effective_sample_size > 0.999) & (found.effective_sample_size < K + 0.001)).all())


@pytest.mark.parametrize("n", [1, 3, 7, 31, 100])
def test_components_are_stratified_over_the_draws_whatever_their_number(n: int) -> None:
    """Every component gets ⌊n w⌋ or ⌈n w⌉ draws of every sample, and n w on average."""
    weights = torch.tensor([[0.5], [0.0], [0.3], [0.2]], dtype=torch.float64).expand(4, 4_000)
    mus = torch.arange(4.0, dtype=torch.float64)[:, None, None].expand(4, 4_000, 1)
    proposal = MixtureProposal(mus, torch.full_like(mus, -60.0), weights)
    drawn = proposal.sample(n, torch.Generator().manual_seed(n)).round()[..., 0]
    counts = torch.stack([(drawn == k).sum(0) for k in range(4)]).double()
    assert bool(((counts - n * weights).abs() < 1).all())
    error = counts.std(1) / math.sqrt(4_000)
    assert bool(((counts.mean(1) - n * weights[:, 0]).abs() <= 5 * error + 1e-9).all())


def test_one_draw_is_the_weight_itself(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    """ln p(x, z) − ln q(z|x) at the z that was drawn, which a decoder notes down."""
    model, data = small_model(), support_data(length=1)
    drawn = []
    model.decoders["a"].register_forward_pre_hook(lambda module, args: drawn.append(args[0]))
    found = estimate(model, data, K=1)
    z = drawn[0][0]
    latents = model.inference(data)
    log_q = torch.logsumexp(
        torch.stack(
            [
                Normal(mu[0], (logvar[0] / 2).exp()).log_prob(z).sum() + math.log(1 / 7)
                for mu, logvar in latents["subsets"].values()
            ]
        ),
        0,
    )
    log_p = Normal(0.0, 1.0).log_prob(z).sum()
    for name, decoder in model.decoders.items():
        log_p = log_p + Normal(decoder(z[None]).reconstruction[0], 1.0).log_prob(data[name][0]).sum()
    torch.testing.assert_close(found.nll[0], (log_q - log_p).detach(), rtol=1e-12, atol=0)


@pytest.mark.parametrize("method", ["compute_joint_nll", "compute_joint_nll_paper", "compute_cond_nll"])
def test_the_public_methods_are_the_estimates(
    method: str, small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model, data = small_model(), support_data(length=19)
    rng = torch.Generator().manual_seed(0)
    if method == "compute_cond_nll":
        found = model.compute_cond_nll(data, "a", ["c", "b"], K=10, generator=rng)
        rng.manual_seed(0)
        for name in ("b", "c"):
            expected = model.estimate_nll(data, name, "a", K=10, generator=rng).nll.mean()
            torch.testing.assert_close(found[name], expected, rtol=1e-14, atol=0)
        assert found.b is found["b"]
        return
    total = getattr(model, method)(data, K=10, generator=rng)
    parts = estimate(model, data, K=10, proposal="product" if method.endswith("paper") else "mixture")
    torch.testing.assert_close(total, parts.nll.sum(), rtol=1e-14, atol=0)


def test_the_generator_decides(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model, data = small_model(modalities_specific_dim=STYLES), support_data()
    for proposal in PROPOSALS:
        values = [estimate(model, data, seed, K=5, proposal=proposal).nll for seed in (0, 0, 1)]
        assert torch.equal(values[0], values[1])
        assert not torch.equal(values[0], values[2])


CALLS = {
    "estimate_nll": lambda m, d, g: m.estimate_nll(d, K=3, generator=g).nll,
    "estimate_bounds": lambda m, d, g: m.estimate_bounds(d, K=2, repeats=2, generator=g).mixture.value,
    "compute_joint_nll": lambda m, d, g: m.compute_joint_nll(d, K=3, generator=g),
    "compute_joint_nll_paper": lambda m, d, g: m.compute_joint_nll_paper(d, K=3, generator=g),
    "compute_cond_nll": lambda m, d, g: m.compute_cond_nll(d, "a", "b", K=3, generator=g).b,
}


@pytest.mark.parametrize("call", list(CALLS))
def test_the_model_and_the_random_state_stay_as_they_were(
    call: str, small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model, data = small_model(modalities_specific_dim=STYLES), support_data()
    model.train()
    model.encoders["b"].eval()
    modes = []
    model.encoders["a"].register_forward_hook(lambda module, *_: modes.append(module.training))
    torch.manual_seed(4)
    before = torch.get_rng_state()
    first, again = (CALLS[call](model, data, None) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first, again)
    CALLS[call](model, data, torch.Generator().manual_seed(0))
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(5)
    assert not torch.equal(CALLS[call](model, data, None), first)

    assert set(modes) == {False}
    assert model.training and model.encoders["a"].training and not model.encoders["b"].training
    assert not first.requires_grad


def test_a_modality_that_was_not_seen_is_left_out_of_the_likelihood(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    """Private latents of the missing modality included: the same as a model without it."""
    seen = torch.ones(5, dtype=torch.bool)
    data = support_data()
    model = small_model(modalities_specific_dim=STYLES, prior_expert="none", subsets="poe")
    masked = estimate(model, IncompleteDataset(data, {"a": seen, "b": seen, "c": ~seen}), K=40)
    asked = estimate(model, data, target=["a", "b"], K=40)
    config = model.model_config.replace(
        n_modalities=2,
        input_dims={m: model.model_config.input_dims[m] for m in "ab"},
        modalities_specific_dim={m: STYLES[m] for m in "ab"},
    )
    smaller = MoPoE(
        config, *(deepcopy({m: part[m] for m in "ab"}) for part in (model.encoders, model.decoders))
    )
    alone = estimate(smaller, {m: data[m] for m in "ab"}, K=40)
    torch.testing.assert_close(masked.nll, alone.nll, rtol=1e-12, atol=0)
    torch.testing.assert_close(masked.effective_sample_size, alone.effective_sample_size, rtol=1e-9, atol=0)
    torch.testing.assert_close(asked.nll, alone.nll, rtol=1e-12, atol=0)


def test_a_mixture_of_one_component_is_that_product_draw_for_draw(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    """Random numbers are spent on the importance draws alone."""
    model, data = small_model(subsets="poe"), support_data()
    mixture, product, everyone = (
        estimate(model, data, K=7, proposal=proposal).nll for proposal in ("mixture", "product", list("abc"))
    )
    torch.testing.assert_close(mixture, product, rtol=1e-13, atol=0)
    torch.testing.assert_close(mixture, everyone, rtol=1e-13, atol=0)


@pytest.mark.parametrize("name", ["mi", "pro", "x"])
def test_a_modality_may_be_called_like_a_part_of_a_proposals_name(
    name: str, support_data: Callable[..., dict[str, Tensor]], small_model: Callable[..., MoPoE]
) -> None:
    dims = {name: (2,), "other": (2,)}
    model = small_model(input_dims=dims)
    data = support_data(dims=dims)
    for proposal in ("mixture", "product", "prior"):
        found = estimate(model, {"other": data["other"]}, target="other", K=3, proposal=proposal)
        assert bool(torch.isfinite(found.nll).all())


# The prior as a proposal needs a likelihood that is not much narrower than it, as those of counts are.
@pytest.mark.parametrize("kind", [word for word in WORDS if "poisson" not in word and "binomial" not in word])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_every_likelihood_in_single_and_double_precision(
    kind: str,
    dtype: torch.dtype,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model = small_model(**settings(kind), modalities_specific_dim=STYLES, dtype=dtype)
    for (
        encoder
    ) in model.encoders.values():  # wider than the prior, so that both proposals cover the posterior
        for head in ("log_covariance", "style_log_covariance"):
            torch.nn.init.zeros_(encoder.heads[head].weight)
            torch.nn.init.constant_(encoder.heads[head].bias, 1.0)
    inputs = IncompleteDataset(support_data(kind, dtype=dtype), some_masks)
    found = estimate(model, inputs, K=2_000)
    again = estimate(model, inputs, K=2_000, proposal="prior", seed=1)
    assert found.nll.dtype == torch.float64
    deviations = (found.nll - again.nll) / torch.hypot(found.standard_error, again.standard_error)
    assert float(deviations.abs().max()) < 4


@pytest.mark.parametrize("scale", [1e-2, 1e-4, 1e-5, 1e-6, 1e-8])
def test_densities_of_narrow_mixtures_far_from_zero_keep_their_digits(scale: float) -> None:
    noise = torch.Generator().manual_seed(0)
    mus = 3 * torch.randn(3, 4, 5, generator=noise, dtype=torch.float64)
    logvars = torch.full_like(mus, 2 * math.log(scale))
    proposal = MixtureProposal(mus, logvars, torch.full((3, 4), 1 / 3, dtype=torch.float64))
    z = proposal.sample(30, noise)
    components = Independent(Normal(mus.transpose(0, 1), logvars.transpose(0, 1).mul(0.5).exp()), 1)
    mixture = MixtureSameFamily(Categorical(proposal.weights.T), components)
    expected = Normal(0.0, 1.0).log_prob(z).sum(-1) - mixture.log_prob(z)
    torch.testing.assert_close(proposal.log_ratio(z), expected, rtol=0, atol=1e-5)
