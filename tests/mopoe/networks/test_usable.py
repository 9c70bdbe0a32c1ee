from __future__ import annotations

import math

import pytest
import torch

from mopoe import IncompleteDataset, ModelOutput, MoPoE, MoPoEConfig
from mopoe.networks.usable import require_usable


def far(**settings) -> tuple[MoPoE, dict[str, torch.Tensor]]:
    """An untrained model, and data of which ``b`` is in the thousands."""
    generator = torch.Generator().manual_seed(0)
    data = {"a": torch.randn(6, 3, generator=generator), "b": 5000 * torch.randn(6, 4, generator=generator)}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return MoPoE(MoPoEConfig(2, latent_dim=3, input_dims={"a": (3,), "b": (4,)}, **settings)), data


@pytest.mark.parametrize("private", [None, {"a": 1, "b": 2}])
@pytest.mark.parametrize("asked", ["check_experts", "mixture", "product", "refined"])
def test_who_turns_the_loss_to_nan_is_named(private, asked) -> None:
    model, data = far(modalities_specific_dim=private)
    assert model(data).loss.isnan()
    with pytest.raises(
        ValueError, match=r"^encoders\['b'\]: expected finite .*, got ln σ² down to -\d"
    ) as caught:
        model.check_experts(data) if asked == "check_experts" else model.estimate_nll(data, proposal=asked)
    assert "far from the unit scale?), for samples [" in str(caught.value)


def test_nothing_is_said_where_the_loss_is_finite_and_of_what_was_not_observed() -> None:
    model, data = far()
    near = data | {"b": data["b"] / 5000}
    model.check_experts(near)
    assert model(near).loss.isfinite()
    seen = torch.tensor([1, 1, 0, 1, 0, 0]).bool()
    mixed = {"a": data["a"], "b": near["b"].where(seen[:, None], data["b"])}
    model.check_experts(IncompleteDataset(mixed, {"a": torch.ones(6), "b": seen}))
    with pytest.raises(ValueError, match=r"encoders\['b'\].*for samples \[1, 3\]$"):
        shown = data["b"].where(torch.arange(6)[:, None] % 2 > 0, near["b"])
        model.check_experts(IncompleteDataset({"a": data["a"], "b": shown}, {"a": torch.ones(6), "b": seen}))


@pytest.mark.parametrize(("dtype", "limit"), [(torch.float32, 88), (torch.float64, 709)])
def test_what_a_precision_can_be(dtype, limit) -> None:
    def answer(mean: float, logvar: float) -> dict[str, ModelOutput]:
        entries = {"embedding": mean, "log_covariance": logvar}
        return {
            "m": ModelOutput({name: torch.tensor([[0.0, x]], dtype=dtype) for name, x in entries.items()})
        }

    for mean, logvar in ((0.0, -limit), (0.0, limit + 300), (1e9, 0.0), (-1e30, 10.0)):
        require_usable(answer(mean, logvar), None)
        require_usable(answer(math.nan, logvar), {"m": torch.tensor([False])})
    for mean, logvar in ((0.0, -limit - 2), (1e30, -limit), (-1e30, -limit)):
        with pytest.raises(ValueError, match="whose precision is no number"):
            require_usable(answer(mean, logvar), None)
    for mean, logvar in ((math.nan, 0.0), (0.0, math.nan), (math.inf, 0.0), (0.0, math.inf)):
        with pytest.raises(ValueError, match=r"got NaN or infinity for samples \[7\]"):
            require_usable(answer(mean, logvar), None, 7)
