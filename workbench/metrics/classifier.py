"""Small convolutional classifiers that read what a picture shows: one for each modality of images."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mopoe import MultimodalBaseDataset
from mopoe.data import masks_of
from mopoe.masks import all_observed
from mopoe.reading.parts import gathered
from workbench.training.seeding import seeded

from .readers import read_labels

# Enough to fill two cores, and small enough to stay in their cache.
_EVALUATION_BATCH = 512


class DigitClassifier(nn.Module):
    """Two strided convolutions, a hidden layer, logits: (B, C, H, W) → (B, n_classes).

    Sizes as in the PolyMNIST digit classifiers of Sutter et al. 2021: 3 → 10 → 20 channels by kernels of 4,
    stride 2 and padding 1, then 128 units. Dropout ½ stands before the hidden layer, in the authors' behind it.
    Theirs also drop whole channels after each convolution (``channel_dropout=0.5``), which makes training slower
    and is off by default.

    Args:
        input_dim: (C, H, W).
        n_classes: number of labels.
        channel_dropout: probability of dropping a channel after each convolution.

    Raises:
        ValueError: no shape of images.
    """

    def __init__(self, input_dim: Sequence[int], n_classes: int = 10, channel_dropout: float = 0.0) -> None:
        super().__init__()
        if len(input_dim) != 3 or min(input_dim[1:]) < 4:
            raise ValueError(
                f"input_dim: expected (C, H, W) with sides of 4 and more, got {tuple(input_dim)}"
            )
        channels, height, width = input_dim
        self.layers = nn.Sequential(
            nn.Conv2d(channels, 10, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Dropout2d(channel_dropout),
            nn.Conv2d(10, 20, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Dropout2d(channel_dropout),
            nn.Flatten(),
            nn.Dropout(0.5),
            nn.Linear(20 * (height // 4) * (width // 4), 128),
            nn.ReLU(),
            nn.Linear(128, n_classes),
        )

    def forward(self, images: Tensor) -> Tensor:
        """Logits."""
        return self.layers(images)

    def classify(self, images: Tensor, *, legacy: bool = False) -> Tensor:
        """The likeliest label of each image, (B, C, H, W) → (B,).

        Args:
            images: in the range that the classifier was trained on.
            legacy: leave dropout on, as the published code did: labels are then random, and coherence by them
                is lower. Without it the classifier is in evaluation mode, whatever mode it was in.
        """
        return self._evaluated(images, self, legacy).argmax(1)

    def features(self, images: Tensor) -> Tensor:
        """Activations of the hidden layer, (B, C, H, W) → (B, 128), in evaluation mode."""
        return self._evaluated(images, self.layers[:-1])

    @torch.no_grad()
    def _evaluated(self, images: Tensor, layers: nn.Module, dropping: bool = False) -> Tensor:
        self.train(dropping)
        weight = next(self.parameters())
        # Chunks of the GPU would only be launches; on a CPU they stay in its cache.
        size = _EVALUATION_BATCH if weight.device.type == "cpu" else max(1, len(images))
        found = torch.cat([layers(chunk) for chunk in images.to(weight).split(size)])
        self.eval()
        return found.to(images.device)


def train_classifiers(
    train: MultimodalBaseDataset,
    *,
    seed: int,
    epochs: int = 2,
    modalities: Sequence[str] | None = None,
    batch_size: int = 64,
    learning_rate: float = 3e-3,
    channel_dropout: float = 0.0,
) -> dict[str, DigitClassifier]:
    """One classifier for each modality of images, trained on real data with their labels.

    Args:
        train: labelled data; images of which something is missing by a mask are left out.
        seed: of initial weights, order and dropout; the caller's random state stays as it was.
        epochs: passes over the data.
        modalities: which; by default all whose samples have the shape (C, H, W).
        batch_size: samples a step.
        learning_rate: of Adam.
        channel_dropout: of :class:`DigitClassifier`; 0.5 as the paper's.

    Returns:
        modality → classifier in evaluation mode, on the device of the data.

    Raises:
        ValueError: no labels, no epochs, an unknown modality, or one that holds no images, or none that is whole.
        TypeError: labels that are no whole numbers.
    """
    train = gathered(train)
    labels = read_labels(train, "train")
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 1:
        raise ValueError(f"epochs: expected a whole number >= 1, got {epochs!r}")
    names = _image_modalities(train, modalities)
    masks, classifiers = masks_of(train), {}
    for number, name in enumerate(names):
        images, targets = train.data[name], labels
        if masks is not None:
            seen = _whole(masks[name], name)
            images, targets = images[seen], targets[seen]
        with seeded(seed + number, images.device):
            n_classes = int(labels.max()) + 1
            classifier = DigitClassifier(images.shape[1:], n_classes, channel_dropout).to(images.device)
            _train(classifier, images, targets, epochs, batch_size, learning_rate)
        classifiers[name] = classifier.eval()
    return classifiers


def accuracy(classifier: DigitClassifier, images: Tensor, labels: Tensor) -> float:
    """Share of the images, (B, C, H, W), whose label, (B,), the classifier finds."""
    return float((classifier.classify(images) == labels).double().mean())


def _whole(mask: Tensor, name: str) -> Tensor:
    """Which images are whole, (B,)."""
    whole = all_observed(mask)
    if not bool(whole.any()):
        raise ValueError(f"train: expected images without missing entries in modality {name!r}, got none")
    return whole


def _image_modalities(train: MultimodalBaseDataset, modalities: Sequence[str] | None) -> list[str]:
    images = [name for name, dims in train.input_dims.items() if len(dims) == 3]
    wanted = images if modalities is None else list(modalities)
    for name in wanted:
        if name not in images:
            raise ValueError(f"modalities: expected modalities of images among {images}, got {name!r}")
    if not wanted:
        raise ValueError(f"train: expected a modality of images (C, H, W), got {train.input_dims}")
    return wanted


def _train(
    classifier: DigitClassifier,
    images: Tensor,
    labels: Tensor,
    epochs: int,
    batch_size: int,
    learning_rate: float,
) -> None:
    optimizer = torch.optim.Adam(classifier.parameters(), lr=learning_rate, fused=True)
    for _ in range(epochs):
        for indices in torch.randperm(len(images)).to(images.device).split(batch_size):
            optimizer.zero_grad()
            cross_entropy(classifier(images[indices]), labels[indices]).backward()
            optimizer.step()
