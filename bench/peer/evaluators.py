"""MultiVae's trainer and evaluators on a model of ours, beside ours.

``.venv-peer/bin/python -m bench.peer.evaluators`` after ``make .venv-peer/.ready``; a minute, and a table for
docs/coming_from_multivae.md. Fails where the two libraries do not agree within the error of the draws.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import torchmetrics  # before the stand-ins, as it looks for torchvision
from torch import Tensor, nn

from bench.kit.tables import table
from mopoe import MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.metrics import conditional_coherence
from workbench.paper.multivae.stand_ins import stand_in_for_torchvision

from .adapter import AsMultiVae

with stand_in_for_torchvision():
    from multivae.data.datasets.base import MultimodalBaseDataset as PeerDataset
    from multivae.metrics import (
        CoherenceEvaluator,
        CoherenceEvaluatorConfig,
        LikelihoodsEvaluator,
        LikelihoodsEvaluatorConfig,
        Reconstruction,
        ReconstructionConfig,
    )
    from multivae.samplers import GaussianMixtureSampler
    from multivae.trainers import BaseTrainer, BaseTrainerConfig

NAMES, CLASSES, SIZE, NOISE = ("a", "b", "c"), 10, 12, 1.0
DRAWS = (1, 10)
# Differences between two estimates of one share, in their standard errors.
ALLOWED = 4.5
MSE = ReconstructionConfig(metric="MSE")


class NotInOrder(AsMultiVae):
    """The mistake that the adapter keeps one from: draws in our order handed to MultiVae's evaluator."""

    def predict(self, *arguments: Any, **keywords: Any) -> Any:
        return self.model.predict(*arguments, **keywords)


class NearestPattern(nn.Module):
    """A reader of labels for both libraries: logits by distance to the patterns of the classes."""

    def __init__(self, patterns: Tensor) -> None:
        super().__init__()
        self.register_buffer("patterns", patterns)

    def forward(self, x: Tensor) -> Tensor:
        return -torch.cdist(x, self.get_buffer("patterns")).square()

    def classify(self, x: Tensor) -> Tensor:
        return self(x).argmax(1)


def patterned(each: int, patterns: dict[str, Tensor]) -> MultimodalBaseDataset:
    """``each`` samples of every class: its pattern in each modality, under noise that hides it now and then.

    As many of every class, as MultiVae averages over classes, ours over samples.
    """
    labels = torch.arange(CLASSES).repeat(each)
    data = {name: known[labels] + NOISE * torch.randn(len(labels), SIZE) for name, known in patterns.items()}
    return MultimodalBaseDataset(data, labels)


def as_theirs(data: MultimodalBaseDataset) -> PeerDataset:
    return PeerDataset(dict(data.data), data.labels)


def trained(train: MultimodalBaseDataset, held_out: MultimodalBaseDataset, epochs: int) -> MoPoE:
    """A model of ours after MultiVae's trainer, as that saved it."""
    model = AsMultiVae(MoPoE(MoPoEConfig(len(NAMES), 8, train.input_dims)))
    first = float(model(as_theirs(held_out)).loss.detach())
    with tempfile.TemporaryDirectory() as folder:
        settings = BaseTrainerConfig(
            output_dir=folder,
            num_epochs=epochs,
            learning_rate=1e-3,
            per_device_train_batch_size=100,
            steps_saving=epochs - 1,
            no_cuda=True,
        )
        trainer = BaseTrainer(model, as_theirs(train), as_theirs(held_out), settings)
        trainer.train()
        (checkpoint,) = Path(folder).glob("*/checkpoint_epoch_*")
        resumed = BaseTrainer(model, as_theirs(train), as_theirs(held_out), checkpoint=str(checkpoint))
        assert resumed.trained_epochs == epochs - 1
        assert float(resumed.best_eval_loss) >= float(trainer.best_eval_loss)
        (saved,) = Path(folder).glob("*/final_model")
        print(
            f"BaseTrainer: held-out loss {first:.2f} before, {float(trainer.best_eval_loss):.2f} nats after"
        )
        return MoPoE.from_pretrained(saved)


