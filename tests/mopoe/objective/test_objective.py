"""The objective over the whole grid of configurations, against loops over samples and subsets."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from mopoe import IncompleteDataset, ModelOutput, MoPoE
from tests.mopoe.likelihoods.examples import EXAMPLES, WORDS, settings

NAMES = ("a", "b", "c")
POWER_SET = [("a",), ("b",), ("c",), ("a", "b"), ("a", "c"), ("b", "c"), ("a", "b", "c")]
FAMILIES = {
    "poe": ("poe", [("a", "b", "c")]),
    "moe": ("moe", [("a",), ("b",), ("c",)]),
    "mopoe": ("mopoe", POWER_SET),
    "default": (None, POWER_SET),
    "list": ([["a"], ["c", "b"]], [("a",), ("b", "c")]),
    "dict": ({"pair": ["a", "b"], "all": ["a", "b", "c"]}, [("a", "b"), ("a", "b", "c")]),
}
FACTORS = {"a": 2.0, "b": 0.5, "c": 1.25}
STYLES = {"a": 1, "b": 2, "c": 3}
# A few likelihoods for the whole grid; the others with what is usual.
KINDS = [(kind, "full") for kind in [*WORDS, "custom"]]
MANY = ("normal", "laplace", "bernoulli", "categorical", "custom")
KINDS += [(kind, prior) for kind in MANY for prior in ("all", "none")]
BETA, BETA_STYLE = 0.7, 1.3


def cauchy(recon: Tensor, target: Tensor) -> Tensor:
    return -torch.log(math.pi * (1 + (target - recon) ** 2))


def slow_log_prob(kind: str, recon: Tensor, target: Tensor) -> Tensor:
    return (cauchy if kind == "custom" else EXAMPLES[kind].log_prob)(recon, target).sum()


def slow_product(experts: list[ModelOutput], with_prior: bool) -> Normal:
    precision = torch.zeros(2, dtype=torch.float64) + (1 if with_prior else 0)
    weighted = torch.zeros(2, dtype=torch.float64)
    for expert in experts:
        variance = expert.log_covariance[0].exp()
        precision = precision + 1 / variance
        weighted = weighted + expert.embedding[0] / variance
    return Normal(weighted / precision, (1 / precision).sqrt())


def slow_posteriors(
    experts: dict[str, ModelOutput], subsets: list[tuple[str, ...]], prior_expert: str
) -> list[Normal]:
    """The products that one sample mixes; ``experts`` are those of its observed modalities."""
    usable = [s for s in subsets if all(m in experts for m in s)]
    usable = usable or [s for s in subsets if any(m in experts for m in s)]
    return [
        slow_product(
            [experts[m] for m in s if m in experts],
            with_prior=prior_expert == "all" or (prior_expert == "full" and len(s) == 3),
        )
        for s in usable
    ]


def slow_terms(
    model: MoPoE,
    kind: str,
    subsets: list[tuple[str, ...]],
    data: dict[str, Tensor],
    masks: dict[str, Tensor] | None,
    noise: dict[str, Tensor],
    selected: tuple[Tensor, Tensor],
) -> dict[str, Tensor]:
    """Every term's part of the objective, one sample after the other; z comes from the component that was drawn."""
    length = len(data["a"])
    terms: dict[str, Tensor] = defaultdict(lambda: torch.zeros((), dtype=torch.float64))
    for b in range(length):
        seen = [m for m in NAMES if masks is None or masks[m][b]]
        experts = {m: model.encoders[m](data[m][b : b + 1]) for m in seen}
        posteriors = slow_posteriors(experts, subsets, model.model_config.prior_expert)
        for q in posteriors:
            terms["joint_divergence"] += kl_divergence(q, Normal(0.0, 1.0)).sum() / len(posteriors) / length
        drawn = [
            q
            for q in posteriors
            if torch.allclose(q.loc, selected[0][b], rtol=1e-10)
            and torch.allclose(2 * q.scale.log(), selected[1][b], rtol=1e-10, atol=1e-12)
        ]
        assert drawn, f"the component of sample {b} is none of its posteriors"
        z = drawn[0].loc + drawn[0].scale * noise["z"][b]
        for m in NAMES:
            if m not in seen:
                terms[f"recon_{m}"] += 0
                terms[f"style_divergence_{m}"] += 0
                continue
            latent = z
            if model.style_dims:
                style = Normal(experts[m].style_embedding[0], (experts[m].style_log_covariance[0] / 2).exp())
                terms[f"style_divergence_{m}"] += kl_divergence(style, Normal(0.0, 1.0)).sum() / length
                latent = torch.cat([z, style.loc + style.scale * noise[m][b]])
            recon = model.decoders[m](latent[None]).reconstruction[0]
            terms[f"recon_{m}"] -= FACTORS[m] * slow_log_prob(kind, recon, data[m][b]) / length
    return terms


