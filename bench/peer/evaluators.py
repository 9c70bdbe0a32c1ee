"""MultiVae's trainer and evaluators on a model of ours, beside ours.

``.venv-peer/bin/python -m bench.peer.evaluators`` after ``make .venv-peer/.ready``; a few minutes, and a table for
docs/coming_from_multivae.md. Fails where the two libraries do not agree within the error of the draws.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from importlib.metadata import version
from pathlib import Path

import torch
import torchmetrics  # before the stand-ins, as it looks for torchvision
from torch import nn

from bench.kit.tables import table
from mopoe import MoPoE, MultimodalBaseDataset
from workbench.datasets import Splits, polydigits
from workbench.metrics import conditional_coherence, train_classifiers
from workbench.paper.multivae.stand_ins import stand_in_for_torchvision
from workbench.training.build import build_model

from .adapter import AsMultiVae

with stand_in_for_torchvision():
    from multivae.data.datasets.base import MultimodalBaseDataset as PeerDataset
    from multivae.metrics import (
        CoherenceEvaluator,
        CoherenceEvaluatorConfig,
        LikelihoodsEvaluator,
        LikelihoodsEvaluatorConfig,
    )
    from multivae.trainers import BaseTrainer, BaseTrainerConfig

DRAWS = (1, 10)
# Differences between two estimates of one share, in their standard errors.
ALLOWED = 4.5


class NotInOrder(AsMultiVae):
    """The mistake that the adapter keeps one from: draws in our order handed to MultiVae's evaluator."""

    def predict(self, *arguments: object, **keywords: object) -> object:
        return self.model.predict(*arguments, **keywords)


def balanced(data: MultimodalBaseDataset, each: int) -> MultimodalBaseDataset:
    """As many of every label: MultiVae averages over labels, ours over samples."""
    rows = [(data.labels == label).nonzero().flatten()[:each] for label in data.labels.unique()]
    assert all(len(found) == each for found in rows)
    return data[torch.cat(rows)]


def as_theirs(data: MultimodalBaseDataset) -> PeerDataset:
    return PeerDataset(dict(data.data), data.labels)


def trained(data: Splits, epochs: int, folder: str) -> tuple[MoPoE, float, float]:
    """A model of ours after MultiVae's trainer, and the first and last loss that it noted."""
    model = AsMultiVae(build_model(data, latent_dim=32, beta=2.5))
    first = float(model(as_theirs(data.train)).loss)
    settings = BaseTrainerConfig(
        output_dir=folder,
        num_epochs=epochs,
        learning_rate=1e-3,
        per_device_train_batch_size=256,
        no_cuda=True,
    )
    trainer = BaseTrainer(model, as_theirs(data.train), as_theirs(data.validation), settings)
    trainer.train()
    (saved,) = Path(folder).glob("*/final_model")
    return MoPoE.from_pretrained(saved), first, float(trainer.best_eval_loss)


def peers_coherence(
    model: AsMultiVae, data: MultimodalBaseDataset, readers: dict[str, nn.Module], draws: int
) -> dict[str, float]:
    settings = CoherenceEvaluatorConfig(batch_size=128, nb_samples_for_cross=draws, nb_samples_for_joint=10)
    found = CoherenceEvaluator(model, dict(readers), as_theirs(data), eval_config=settings).eval()
    return {name: float(value) for name, value in found.items() if "_to_" in name}


def ours_coherence(
    model: MoPoE, data: MultimodalBaseDataset, readers: dict[str, nn.Module], draws: int
) -> dict[str, float]:
    found = conditional_coherence(model, data, readers, n_draws=draws, seed=1)
    return {
        f"{'_'.join(subset)}_to_{target}": share
        for subset, targets in found.accuracy.items()
        for target, share in targets.items()
    }


def compare(ours: dict[str, float], theirs: dict[str, float], samples: int) -> tuple[float, float, float]:
    """Means over pairs of seen and generated, and the largest difference in standard errors."""
    assert ours.keys() == theirs.keys()
    worst = 0.0
    for name, share in ours.items():
        # Of one draw a sample; more draws have less, so that this allows no more than a draw's error.
        error = math.sqrt(2 * max(share * (1 - share), 0.25 / samples) / samples)
        worst = max(worst, abs(share - theirs[name]) / error)
    return sum(ours.values()) / len(ours), sum(theirs.values()) / len(theirs), worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--each", type=int, default=60, help="test samples of every label")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    data = polydigits(n_modalities=3, n_train=4000, n_validation=500, n_test=1500)
    test = balanced(data.test, options.each)
    readers = train_classifiers(data.train, seed=0)
    with tempfile.TemporaryDirectory() as folder:
        model, first, last = trained(data, options.epochs, folder)
    print(
        f"torch {torch.__version__}, multivae {version('multivae')}, torchmetrics {torchmetrics.__version__}"
    )
    print(f"MultiVae's BaseTrainer: loss {first:.0f} before, {last:.0f} nats after {options.epochs} epochs")
    rows = []
    for draws in DRAWS:
        ours = ours_coherence(model, test, readers, draws)
        theirs = peers_coherence(AsMultiVae(model), test, readers, draws)
        wrong = peers_coherence(NotInOrder(model), test, readers, draws)
        means = compare(ours, theirs, len(test))
        rows.append(
            [
                str(draws),
                *(f"{x:.3f}" for x in means[:2]),
                f"{means[2]:.1f}",
                f"{sum(wrong.values()) / len(wrong):.3f}",
            ]
        )
        assert means[2] < ALLOWED, (ours, theirs)
    head = [
        "nb_samples_for_cross",
        "ours",
        "MultiVae's",
        "MultiVae's without `layout`",
        "largest difference, errors",
    ]
    print(table(head, rows))
    settings = LikelihoodsEvaluatorConfig(batch_size=100, num_samples=50, batch_size_k=50)
    batch = test[:100]
    joint = float(LikelihoodsEvaluator(AsMultiVae(model), as_theirs(batch), eval_config=settings).joint_nll())
    print(
        f"LikelihoodsEvaluator: {joint:.1f} nats a sample; estimate_nll: {model.estimate_nll(batch, K=50).mean()}"
    )


if __name__ == "__main__":
    main()
