"""What every likelihood promises, as functions that hold one to it.

``recon`` is (*, B, *recon_dims) and ``target`` (B, *dims), both of double precision where nothing else is said;
targets of whole numbers may be integers. ``hold`` asks for all that needs no formula of the likelihood's own.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import pytest
import torch
from scipy.integrate import quad
from torch import Tensor

from mopoe import Likelihood


def hold(likelihood: Likelihood, recon: Tensor, target: Tensor) -> None:
    """All that can be asked of a likelihood without a formula for it."""
    totals_are_sums(likelihood, recon, target)
    leaves_out_what_is_missing(likelihood, recon, target)
    has_right_gradients(likelihood, recon, target)
    is_precise_in_single_precision(likelihood, recon, target)
    draws_have_its_mean(likelihood, recon)


def density_is(
    likelihood: Likelihood, recon: Tensor, target: Tensor, formula: Callable[[Tensor, Tensor], Any]
) -> None:
    """``log_prob`` is what an independent formula says, by event; ``formula(recon, target)``, tensor or array."""
    expected = torch.as_tensor(formula(recon, target), dtype=torch.float64)
    torch.testing.assert_close(of(likelihood).log_prob(recon, target), expected, rtol=1e-10, atol=1e-11)


def sums_to_one(likelihood: Likelihood, recon: Tensor, support: Tensor) -> None:
    """Probabilities of all outcomes of one event sum to 1: ``recon`` (*recon_dims), ``support`` (K, *dims)."""
    log_prob = of(likelihood).log_prob(recon.expand(len(support), *recon.shape), support).detach()
    assert abs(float(log_prob.reshape(len(support)).exp().sum()) - 1) < 1e-6


def integrates_to_one(
    likelihood: Likelihood, recon: Tensor, lower: float, upper: float, points: Iterable[float] = ()
) -> None:
    """The density of one number integrates to 1 between its bounds: ``recon`` (1, *recon_dims) of dims (1,).

    ``points`` between infinite or far bounds tell where the density is, as quadrature must not step over it.
    """
    likelihood = of(likelihood)

    def density(x: float) -> float:
        return float(likelihood.log_prob(recon, recon.new_tensor([[x]])).detach().exp())

    edges = [lower, *points, upper]
    parts = [quad(density, *pair, epsabs=1e-10, epsrel=1e-9, limit=200)[0] for pair in pairwise(edges)]
    assert abs(sum(parts) - 1) < 1e-6


def totals_are_sums(likelihood: Likelihood, recon: Tensor, target: Tensor) -> None:
    """``total`` is the sum of ``log_prob``, with any axes before those of a batch, with and without a graph."""
    likelihood = of(likelihood)
    axes = likelihood.leading_axes(recon, target)
    for leading in ((), (3,), (2, 3)):
        more = recon.expand(*leading, *recon.shape) * (
            1 + 0.1 * torch.arange(3).reshape(-1, *[1] * recon.ndim)
        )
        more = more if leading else recon
        expected = likelihood.log_prob(more, target).reshape(*more.shape[: axes + len(leading)], -1).sum(-1)
        found = likelihood.total(more, target)
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-11)
        with torch.no_grad():
            torch.testing.assert_close(likelihood.total(more.clone(), target), found, rtol=1e-12, atol=1e-12)


def leaves_out_what_is_missing(likelihood: Likelihood, recon: Tensor, target: Tensor) -> None:
    """With entries missing ``total`` is the sum over the others, and what stands under them changes no gradient."""
    likelihood = of(likelihood)
    observed = torch.rand(target.shape, generator=torch.Generator().manual_seed(0)) < 0.6
    entries = likelihood.whole_events(observed)
    axes = likelihood.leading_axes(recon, target)
    recon = recon.detach().clone().requires_grad_()
    found = likelihood.total(recon, target, entries)
    by_event = likelihood.log_prob(recon, target).where(likelihood.events(entries), 0)
    expected = by_event.reshape(*recon.shape[:axes], -1).sum(-1)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-11)
    assert 0 < int(entries.sum()) < entries.numel()
    with torch.no_grad():
        torch.testing.assert_close(likelihood.total(recon.clone(), target, entries), expected)
    gradients = [torch.autograd.grad(total.sum(), recon, retain_graph=True)[0] for total in (found, expected)]
    torch.testing.assert_close(*gradients, rtol=1e-9, atol=1e-12)
    assert not gradients[0][gradients[1] == 0].any()
    others = target.flip(0).where(~entries, target)
    again = likelihood.total(recon, others, entries)
    assert torch.equal(again, found) and not torch.equal(others, target)
    assert torch.equal(torch.autograd.grad(again.sum(), recon)[0], gradients[0])


def has_right_gradients(likelihood: Likelihood, recon: Tensor, target: Tensor) -> None:
    """Gradients by the reconstruction and by the likelihood's parameters are those of finite differences."""
    likelihood = of(likelihood)
    parameters = [parameter for parameter in likelihood.parameters() if parameter.requires_grad]
    recon = recon.detach().clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda r, *_: likelihood.total(r, target), (recon, *parameters))
    for which in [recon, *parameters]:
        assert torch.autograd.grad(likelihood.total(recon, target).sum(), which)[0].shape == which.shape


