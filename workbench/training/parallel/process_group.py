"""Processes that train one model together: who takes which rows, and how they agree."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Generator, Tensor, nn

from mopoe import MultimodalBaseDataset

from ..nonfinite import NonFiniteLoss

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@dataclass(frozen=True)
class Shard:
    """What one process takes of a batch, in data-parallel training.

    Attributes:
        rows: of the batch.
        samples: how many of them count: all, or 0 of one that only keeps a process in step.
        weight: of its mean loss, so that the mean over processes is the mean over the whole batch.
    """

    rows: slice
    samples: int
    weight: float


class ProcessGroup:
    """This process among those that train together. Alone, it takes whole batches and asks nobody.

    Args:
        fabric: launched.
    """

    def __init__(self, fabric: Fabric) -> None:
        self.fabric = fabric
        self.rank, self.size = fabric.global_rank, fabric.world_size

    def shard(self, n: int) -> Shard:
        """Contiguous rows of a batch of ``n``; where there are none left, one without weight."""
        start, stop = (place * n // self.size for place in (self.rank, self.rank + 1))
        if start == stop:
            start = min(start, n - 1)
            return Shard(slice(start, start + 1), 0, 0.0)
        return Shard(slice(start, stop), stop - start, (stop - start) * self.size / n)

    def gather(self, value: Any) -> list[Any]:
        """What each process holds, in their order; anything that JSON can carry."""
        if self.size == 1:
            return [value]
        text = torch.frombuffer(bytearray(json.dumps(value).encode()), dtype=torch.uint8)
        lengths = [int(length) for length in self._all(torch.tensor(len(text)))]
        texts = self._all(nn.functional.pad(text, (0, max(lengths) - len(text))))
        return [json.loads(bytes(row[:length].tolist())) for row, length in zip(texts, lengths, strict=True)]

    def _all(self, tensor: Tensor) -> list[Tensor]:
        tensor = tensor.to(self.fabric.device)
        gathered = [torch.empty_like(tensor) for _ in range(self.size)]
        torch.distributed.all_gather(gathered, tensor)
        return gathered

    def require_same(self, name: str, value: int) -> None:
        """Stop where processes would not stay in step.

        Raises:
            ValueError: they hold different values.
        """
        values = self.gather(value)
        if len(set(values)) > 1:
            raise ValueError(f"{name}: expected the same in all processes, got {values}")

    @contextlib.contextmanager
    def failing_together(self) -> Iterator[None]:
        """What one process raises inside, all raise, so that none waits for one that has left."""
        if self.size == 1:
            yield
            return
        failure: Exception | None = None
        try:
            yield
        except Exception as error:
            failure = error
        failed = torch.tensor(float(failure is not None), device=self.fabric.device)
        if not self.fabric.all_reduce(failed, reduce_op="sum"):
            return
        failures = self.gather(None if failure is None else _packed(failure))
        raise failure or _unpacked(next(filter(None, failures)))


def _packed(error: Exception) -> list[Any]:
    if isinstance(error, NonFiniteLoss):
        return ["NonFiniteLoss", *error.arguments]
    kind = next((kind.__name__ for kind in (ValueError, TypeError) if isinstance(error, kind)), "")
    return [kind, str(error) if kind else f"{type(error).__name__}: {error}"]


def _unpacked(failure: list[Any]) -> Exception:
    kinds: dict[str, type[Exception]] = {
        "NonFiniteLoss": NonFiniteLoss,
        "ValueError": ValueError,
        "TypeError": TypeError,
    }
    return kinds.get(failure[0], RuntimeError)(*failure[1:])


class ModelOnShard(nn.Module):
    """A model that is given whole batches and evaluates its process's shard.

    The noise is that of the whole batch where the model can draw it beforehand (``draw_noise``): then every
    row meets the component and the numbers that it would meet in one process.

    Args:
        model: called on a batch, returns ``loss`` and ``metrics``.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, whole: MultimodalBaseDataset, rows: slice, generator: Generator) -> Any:
        """The model's output for ``rows`` alone.

        Args:
            whole: a batch.
            rows: of the batch.
            generator: source of the noise, in the same state in all processes.
        """
        draw: Any = getattr(self.model, "draw_noise", None)
        if draw is None:
            return self.model(whole[rows])
        return self.model(whole[rows], noise=draw(whole, generator).rows(rows.start, rows.stop))
