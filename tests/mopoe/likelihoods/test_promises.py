"""The kit of promises notices likelihoods that break them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.distributions import Normal

from mopoe.likelihoods import NormalLikelihood
from tests.mopoe.likelihoods import promises

RECON = torch.randn(4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
TARGET = torch.randn(4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


class OtherDensity(NormalLikelihood):
    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return 1.01 * super().log_prob(recon, target)


class DrawsAround(NormalLikelihood):
    def sample(self, recon: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return super().sample(recon, generator) + 0.2


class WideDraws(NormalLikelihood):
    def sample(self, recon: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return recon + 1.2 * (super().sample(recon, generator) - recon)


class OwnDraws(NormalLikelihood):
    def sample(self, recon: Tensor, generator: torch.Generator | None = None) -> Tensor:
        return super().sample(recon)


class ForgetsMasks(NormalLikelihood):
    def total(self, recon: Tensor, target: Tensor, entries: Tensor | None = None, *_: object) -> Tensor:
        return super().total(recon, target)


class NoGradient(NormalLikelihood):
    def total(self, recon: Tensor, target: Tensor, entries: Tensor | None = None, *_: object) -> Tensor:
        return super().total(recon.detach() + 0 * recon, target, entries)


class Overflows(NormalLikelihood):
    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return super().log_prob(recon, target) + (recon.exp() + 1).log() - (recon.exp() + 1).log()


def sd(recon: Tensor) -> Tensor:
    return torch.ones_like(recon)


def one(recon: Tensor) -> Tensor:
    return recon[:1, :1]


@pytest.mark.parametrize(
    ("wrong", "promise"),
    [
        (
            OtherDensity(),
            lambda x: promises.density_is(x, RECON, TARGET, lambda r, t: Normal(r, 1).log_prob(t)),
        ),
        (OtherDensity(), lambda x: promises.integrates_to_one(x, one(RECON), -20, 20, [0])),
        (OtherDensity(), lambda x: promises.totals_are_sums(x, RECON, TARGET)),
        (DrawsAround(), lambda x: promises.draws_have_its_mean(x, RECON)),
        (WideDraws(), lambda x: promises.draws_have_its_mean(x, RECON, sd=sd)),
        (OwnDraws(), lambda x: promises.draws_have_its_mean(x, RECON)),
        (ForgetsMasks(), lambda x: promises.leaves_out_what_is_missing(x, RECON, TARGET)),
        (NoGradient(), lambda x: promises.has_right_gradients(x, RECON, TARGET)),
        (Overflows(), lambda x: promises.stays_finite(x, 1e6 * RECON, TARGET)),
        (Overflows(), lambda x: promises.is_precise_in_single_precision(x, 60 * RECON, TARGET)),
        (NormalLikelihood(0.5), lambda x: promises.names_its_settings(x, "scale 0.51")),
        (NormalLikelihood(), lambda x: promises.refuses(x, TARGET, "finite")),
    ],
)
def test_a_broken_promise_is_noticed(
    wrong: NormalLikelihood, promise: Callable[[NormalLikelihood], None]
) -> None:
    with pytest.raises((AssertionError, RuntimeError, pytest.fail.Exception)):
        promise(wrong)


def test_kept_promises_are_believed() -> None:
    right = NormalLikelihood(0.5)
    promises.hold(right, RECON, TARGET)
    promises.density_is(right, RECON, TARGET, lambda r, t: Normal(r, 0.5).log_prob(t))
    promises.integrates_to_one(right, one(RECON), -20, 20, [0])
    promises.stays_finite(right, 1e15 * RECON, TARGET)
    promises.names_its_settings(right, "scale 0.5")
    promises.refuses(right, torch.tensor([float("nan")]), "expected finite values, got 1")
    promises.draws_have_its_mean(right, RECON, sd=lambda r: 0.5 * torch.ones_like(r))
