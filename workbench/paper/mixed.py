"""The paper's experiment on three kinds of data, MNIST–SVHN–Text: its networks and readers of the label."""

from __future__ import annotations

from typing import Any

from workbench.datasets.base import MultimodalDataset, Splits
from workbench.metrics import train_classifiers
from workbench.metrics.texts import text_reader

#: Shape of a modality → network. The paper's perceptron for MNIST has 400 hidden units, ``"mlp"`` has 512; a
#: photograph of 28 × 28 is not in that experiment, and gets the network of the paper's other photographs.
PAPER_NETWORKS = {(1, 28, 28): "mlp", (3, 28, 28): "conv28", (3, 32, 32): "conv32", (8, 27): "text1d"}


def paper_networks(data: Splits) -> dict[str, str]:
    """Modality → name of the network that is, or is nearest to, the paper's.

    Source: the published code of Sutter et al. 2021, folder ``mnistsvhntext/networks``.

    Raises:
        ValueError: a modality of a shape that the paper's experiments do not have.
    """
    for name, shape in data.input_dims.items():
        if shape not in PAPER_NETWORKS:
            raise ValueError(
                f"paper_networks: expected shapes among {list(PAPER_NETWORKS)}, got {shape} for {name!r}"
            )
    return {name: PAPER_NETWORKS[shape] for name, shape in data.input_dims.items()}


def train_readers(train: MultimodalDataset, *, seed: int, epochs: int) -> dict[str, Any]:
    """Modality → what reads its label: a classifier of the paper's architecture for images, templates for texts.

    Args:
        train: labelled data.
        seed: of the classifiers.
        epochs: passes over the data, for each classifier.
    """
    classifiers = train_classifiers(train, seed=seed, epochs=epochs, channel_dropout=0.5)
    return {
        name: classifiers[name] if name in classifiers else text_reader(train, name)
        for name in train.modalities
    }