def peers_coherence(
    model: AsMultiVae, data: MultimodalBaseDataset, readers: dict[str, Any], draws: int
) -> dict[str, float]:
    settings = CoherenceEvaluatorConfig(batch_size=128, nb_samples_for_cross=draws, nb_samples_for_joint=10)
    found = CoherenceEvaluator(model, dict(readers), as_theirs(data), eval_config=settings).eval()
    return {name: float(value) for name, value in found.items() if "_to_" in name}


def ours_coherence(
    model: MoPoE, data: MultimodalBaseDataset, readers: dict[str, Any], draws: int
) -> dict[str, float]:
    found = conditional_coherence(model, data, readers, n_draws=draws, seed=1)
    return {
        f"{'_'.join(subset)}_to_{target}": share
        for subset, targets in found.accuracy.items()
        for target, share in targets.items()
    }


def largest_difference(ours: dict[str, float], theirs: dict[str, float], samples: int, draws: int) -> float:
    """Over pairs of what is seen and what is generated, in standard errors of the draws.

    The samples are the same in both, so that what differs is the draws: a sample's share of hits has a variance of
    at most p(1 − p) over draws.
    """
    assert ours.keys() == theirs.keys()
    errors = {
        name: math.sqrt(2 * max(p * (1 - p), 1 / samples) / (samples * draws)) for name, p in ours.items()
    }
    return max(abs(p - theirs[name]) / errors[name] for name, p in ours.items())


def mean(shares: dict[str, float]) -> str:
    return f"{sum(shares.values()) / len(shares):.4f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--each", type=int, default=200, help="test samples of every class")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    patterns = {name: torch.randn(CLASSES, SIZE) for name in NAMES}
    readers = {name: NearestPattern(known) for name, known in patterns.items()}
    train, held_out, test = (patterned(each, patterns) for each in (400, 50, options.each))
    print(
        f"torch {torch.__version__}, multivae {version('multivae')}, torchmetrics {torchmetrics.__version__}"
    )
    model = trained(train, held_out, options.epochs)
    rows = []
    for draws in DRAWS:
        ours = ours_coherence(model, test, readers, draws)
        theirs = peers_coherence(AsMultiVae(model), test, readers, draws)
        wrong = peers_coherence(NotInOrder(model), test, readers, draws)
        apart = largest_difference(ours, theirs, len(test), draws)
        rows.append([str(draws), mean(ours), mean(theirs), f"{apart:.1f}", mean(wrong)])
        assert apart < ALLOWED, (ours, theirs)
    head = ["`nb_samples_for_cross`", "ours", "MultiVae's evaluator", "largest difference in standard errors"]
    print(table([*head, "MultiVae's without `layout`"], rows))
    settings = LikelihoodsEvaluatorConfig(batch_size=100, num_samples=1000, batch_size_k=100)
    likelihoods = LikelihoodsEvaluator(AsMultiVae(model), as_theirs(test), eval_config=settings)
    joint = likelihoods.joint_nll()
    ours_nll = model.estimate_nll(test, K=1000).mean()
    print(f"LikelihoodsEvaluator: {float(joint):.4f} nats a sample; estimate_nll: {ours_nll}")
    subset = float(likelihoods.joint_nll_from_subset(["a", "b"]))
    print(f"by the product of two modalities alone: {subset:.3f}, which few draws leave too large")
    judge = Reconstruction(AsMultiVae(model), as_theirs(test), eval_config=MSE)
    distance = float(judge.reconstruction_from_subset(list(NAMES)))
    print(f"Reconstruction: a mean square distance of {distance:.2f} over three modalities of {SIZE} numbers")
    sampler = GaussianMixtureSampler(AsMultiVae(model))
    sampler.fit(as_theirs(train))
    drawn = CoherenceEvaluator(
        AsMultiVae(model), dict(readers), as_theirs(test), sampler=sampler
    ).joint_coherence()
    print(f"Joint coherence of GaussianMixtureSampler: {float(drawn):.3f}")
    assert abs(float(joint) - ours_nll.value) < ALLOWED * math.sqrt(2) * ours_nll.monte_carlo_error


if __name__ == "__main__":
    main()
