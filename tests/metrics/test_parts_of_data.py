"""Metrics, samplers, explorers and printed pictures take a part of the data for its samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.data import ConcatDataset, Subset

from mopoe import MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.explorers import explore_families, explore_subsets, explore_traversals
from workbench.metrics import conditional_coherence, latent_accuracy, train_classifiers
from workbench.metrics.texts import text_reader
from workbench.posteriors.views import show_ladder, show_samples
from workbench.samplers import fit_latent_mixture

NAMES = ("a", "b")


class ReadsThePixel:
    def classify(self, images: Tensor) -> Tensor:
        return (images.mean((1, 2, 3)) > 0).long()


def data(n: int = 24) -> MultimodalBaseDataset:
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(n) % 2
    tensors = {
        name: labels[:, None, None, None] - 0.5 + torch.randn(n, 1, 4, 4, generator=generator)
        for name in NAMES
    }
    return MultimodalBaseDataset(tensors, labels)


def model() -> MoPoE:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return MoPoE(MoPoEConfig(2, 2, dict.fromkeys(NAMES, (1, 4, 4)))).eval()


READERS = dict.fromkeys(NAMES, ReadsThePixel())
USES: dict[str, Callable[[Any], Any]] = {
    "coherence": lambda d: conditional_coherence(model(), d, READERS, seed=0).accuracy,
    "latents": lambda d: latent_accuracy(model(), d, d, n_labelled=8, n_draws=2, seed=0)._repr_html_(),
    "classifiers": lambda d: [
        w.sum().item() for w in train_classifiers(d, seed=0, epochs=1)["a"].parameters()
    ],
    "mixture": lambda d: fit_latent_mixture(model(), d, n_components=1, seed=0).means.tolist(),
    "subset explorer": lambda d: explore_subsets(model(), d, sample=3).panels,
    "traversal explorer": lambda d: explore_traversals(model(), d, sample=3).panels,
    "family explorer": lambda d: explore_families({"one": model()}, d, sample=3).panels,
    "samples": lambda d: show_samples(d, [0, 3]).png,
    "ladder": lambda d: show_ladder(model(), d, 3).png,
}


@pytest.mark.parametrize("use", list(USES))
def test_a_part_is_its_samples(use: str) -> None:
    whole = data()
    expected = USES[use](whole[4:])
    assert USES[use](Subset(whole, range(4, 24))) == expected
    assert USES[use](ConcatDataset([whole[4:10], whole[10:]])) == expected


def test_texts_are_read_from_a_part() -> None:
    words = torch.eye(3)[torch.tensor([[0, 1], [2, 2], [1, 0], [2, 2]])]
    texts = MultimodalBaseDataset({"t": words}, [5, 0, 1, 0])
    reader = text_reader(Subset(texts, [1, 2, 3]), "t")
    assert reader.classify(words).tolist() == text_reader(texts[1:], "t").classify(words).tolist()
