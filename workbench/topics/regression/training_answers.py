"""What must hold of a training whatever it learned: the weights returned are those that the history speaks of."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from mopoe import MoPoE
from workbench.datasets import MultimodalDataset
from workbench.training import TrainConfig
from workbench.training.seeding import seeded


def validation_loss(model: MoPoE, validation: MultimodalDataset, config: TrainConfig) -> float:
    """The loss on the validation data as :func:`workbench.training.fit` takes it after each epoch, in nats."""
    model.eval()
    total = 0.0
    with torch.no_grad(), seeded(config.seed, model.device):
        for indices in torch.arange(len(validation)).split(config.batch_size):
            total += float(model(validation[indices]).loss_sum)
    return total / len(validation)


def reloaded(model: MoPoE) -> MoPoE:
    """The model as it comes back from its files."""
    with TemporaryDirectory() as folder:
        model.save_pretrained(Path(folder))
        return MoPoE.from_pretrained(Path(folder))


def largest_difference(first: MoPoE, second: MoPoE) -> float:
    """Of any weight of two models with the same networks."""
    weights = second.state_dict()
    return max(float((weight - weights[name]).abs().max()) for name, weight in first.state_dict().items())
