"""What a decoded text says: the label of the known text that it agrees with in most characters."""

from __future__ import annotations

import torch
from torch import Tensor

from mopoe import MultimodalBaseDataset
from mopoe.data import masks_of
from mopoe.masks import all_observed
from mopoe.reading.parts import gathered

from .readers import read_labels


class TextReader:
    """Reads one-hot texts or probabilities of characters, (B, length, characters) → labels (B,).

    A decoder that is unsure of a character gives probabilities. The label is that of the template with the
    largest expected number of characters in agreement.

    Args:
        templates: one-hot texts, (T, length, characters).
        labels: of the templates, (T,).
    """

    def __init__(self, templates: Tensor, labels: Tensor) -> None:
        self._templates, self._labels = templates.flatten(1), labels

    def classify(self, texts: Tensor, *, legacy: bool = False) -> Tensor:
        """The label of each text, (B,); with ``legacy`` too, as there is no dropout to leave on."""
        agreement = texts.flatten(1).to(self._templates) @ self._templates.T
        return self._labels[agreement.argmax(1)].to(texts.device)


def text_reader(train: MultimodalBaseDataset, modality: str) -> TextReader:
    """A reader whose templates are the texts that occur in the training data.

    Args:
        train: labelled data; texts of which something is missing by a mask are left out.
        modality: whose data are one-hot characters, (B, length, characters).

    Raises:
        ValueError: no labels, no such modality, or data of another shape.
    """
    train = gathered(train)
    labels = read_labels(train, "train")
    if modality not in train.modalities or train.data[modality].ndim != 3:
        raise ValueError(
            f"text_reader: expected a modality of one-hot texts (length, characters), got {modality!r} "
            f"among {train.input_dims}"
        )
    texts = train.data[modality]
    masks = masks_of(train)
    if masks is not None:
        seen = all_observed(masks[modality].bool())
        texts, labels = texts[seen], labels[seen]
    templates, which = torch.unique(texts, dim=0, return_inverse=True)
    of_template = labels.new_empty(len(templates)).scatter_(0, which, labels)
    return TextReader(templates, of_template)
