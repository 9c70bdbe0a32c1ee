"""Training steps recorded once as CUDA graphs and replayed: two launches instead of some thousand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from mopoe import MultimodalBaseDataset
from mopoe.data import masks_of
from mopoe.reading.parts import is_held

from .clipping import clipped_norm
from .device import device_of
from .loss_terms import LossTerms

_CHECKED_AT_ONCE = 10_000
_WARM_UPS = 3  # libraries choose algorithms and take workspace when they are first called


class Capture:
    """The steps of one training, recorded at the first batch of each size.

    What is random is drawn outside, in the order in which an ordinary step draws it, and copied in: the history is
    that of ordinary steps.

    Args:
        model: a MoPoE on a GPU.
        train: all that batches are made of, on the same GPU.
        optimizer: of the model, capturable; it must have taken a step before the first one is recorded.
        limit: of the norm of the gradient; ``None`` to measure it only.

    Raises:
        ValueError: a model or data on another device, a model that cannot draw its noise beforehand, missing
            modalities, or data that the model refuses.
    """

    def __init__(
        self,
        model: nn.Module,
        train: MultimodalBaseDataset,
        optimizer: torch.optim.Optimizer,
        limit: float | None,
    ) -> None:
        device = next(model.parameters()).device
        if device.type != "cuda":
            raise ValueError(f"capture: expected a CUDA device, got {device}")
        if not is_held(train):
            raise ValueError(
                f"capture: expected training data held in tensors, got {type(train).__name__}; use capture=False"
            )
        if device_of(train) != device:
            raise ValueError(
                "capture: expected training data that take less than half of the GPU's free memory"
            )
        config: Any = getattr(model, "model_config", None)
        if not hasattr(model, "draw_noise") or str(getattr(config, "subsets", "")).startswith("sampled"):
            raise ValueError(
                f"capture: expected a MoPoE of listed subsets, got {type(model).__name__}; use capture=False"
            )
        reading: Any = model.read_inputs
        if masks_of(train) is not None or reading(train[:1]).masks is not None:
            raise ValueError(
                "capture: expected complete data, got missing modalities or padding; use capture=False"
            )
        # A recorded step cannot ask whether data are within their support.
        check: Any = model.check_inputs
        for rows in torch.arange(len(train)).split(_CHECKED_AT_ONCE):
            check(train[rows.to(device)])
        self._made_of = model, train, optimizer, limit
        self._steps: dict[int, _Step] = {}

    def gradient(self, rows: Tensor) -> tuple[LossTerms, Callable[[], None]]:
        """The terms of the loss for a batch, and what then takes the step; the next call overwrites both.

        Args:
            rows: of the training data, (B,), on the GPU.
        """
        if len(rows) not in self._steps:
            self._steps[len(rows)] = _Step(*self._made_of, rows)
        return self._steps[len(rows)].run(rows)


class _Step:
    """The recorded step of one size of batches."""

    def __init__(
        self,
        model: Any,
        train: MultimodalBaseDataset,
        optimizer: torch.optim.Optimizer,
        limit: float | None,
        rows: Tensor,
    ) -> None:
        self.model, self.rows = model, rows.clone()
        self.example = train[rows]
        self.weights = [weight for group in optimizer.param_groups for weight in group["params"]]

        def descend() -> LossTerms:
            output = model(train[self.rows], noise=self.noise)
            output.loss.backward()
            return LossTerms.of(output, clipped_norm(self.weights, limit))

        stream = torch.cuda.Stream(model.device)
        stream.wait_stream(torch.cuda.current_stream(model.device))
        # Warming up must move neither the noise that steps will meet nor running statistics of networks.
        statistics = [buffer.clone() for buffer in model.buffers()]
        with torch.random.fork_rng(devices=[model.device]), torch.cuda.stream(stream):
            self.noise = model.draw_noise(self.example)
            for _ in range(_WARM_UPS):
                optimizer.zero_grad(set_to_none=True)
                descend()
            optimizer.zero_grad(set_to_none=True)
            for buffer, before in zip(model.buffers(), statistics, strict=True):
                buffer.copy_(before)
        self._gradient, self._update = torch.cuda.CUDAGraph(), torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._gradient, stream=stream):
            self.terms = descend()
        with torch.cuda.graph(self._update, pool=self._gradient.pool(), stream=stream):
            optimizer.step()
        self.gradients = [weight.grad for weight in self.weights]

    def run(self, rows: Tensor) -> tuple[LossTerms, Callable[[], None]]:
        drawn = self.model.draw_noise(self.example)
        self.noise.components.copy_(drawn.components)
        self.noise.shared.copy_(drawn.shared)
        for name, noise in drawn.private.items():
            self.noise.private[name].copy_(noise)
        self.rows.copy_(rows)
        for weight, gradient in zip(self.weights, self.gradients, strict=True):
            weight.grad = gradient  # of this size of batches, for whoever looks at it
        self._gradient.replay()
        return self.terms, self._update.replay
