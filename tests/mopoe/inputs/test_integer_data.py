"""Integer and boolean data: numbers to the likelihoods built in, left as they are for a user's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from mopoe import IncompleteDataset, ModelOutput, MoPoE, MoPoEConfig

DIMS = {"tokens": (4,), "x": (2,)}


class TokenEncoder(nn.Module):
    """Looks tokens up in a table, which takes integers only."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(5, 2)

    def forward(self, tokens: Tensor) -> ModelOutput:
        features = self.table(tokens).mean(1)
        return ModelOutput(embedding=features, log_covariance=-features)


@pytest.fixture
def seen() -> list[torch.dtype]:
    """The types of the targets that ``log_prob`` met."""
    return []


@pytest.fixture
def log_prob(seen: list[torch.dtype]) -> Callable[[Tensor, Tensor], Tensor]:
    def function(recon: Tensor, target: Tensor) -> Tensor:
        seen.append(target.dtype)
        return -(recon - target.to(recon.dtype)).square()

    return function


def data(tokens: torch.dtype = torch.int64) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {
        "tokens": torch.randint(0, 2, (3, 4), generator=generator).to(tokens),
        "x": torch.randn(3, 2, generator=generator),
    }


@pytest.mark.parametrize("missing", [False, True])
def test_tokens_reach_a_users_encoder_and_log_prob_as_integers(
    missing: bool, log_prob: Callable[[Tensor, Tensor], Tensor], seen: list[torch.dtype]
) -> None:
    config = MoPoEConfig(2, 2, DIMS, decoders_dist={"tokens": log_prob})
    model = MoPoE(config, {"tokens": TokenEncoder(), "x": "mlp"})
    masks = {"tokens": torch.tensor([1, 0, 1]), "x": torch.tensor([1, 1, 0])}
    inputs = IncompleteDataset(data(), masks) if missing else data()
    assert bool(torch.isfinite(model(inputs).loss))
    assert bool(torch.isfinite(model.compute_joint_nll(inputs, K=3)))
    assert set(seen) == {torch.int64}


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.bool])
@pytest.mark.parametrize("missing", [False, True])
def test_encoders_by_name_read_integers_that_a_users_log_prob_keeps(
    missing: bool,
    dtype: torch.dtype,
    log_prob: Callable[[Tensor, Tensor], Tensor],
    seen: list[torch.dtype],
) -> None:
    model = MoPoE(MoPoEConfig(2, 2, DIMS, decoders_dist={"tokens": log_prob}))
    masks = {"tokens": torch.tensor([1, 0, 1]), "x": torch.ones(3)}
    losses = []
    for given in (data(dtype), data(torch.float32)):
        inputs = IncompleteDataset(given, masks) if missing else given
        losses.append(model(inputs, generator=torch.Generator().manual_seed(0)).loss)
    assert seen == [dtype, torch.float32]
    torch.testing.assert_close(*losses)


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool])
def test_likelihoods_built_in_count_with_them(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    model = MoPoE(MoPoEConfig(2, 2, DIMS, decoders_dist={"tokens": "bernoulli"}))
    losses = [
        model(given, generator=torch.Generator().manual_seed(0)).loss
        for given in (data(dtype), data(torch.float32))
    ]
    torch.testing.assert_close(*losses)