def stays_finite(likelihood: Likelihood, recon: Tensor, target: Tensor) -> None:
    """Extreme inputs have finite values and gradients in single precision, and finite means."""
    likelihood = of(likelihood, torch.float32)
    target = target.float() if target.is_floating_point() else target
    recon = recon.detach().float().requires_grad_()
    log_prob = likelihood.log_prob(recon, target)
    wanted = [recon, *likelihood.parameters()]
    gradients = torch.autograd.grad(likelihood.total(recon, target).sum(), wanted, allow_unused=True)
    for tensor in (log_prob, *(g for g in gradients if g is not None), likelihood.mean(recon)):
        assert bool(torch.isfinite(tensor).all()), tensor


def is_precise_in_single_precision(
    likelihood: Likelihood, recon: Tensor, target: Tensor, rtol: float = 1e-4
) -> None:
    """Single precision says what double precision does, value and gradient, of numbers that both can hold."""
    recon = recon.float()
    target = target.float() if target.is_floating_point() else target
    found = []
    for dtype in (torch.float32, torch.float64):
        given = recon.detach().to(dtype).requires_grad_()
        kept = target.to(dtype) if target.is_floating_point() else target
        value = of(likelihood, dtype).log_prob(given, kept)
        assert value.dtype == dtype
        found.append((value.detach().double(), torch.autograd.grad(value.sum(), given)[0].double()))
    for single, double in zip(*found, strict=True):
        torch.testing.assert_close(
            single, double, rtol=rtol, atol=rtol * max(1.0, float(double.abs().mean()))
        )


def draws_have_its_mean(
    likelihood: Likelihood, recon: Tensor, n: int = 4000, sd: Callable[[Tensor], Any] | None = None
) -> None:
    """Draws pass the check, come again with a generator, and have its mean within five errors.

    Where ``sd(recon)`` says the standard deviations of the entries, the draws have these too.
    """
    likelihood = of(likelihood)
    many = recon.detach().expand(n, *recon.shape)
    first, second = (likelihood.sample(many, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(first, second)
    other = likelihood.sample(many, torch.Generator().manual_seed(6))
    assert other.shape == first.shape and not torch.equal(first, other)
    likelihood.check(first.flatten(0, 1))
    mean = likelihood.mean(recon).detach()
    point = likelihood.point(recon)
    assert point.shape == first.shape[1:]
    if mean.shape != first.shape[1:]:
        return  # probabilities of classes, whose draws are ids
    draws = first.double()
    error = draws.std(0) / n**0.5
    assert bool(((draws.mean(0) - mean).abs() <= 5 * error + 1e-12).all())
    if sd is not None:
        expected = torch.as_tensor(sd(recon), dtype=torch.float64).expand(mean.shape)
        spread = draws.var(0)
        fourth = (draws - draws.mean(0)).pow(4).mean(0)
        error = ((fourth - spread.square()) / n).clamp(min=0).sqrt()
        assert bool(((spread - expected.square()).abs() <= 5 * error + 1e-12).all())


def refuses(likelihood: Likelihood, target: Tensor, message: str) -> None:
    """Data outside the support are refused, and the message says what came."""
    with pytest.raises(ValueError, match=message):
        likelihood.check(target)


def names_its_settings(likelihood: Likelihood, *settings: str) -> None:
    """``str()`` names the likelihood by its word and all its settings."""
    for setting in (likelihood.word, *settings):
        assert re.search(rf"(?<![\w.]){re.escape(setting)}(?![\w])", str(likelihood)), str(likelihood)


def of(likelihood: Likelihood, dtype: torch.dtype = torch.float64) -> Likelihood:
    """A copy in another precision."""
    return copy.deepcopy(likelihood).to(dtype)
