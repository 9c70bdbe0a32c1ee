"""A variance that is added to every expert is in everything that is made of experts."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mopoe import ModelOutput, MoPoE, MoPoEConfig

ADDED = 0.3


class Widened(nn.Module):
    """An encoder whose variances are larger by ``ADDED``, by its own doing."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, x: Tensor) -> ModelOutput:
        found = self.encoder(x)
        return ModelOutput(found | {"log_covariance": (found.log_covariance.exp() + ADDED).log()})


def results(model: MoPoE, data: dict[str, Tensor]) -> list[Tensor]:
    def noise() -> torch.Generator:
        return torch.Generator().manual_seed(0)

    return [
        model(data, generator=noise()).loss,
        model.posterior(data, "b").base_dist.scale,
        *model.inference(data, generator=noise())["subsets"]["a_b"],
        model.estimate_nll(data, K=20, generator=noise()).nll,
        model.encode(data, "c", generator=noise()).z,
    ]


def test_it_is_as_if_the_encoders_added_it(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    plain, data = small_model(), support_data()
    widened = {name: Widened(copy.deepcopy(encoder)) for name, encoder in plain.encoders.items()}
    expected = results(MoPoE(plain.model_config, widened, copy.deepcopy(plain.decoders)).double(), data)
    found = results(plain.sharing_networks(added_variance=ADDED), data)
    for ours, theirs, without in zip(found, expected, results(plain, data), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)
        assert not torch.allclose(ours, without, rtol=1e-3)


@pytest.mark.parametrize("logvar", [-80.0, -18.0, 0.0, 40.0])
def test_extreme_variances_are_right_in_single_precision(logvar: float) -> None:
    class Constant(nn.Module):
        def forward(self, x: Tensor) -> dict[str, Tensor]:
            return {"embedding": x, "log_covariance": (0 * x + logvar)}

    config = MoPoEConfig(1, 2, {"a": (2,)}, prior_expert="none", added_variance=1e-8)
    model = MoPoE(config, {"a": Constant()})
    x = torch.ones(3, 2, requires_grad=True)
    scale: Any = model.posterior({"a": x}).base_dist.scale
    assert float(scale[0, 0].detach()) == pytest.approx(math.sqrt(math.exp(logvar) + 1e-8), rel=1e-5)
    scale.sum().backward()
    assert bool(x.grad.isfinite().all())
