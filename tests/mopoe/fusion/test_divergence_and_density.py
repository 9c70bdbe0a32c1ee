"""KL divergence, log-density and draws of diagonal Gaussians, against torch.distributions."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch.distributions import Independent, Normal, kl_divergence

from mopoe import MoPoE, kl_to_standard_normal
from mopoe.fusion.gaussians import as_distribution, draw, log_density


def normals(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, 4, 5, 3, dtype=torch.float64, generator=generator).mul(2).unbind()


def test_divergence_agrees_with_torch() -> None:
    mu, logvar = normals()
    expected = kl_divergence(Normal(mu, (logvar / 2).exp()), Normal(0.0, 1.0)).sum(-1)
    torch.testing.assert_close(kl_to_standard_normal(mu, logvar), expected, rtol=1e-13, atol=1e-13)


def test_divergence_is_exactly_zero_at_the_prior() -> None:
    assert float(kl_to_standard_normal(torch.zeros(1, 3), torch.zeros(1, 3))) == 0


def test_gradient_of_the_divergence_passes_gradcheck() -> None:
    leaves = tuple(t.requires_grad_() for t in normals())
    assert torch.autograd.gradcheck(kl_to_standard_normal, leaves)


def test_density_agrees_with_torch_and_broadcasts() -> None:
    mu, logvar = normals()
    z = normals(1)[0][:, None]
    expected = Independent(Normal(mu, (logvar / 2).exp()), 1).log_prob(z)
    torch.testing.assert_close(log_density(z, mu, logvar), expected, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(as_distribution(mu, logvar).log_prob(z), expected, rtol=1e-12, atol=1e-12)


def test_draws_are_mean_plus_deviation_times_the_generators_noise() -> None:
    mu, logvar = normals()
    z = draw(mu, logvar, (7,), torch.Generator().manual_seed(3))
    noise = torch.randn(7, *mu.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(z, mu + (logvar / 2).exp() * noise, rtol=1e-14, atol=1e-14)


def test_group_divergence_weighs_each_components_divergence(small_model) -> None:
    model = small_model()
    mus, logvars = normals()
    weights = torch.softmax(torch.randn(4, 5, dtype=torch.float64), 0)
    divergence, by_component = model.calc_joint_divergence(mus, logvars, weights)
    expected = kl_divergence(Normal(mus, (logvars / 2).exp()), Normal(0.0, 1.0)).sum(-1)
    torch.testing.assert_close(by_component, expected, rtol=1e-12, atol=1e-12)
    by_hand = sum(float(weights[s, b] * expected[s, b]) for s in range(4) for b in range(5)) / 5
    assert divergence.ndim == 0
    torch.testing.assert_close(float(divergence), by_hand, rtol=1e-12, atol=0)


def test_weights_for_all_samples_alike_are_broadcast(small_model: Callable[..., MoPoE]) -> None:
    model = small_model()
    mus, logvars = torch.randn(2, 3, 3, 2, dtype=torch.float64)  # as many samples as components
    weights = torch.tensor([0.2, 0.3, 0.5], dtype=torch.float64)
    expected = model.calc_joint_divergence(mus, logvars, torch.stack([weights] * 3, 1))
    torch.testing.assert_close(model.calc_joint_divergence(mus, logvars, weights), expected)


@pytest.mark.parametrize(
    ("mus", "logvars", "weights"),
    [
        ((3, 4, 2), (3, 4, 1), (3, 4)),
        ((3, 4, 2), (3, 4, 2), (4,)),
        ((3, 4, 2), (3, 4, 2), (4, 3)),
        ((3, 4, 2), (3, 4, 2), (3, 1)),
        ((3, 4, 2), (3, 4, 2), ()),
        ((3, 4), (3, 4), (3,)),
    ],
)
def test_shapes_that_do_not_fit_are_refused(
    mus: tuple[int, ...],
    logvars: tuple[int, ...],
    weights: tuple[int, ...],
    small_model: Callable[..., MoPoE],
) -> None:
    with pytest.raises(ValueError, match=r"joint divergence: expected .*\(S, B, D\)"):
        small_model().calc_joint_divergence(torch.zeros(mus), torch.zeros(logvars), torch.ones(weights))
