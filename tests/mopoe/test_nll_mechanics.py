"""How likelihood estimates are computed: chunks, few draws, random numbers, modes and gradients."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.distributions import Normal

from mopoe import IncompleteDataset, MoPoE, NLLEstimate
from mopoe.importance import estimate_nll

STYLES = {"a": 1, "b": 2, "c": 3}
PROPOSALS = ["mixture", "product"]


def estimate(model: MoPoE, inputs: object, seed: int = 0, **settings: object) -> NLLEstimate:
    return model.estimate_joint_nll(inputs, generator=torch.Generator().manual_seed(seed), **settings)


@pytest.mark.parametrize("proposal", PROPOSALS)
@pytest.mark.parametrize("private", [False, True])
def test_estimates_do_not_depend_on_how_many_draws_are_decoded_at_a_time(
    private: bool,
    proposal: str,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
) -> None:
    model = small_model(modalities_specific_dim=STYLES if private else None)
    data = support_data(length=20)
    whole = estimate(model, data, K=23, batch_size_K=1000, proposal=proposal)
    for chunk in (1, 7, 22, 23):
        part = estimate(model, data, K=23, batch_size_K=chunk, proposal=proposal)
        # Equal draws; a matrix product over more rows may round in another order.
        torch.testing.assert_close(part.nll, whole.nll, rtol=1e-13, atol=0)
        torch.testing.assert_close(part.standard_error, whole.standard_error, rtol=1e-11, atol=0)


@pytest.mark.parametrize("proposal", PROPOSALS)
@pytest.mark.parametrize("K", [1, 2, 6])
def test_fewer_draws_than_components_are_enough(
    K: int,
    proposal: str,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    found = estimate(small_model(), IncompleteDataset(support_data(), some_masks), K=K, proposal=proposal)
    assert found.nll.shape == (5,)
    assert bool(torch.isfinite(found.nll).all())
    assert bool(torch.isnan(found.standard_error).all()) == (K == 1)
    assert bool(((found.effective_sample_size > 0.999) & (found.effective_sample_size < K + 0.001)).all())


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


def test_error_and_effective_size_are_those_of_the_weights() -> None:
    log_weights = 2 * torch.randn(50, 3, dtype=torch.float64) - 700  # far below what exp can hold in float32
    found = estimate_nll(log_weights)
    for b in range(3):
        weights = [math.exp(float(w) + 700) for w in log_weights[:, b]]
        mean = sum(weights) / 50
        variance = sum((w - mean) ** 2 for w in weights) / 49
        assert float(found.nll[b]) == pytest.approx(700 - math.log(mean), rel=1e-12)
        assert float(found.standard_error[b]) == pytest.approx(math.sqrt(variance / 50) / mean, rel=1e-10)
        size = sum(weights) ** 2 / sum(w**2 for w in weights)
        assert float(found.effective_sample_size[b]) == pytest.approx(size, rel=1e-10)


@pytest.mark.parametrize("method", ["compute_joint_nll", "compute_joint_nll_paper"])
def test_the_sum_over_the_batch_is_that_of_the_estimates(
    method: str, small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model, data = small_model(), support_data(length=19)
    total = getattr(model, method)(data, K=10, generator=torch.Generator().manual_seed(0))
    parts = estimate(model, data, K=10, proposal="product" if method.endswith("paper") else "mixture")
    torch.testing.assert_close(total, parts.nll.sum(), rtol=1e-14, atol=0)


@pytest.mark.parametrize("proposal", PROPOSALS)
def test_the_generator_decides(
    proposal: str, small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model, data = small_model(), support_data()
    first, again, other = (estimate(model, data, seed, K=5, proposal=proposal).nll for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_nothing_is_trained_and_the_mode_stays(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model = small_model()
    model.train()
    model.encoders["b"].eval()
    modes = []
    model.encoders["a"].register_forward_hook(lambda module, *_: modes.append(module.training))
    assert not model.compute_joint_nll(support_data(), K=2).requires_grad
    assert modes == [False]
    assert model.training
    assert model.encoders["a"].training
    assert not model.encoders["b"].training


def test_a_modality_that_was_not_seen_is_left_out_of_the_likelihood(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    """Private latents of the missing modality included: the same as a model without it."""
    seen = torch.ones(5, dtype=torch.bool)
    data = support_data()
    model = small_model(modalities_specific_dim=STYLES, prior_expert="none", subsets="poe")
    masked = estimate(model, IncompleteDataset(data, {"a": seen, "b": seen, "c": ~seen}), K=40)
    config = model.model_config.replace(
        n_modalities=2,
        input_dims={m: model.model_config.input_dims[m] for m in "ab"},
        modalities_specific_dim={m: STYLES[m] for m in "ab"},
    )
    smaller = MoPoE(config, *({m: part[m] for m in "ab"} for part in (model.encoders, model.decoders)))
    alone = estimate(smaller, {m: data[m] for m in "ab"}, K=40)
    torch.testing.assert_close(masked.nll, alone.nll, rtol=1e-12, atol=0)
    torch.testing.assert_close(masked.effective_sample_size, alone.effective_sample_size, rtol=1e-9, atol=0)


def test_a_mixture_of_one_component_is_that_product_draw_for_draw(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    """Random numbers are spent on the importance draws alone."""
    model, data = small_model(subsets="poe"), support_data()
    mixture, product = (estimate(model, data, K=7, proposal=proposal).nll for proposal in PROPOSALS)
    torch.testing.assert_close(mixture, product, rtol=1e-13, atol=0)