@pytest.mark.parametrize(("kind", "prior_expert"), KINDS)
@pytest.mark.parametrize("family", list(FAMILIES))
@pytest.mark.parametrize("private", [False, True], ids=["shared", "private"])
@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
def test_loss_metrics_and_gradients_agree_with_loops_over_samples_and_subsets(
    missing: bool,
    private: bool,
    family: str,
    kind: str,
    prior_expert: str,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    subsets, expected_subsets = FAMILIES[family]
    model = small_model(
        subsets=subsets,
        prior_expert=prior_expert,
        **({"decoders_dist": dict.fromkeys(NAMES, cauchy)} if kind == "custom" else settings(kind)),
        uses_likelihood_rescaling=True,
        rescale_factors=FACTORS,
        modalities_specific_dim=STYLES if private else None,
        beta=BETA,
        beta_style=BETA_STYLE,
    )
    data = support_data("normal" if kind == "custom" else kind)
    inputs = IncompleteDataset(data, some_masks) if missing else data
    parameters = list(model.parameters())

    output = model(inputs, generator=torch.Generator().manual_seed(5))
    # The same seed draws the same components; what the generator gives next is the noise of forward.
    generator = torch.Generator().manual_seed(5)
    selected = model.inference(inputs, generator=generator)["joint"]
    noise = {"z": torch.randn(5, 2, dtype=torch.float64, generator=generator)}
    for name, size in STYLES.items() if private else ():
        noise[name] = torch.randn(5, size, dtype=torch.float64, generator=generator)

    terms = slow_terms(model, kind, expected_subsets, data, some_masks if missing else None, noise, selected)
    expected = BETA * terms["joint_divergence"] + sum(terms[f"recon_{m}"] for m in NAMES)
    expected_metrics = {"joint_divergence", *(f"recon_{m}" for m in NAMES)}
    if private:
        expected = expected + BETA * BETA_STYLE * sum(terms[f"style_divergence_{m}"] for m in NAMES)
        expected_metrics |= {f"style_divergence_{m}" for m in NAMES}

    if missing:
        expected_metrics |= {f"share_{m}" for m in NAMES}
    assert set(output.metrics) == expected_metrics
    for name, value in output.metrics.items():
        part, _, m = name.rpartition("_")
        having = int(some_masks[m].sum()) if missing and m in NAMES else 5
        # The mean over the samples that have it is five times the part of the loss, over their number.
        wanted = having / 5 if part == "share" else terms[name] * 5 / having
        torch.testing.assert_close(
            value,
            torch.as_tensor(wanted, dtype=value.dtype),
            rtol=1e-11,
            atol=1e-12,
            msg=lambda text, n=name: n + text,
        )
    weights = {m: output.metrics.get(f"share_{m}", 1) for m in NAMES}
    recombined = BETA * output.metrics["joint_divergence"] + sum(
        weights[m]
        * (
            output.metrics[f"recon_{m}"]
            + BETA * BETA_STYLE * output.metrics.get(f"style_divergence_{m}", torch.zeros(()))
        )
        for m in NAMES
    )
    torch.testing.assert_close(output.loss, recombined, rtol=1e-14, atol=0)
    torch.testing.assert_close(output.loss, expected, rtol=1e-11, atol=0)
    torch.testing.assert_close(output.loss_sum, 5 * expected, rtol=1e-11, atol=0)

    gradients = torch.autograd.grad(output.loss, parameters, allow_unused=True, materialize_grads=True)
    slow_gradients = torch.autograd.grad(expected, parameters, allow_unused=True, materialize_grads=True)
    for gradient, slow_gradient in zip(gradients, slow_gradients, strict=True):
        torch.testing.assert_close(gradient, slow_gradient, rtol=1e-10, atol=1e-12)
