"""Derivatives of other kinds than a backward pass: torch.func, forward mode, a gradient of the gradient."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import forward_ad

from mopoe import ModelOutput, MoPoE, MoPoEConfig
from mopoe.fusion.divergence import mixture_divergence
from mopoe.fusion.gaussians import subset_products
from mopoe.fusion.mixture import SubsetMixture
from mopoe.fusion.subsets import membership_matrix, power_set
from mopoe.fusion.sums import binary_order

SUBSETS = ["mopoe", [["a"], ["a", "b"]], "sampled"]


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # of torch's own, in forward mode
@pytest.mark.parametrize("subsets", SUBSETS, ids=str)
def test_functional_gradients_are_those_of_a_backward_pass(
    subsets: Any, small_model: Any, support_data: Any
) -> None:
    model, data = small_model(subsets=subsets), support_data()
    weights = dict(model.named_parameters())

    def loss(weights: dict[str, Tensor]) -> Tensor:
        return torch.func.functional_call(model, weights, (data, generator())).loss

    expected = torch.autograd.grad(loss(weights), list(weights.values()))
    for got, wanted in zip(torch.func.grad(loss)(weights).values(), expected, strict=True):
        torch.testing.assert_close(got, wanted, rtol=1e-9, atol=1e-12)
    along = {name: torch.ones_like(weight) for name, weight in weights.items()}
    slope = sum(g.sum() for g in expected)
    torch.testing.assert_close(torch.func.jvp(loss, (weights,), (along,))[1], slope, rtol=1e-9, atol=0)
    with forward_ad.dual_level():
        dual = {name: forward_ad.make_dual(w, along[name]) for name, w in weights.items()}
        torch.testing.assert_close(forward_ad.unpack_dual(loss(dual)).tangent, slope, rtol=1e-9, atol=0)


def test_products_of_a_power_set_map_over_an_axis() -> None:
    mus, logvars = torch.randn(2, 7, 3, 4, 2, generator=generator(), dtype=torch.float64)
    membership = membership_matrix(power_set("abc"), "abc")
    mapped = torch.func.vmap(lambda mu, logvar: subset_products(mu, logvar, membership))(mus, logvars)
    for got, *each in zip(
        mapped, *map(lambda m, v: subset_products(m, v, membership), mus, logvars), strict=True
    ):
        torch.testing.assert_close(got, torch.stack(each))


def test_likelihoods_map_over_an_axis_without_gradients(small_model: Any, support_data: Any) -> None:
    model, data = small_model(), support_data()
    z = torch.randn(7, 5, model.latent_dim, generator=generator(), dtype=torch.float64)
    with torch.no_grad():
        for name in model.modalities:
            mapped = torch.func.vmap(lambda one, name=name: model.log_likelihood(data, one)[name])(z)
            torch.testing.assert_close(mapped, model.log_likelihood(data, z)[name])


class _OfFixedVariance(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mean = nn.Linear(2, 3)

    def forward(self, x: Tensor) -> ModelOutput:
        return ModelOutput(embedding=self.mean(x), log_covariance=x.new_zeros(len(x), 3))


def test_a_gradient_has_a_gradient_where_variances_are_fixed() -> None:
    encoders = {name: _OfFixedVariance() for name in "ab"}
    model = MoPoE(MoPoEConfig(2, 3, {"a": (2,), "b": (2,)}), encoders=encoders).double()
    data = {name: torch.randn(4, 2, generator=generator(), dtype=torch.float64) for name in "ab"}
    weight = model.encoders["a"].mean.weight
    (slope,) = torch.autograd.grad(
        model(data, generator()).metrics.joint_divergence, weight, create_graph=True
    )
    (curvature,) = torch.autograd.grad(slope.sum(), weight)
    # 1/2 E[mu^2] of a, and of the product of a, b and the prior, each one in three: d2/dmu2 = (1 + 1/9) / 3.
    x = data["a"]
    expected = (1 + 1 / 9) / 3 * (x.sum(1, keepdim=True) * x).mean(0).expand(3, -1)
    torch.testing.assert_close(curvature, expected)


def test_a_second_gradient_tells_means_from_log_variances_that_depend_on_each_other() -> None:
    base = torch.randn(2, 3, 2, generator=generator(), dtype=torch.float64).requires_grad_()
    membership = membership_matrix(power_set("ab"), "ab")
    mixture = SubsetMixture(membership, membership.all(1), binary_order=binary_order(membership))

    def value(logvars: Tensor) -> Tensor:
        return mixture_divergence(logvars.sin(), logvars, mixture, None)

    assert torch.autograd.gradcheck(value, base)
    assert torch.autograd.gradgradcheck(value, base)
