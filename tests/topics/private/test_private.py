"""Probes and swaps of styles on models whose latents are known by construction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from mopoe import BaseDecoder, BaseMultilatentEncoder, ModelOutput, MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.datasets import Splits
from workbench.datasets.base import MultimodalDataset
from workbench.topics.private.arrays import MEASURES
from workbench.topics.private.probes import (
    background_colour,
    codes_by_view,
    explained_variance,
    label_accuracy,
)
from workbench.topics.private.study import own_nats, private_study
from workbench.topics.private.swaps import next_of_another_label, style_swaps, swap_shares

NAMES = ("a", "b")
SIDE = 8


class ReadsTheMiddle(nn.Module):
    """z is the value in the middle of the picture, w the value in its corner; both without doubt."""

    def forward(self, x: Tensor) -> ModelOutput:
        middle, corner = x[:, 0, 4, 4, None], x[:, 0, 0, 0, None]
        sure = torch.full_like(middle, -30.0)
        return ModelOutput(
            embedding=middle, log_covariance=sure, style_embedding=corner, style_log_covariance=sure
        )


class Encoder(ReadsTheMiddle, BaseMultilatentEncoder):
    pass


class Draws(BaseDecoder):
    """z in the middle, w around it."""

    def forward(self, latent: Tensor) -> ModelOutput:
        z, w = latent[:, 0, None, None, None], latent[:, 1, None, None, None]
        inside = torch.zeros(SIDE, SIDE, dtype=torch.bool)
        inside[2:-2, 2:-2] = True
        return ModelOutput(reconstruction=torch.where(inside, z, w))


class Reader:
    """Reads the value in the middle."""

    def classify(self, images: Tensor) -> Tensor:
        return images[:, 0, 4, 4].round().long()


def data(n: int, seed: int = 0) -> MultimodalDataset:
    """The label in the middle of each view, a private number around it."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 3, (n,), generator=generator)
    labels[:3] = torch.arange(3)
    views = {}
    for name in NAMES:
        private = torch.randn(n, generator=generator)
        views[name] = Draws()(torch.stack([labels.float(), private], 1)).reconstruction
    return MultimodalDataset(views, labels)


def model(**config: Any) -> MoPoE:
    dims = dict.fromkeys(NAMES, (1, SIDE, SIDE))
    settings = {"modalities_specific_dim": dict.fromkeys(NAMES, 1), "prior_expert": "none"}
    return MoPoE(
        MoPoEConfig(2, latent_dim=1, input_dims=dims, **(settings | config)),
        {name: Encoder() for name in NAMES},
        {name: Draws() for name in NAMES},
    )


READERS: dict[str, Any] = dict.fromkeys(NAMES, Reader())


def test_probes_find_what_is_there_and_nothing_where_nothing_is() -> None:
    train, test = data(300), data(300, seed=1)
    codes, test_codes = (codes_by_view(model(), part)["a"] for part in (train, test))
    colour, test_colour = (background_colour(part.data["a"]) for part in (train, test))
    labels, test_labels = train.labels.numpy(), test.labels.numpy()
    digit = {kind: label_accuracy(codes[kind], labels, test_codes[kind], test_labels) for kind in codes}
    variance = {
        kind: explained_variance(codes[kind], colour, test_codes[kind], test_colour) for kind in codes
    }
    assert digit["shared"] == 1 and digit["private"] < 0.5
    assert variance["private"] == pytest.approx(1) and abs(variance["shared"]) < 0.1


def test_the_background_is_the_mean_of_the_frame() -> None:
    images = torch.zeros(1, 3, 6, 6)
    images[:, :, 2:4, 2:4] = 5.0
    images[:, 1, 0, 0] = 32.0  # one of 32 pixels of the frame
    assert background_colour(images) == pytest.approx(np.array([[0.0, 1.0, 0.0]]))


def test_a_swap_takes_z_from_the_column_and_w_from_the_row() -> None:
    some = data(20)
    swaps = style_swaps(model(), some, "b", [0, 1, 2], [5, 6], READERS)
    assert swaps.pictures.shape == (2, 3, 1, SIDE, SIDE)
    for i, style in enumerate((5, 6)):
        for j, content in enumerate((0, 1, 2)):
            picture = swaps.pictures[i, j, 0]
            assert picture[4, 4] == pytest.approx(float(some.data["b"][content, 0, 4, 4]), abs=1e-5)
            assert picture[0, 0] == pytest.approx(float(some.data["b"][style, 0, 0, 0]), abs=1e-5)
    assert (swaps.readings == swaps.content_labels).all()
    assert swaps.style_labels.tolist() == some.labels[[5, 6]].tolist()


def test_shares_of_swaps_tell_who_decides() -> None:
    assert swap_shares(model(), data(30), READERS) == (1.0, 0.0)

    class ReadsTheCorner(Reader):
        def classify(self, images: Tensor) -> Tensor:
            return images[:, 0, 0, 0].round().long()

    class ReadsNothing(Reader):
        def classify(self, images: Tensor) -> Tensor:
            return torch.full((len(images),), 9)

    assert swap_shares(model(), data(30), dict.fromkeys(NAMES, ReadsNothing())) == (0.0, 0.0)

    # With the label all over the picture, a reader of the corner sees that of w.
    labels = torch.arange(30) % 3
    flat = MultimodalDataset(
        {name: labels.float()[:, None, None, None].expand(-1, 1, 8, 8) for name in NAMES}, labels
    )
    assert swap_shares(model(), flat, dict.fromkeys(NAMES, ReadsTheCorner())) == (0.0, 1.0)


def test_the_next_of_another_label_goes_round() -> None:
    assert next_of_another_label(np.array([0, 0, 1, 0])).tolist() == [2, 2, 3, 2]
    with pytest.raises(ValueError, match="two labels"):
        next_of_another_label(np.zeros(3, int))


def test_own_nats_are_those_of_the_normal_density() -> None:
    some = data(10)
    splits = Splits(some, some, some)
    # The reconstruction is perfect: what is left is ln(√2π) for each of the 64 pixels.
    assert own_nats(model(), splits, seed=0) == pytest.approx(SIDE**2 * np.log(2 * np.pi) / 2, abs=1e-3)


def test_a_study_has_every_measure_by_size_and_seed() -> None:
    splits = Splits(data(60), data(10), data(40, seed=1))
    plain = MoPoE(MoPoEConfig(2, latent_dim=2, input_dims=splits.input_dims))
    found = private_study({0: [plain, plain], 1: [model(), model()]}, splits, READERS, [0, 1])
    assert found.private_dims == [0, 1] and found.total == 2
    assert set(found.values) == set(MEASURES)
    for name, values in found.values.items():
        assert values.shape == (2, 2)
        without = "private" in name or "swap" in name
        assert np.isnan(values[0]).all() == without and not np.isnan(values[1]).any()
    assert found.values["digit_in_shared"][1] == pytest.approx([1, 1])
    assert found.values["coherence"][1] == pytest.approx([1, 1])
    assert found.chance == int(splits.test.labels.bincount().max()) / 40


def test_swaps_need_private_latents() -> None:
    plain = MoPoE(MoPoEConfig(2, latent_dim=2, input_dims=dict.fromkeys(NAMES, (1, SIDE, SIDE))))
    with pytest.raises(ValueError, match="private latents"):
        style_swaps(plain, MultimodalBaseDataset(data(4).data), "a", [0], [1], READERS)
