"""A table with holes, from a known model: what is drawn into the holes covers what stood there."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig
from workbench.training import TrainConfig, fit

pytestmark = pytest.mark.slow

GROUPS = {"numbers": slice(0, 4), "counts": slice(4, 7), "classes": slice(7, 8)}
PARTS: list[dict[str, Any]] = [
    {"columns": [0, 1, 2, 3], "likelihood": "normal", "scale": "learned_per_entry"},
    {"columns": [4, 5, 6], "likelihood": "poisson"},
    {"columns": 7, "likelihood": "categorical", "n_classes": 4},
]


class World(NamedTuple):
    """Rows of a table, which of them are hidden, and another view of the same latents."""

    table: Tensor
    hidden: Tensor
    view: Tensor

    @property
    def seen(self) -> IncompleteDataset:
        holes = self.table.masked_fill(self.hidden, torch.nan)
        return IncompleteDataset({"table": holes, "view": self.view}, missing="nan")


def draw_world(n: int, seed: int) -> World:
    """z ~ N(0, I), D = 2; each column by its own likelihood of a linear map of z; a quarter of the table hidden."""
    fixed, noise = torch.Generator().manual_seed(123), torch.Generator().manual_seed(seed)
    number, count, kind, view = (torch.randn(2, size, generator=fixed) for size in (4, 3, 4, 4))
    z = torch.randn(n, 2, generator=noise)
    numbers = z @ number + 0.6 * torch.randn(n, 4, generator=noise)
    counts = torch.poisson(torch.exp(0.5 * z @ count + 1.0), generator=noise)
    kinds = torch.multinomial(torch.softmax(z @ kind, -1), 1, generator=noise)
    table = torch.cat([numbers, counts, kinds], 1)
    return World(
        table,
        torch.rand(table.shape, generator=noise) < 0.25,
        z @ view + 0.8 * torch.randn(n, 4, generator=noise),
    )


@pytest.fixture(scope="module")
def model() -> MoPoE:
    config = MoPoEConfig(
        2,
        2,
        {"table": (8,), "view": (4,)},
        decoders_dist={"table": "mixed"},
        decoder_dist_params={"table": {"parts": PARTS}, "view": {"scale": "learned"}},
        masked_entries=["table"],
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = MoPoE(config, "mlp256", "mlp256")
    fit(model, draw_world(6000, 1).seen, draw_world(1000, 2).seen, TrainConfig(epochs=12, learning_rate=2e-3))
    return model


def covered(model: MoPoE, noise: bool) -> dict[str, float]:
    """Share of hidden values within the central 90 % of 200 draws; ties of whole numbers are broken at random."""
    world, generator = draw_world(3000, 3), torch.Generator().manual_seed(4)
    draws = model.predict(world.seen, gen_mod="table", N=200, noise=noise, generator=generator).table
    truth = world.table[:, None]
    below, same = (draws < truth).float().mean(1), (draws == truth).float().mean(1)
    rank = below + torch.rand(below.shape, generator=generator) * same
    inside = (rank > 0.05) & (rank < 0.95)
    shares = {name: inside[:, group][world.hidden[:, group]] for name, group in GROUPS.items()}
    return {
        name: float(found.float().mean()) for name, found in (shares | {"all": inside[world.hidden]}).items()
    }


def test_intervals_of_drawn_values_hold_what_was_hidden(model: MoPoE) -> None:
    found = covered(model, noise=True)
    assert all(0.85 < share < 0.95 for share in found.values()), found


def test_intervals_of_means_do_not(model: MoPoE) -> None:
    assert covered(model, noise=False)["numbers"] < 0.6
