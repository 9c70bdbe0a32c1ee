"""Splits of whatever holds samples, and what they say of themselves."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import ConcatDataset, Subset, random_split

from mopoe import IncompleteDataset, MultimodalBaseDataset
from mopoe.data import masks_of
from tests.widgets.kinds import KINDS
from workbench.datasets import MultimodalDataset, Splits, hide_modalities, keep_modalities
from workbench.topics.missing.complete_cases import complete_cases

X = torch.arange(24.0).reshape(12, 2)
NAMES = list("abcabcabcabc")


def data(**options: Any) -> MultimodalDataset:
    return MultimodalDataset({"x": X, "y": X[:, 0]}, NAMES, name="twelve", **options)


def log_prob_of_mine(recon: Tensor, target: Tensor) -> Tensor:
    return -(recon - target).abs()


class Mine(nn.Module):
    """A likelihood with a text of its own."""

    def __str__(self) -> str:
        return "mine"


@pytest.mark.parametrize(
    ("kind", "params", "shown"),
    [
        (log_prob_of_mine, {}, "log_prob_of_mine"),
        (Mine(), {}, "mine"),
        ("normal", {"scale": "learned"}, "normal (scale learned)"),
        ("normal", {"scale": torch.ones(2)}, "normal (scale of shape (2,))"),
        ("laplace", {"scale": 0.75}, "laplace (scale 0.75)"),
    ],
)
def test_any_likelihood_is_shown(kind: Any, params: dict[str, Any], shown: str) -> None:
    splits = Splits(data(), data(), data(), {"x": kind}, {"x": params})
    assert repr(splits).splitlines()[1] == f"  x: 2, {shown}"
    assert f'<td style="text-align:left">{shown}</td>' in splits._repr_html_()


def test_the_parts_of_a_random_split_are_splits() -> None:
    splits = Splits(*random_split(data(), [6, 3, 3], torch.Generator().manual_seed(0)))
    assert repr(splits).startswith("twelve: 6 train, 3 validation, 3 test")
    assert splits.train.label_names == splits.test.label_names == ("a", "b", "c")
    assert sorted(torch.cat([part.data["y"] for part in splits]).tolist()) == X[:, 0].tolist()


def test_data_sets_without_a_name_become_ones_with_a_name() -> None:
    whole = IncompleteDataset(
        {"x": torch.zeros(3, 2, dtype=torch.uint8)}, {"x": [1, 1, 1]}, unit_interval="x"
    )
    splits = Splits(whole, [{"x": torch.zeros(2)}] * 2, ConcatDataset([whole, whole]))
    assert all(isinstance(part, MultimodalDataset) for part in splits)
    assert repr(splits).startswith("multimodal: 3 (0.0% missing) train, 2 validation, 6 (0.0% missing) test")
    assert splits.train.data.kept["x"].dtype == torch.uint8


def test_labels_of_other_names_in_one_of_the_splits_are_refused() -> None:
    two = MultimodalDataset({"x": X[:2], "y": X[:2, 0]}, ["b", "c"])
    with pytest.raises(ValueError, match="label_names: expected the same in train, validation and test"):
        Splits(data(), two, data())
    same = MultimodalDataset({"x": X[:2], "y": X[:2, 0]}, ["b", "c"], label_names=list("abc"))
    assert Splits(data(), same, data()).validation.labels.tolist() == [1, 2]


def test_helpers_take_parts() -> None:
    part = Subset(data(), [3, 5, 8, 9])
    hidden = hide_modalities(part, 0.5, seed=1)
    assert hidden.data["y"].tolist() == X[[3, 5, 8, 9], 0].tolist() and hasattr(hidden, "masks")
    both = ConcatDataset([data(), hide_modalities(data(), 0.5, seed=1)])
    kept = complete_cases(both)
    assert not hasattr(kept, "masks") and 12 < len(kept) < 24


def test_keeping_modalities_keeps_bytes() -> None:
    some = MultimodalDataset({"p": torch.full((3, 2), 51, dtype=torch.uint8), "q": X[:3]}, unit_interval="p")
    kept = keep_modalities(Splits(some, some, some), ["p"]).train
    assert kept.data.kept["p"].dtype == torch.uint8 and kept.data["p"].unique().tolist() == pytest.approx(
        [0.2]
    )
    assert (
        keep_modalities(Splits(some, some, some), ["q"]).train.digest()
        == MultimodalDataset({"q": X[:3]}).digest()
    )
    assert masks_of(kept) is None and isinstance(kept, MultimodalBaseDataset)


def test_what_is_printed_of_kinds_of_data_is_one_line_a_modality() -> None:
    said = {name: repr(make()) for name, make in KINDS.items()}
    assert {name: len(text.splitlines()) for name, text in said.items()} == dict.fromkeys(KINDS, 3)
    assert (
        "odd: 4, mixed of columns 0, 3: normal, scale learned, above 0.001; columns 1: categorical, 3 classes"
        in said["mixed_table"]
    )
    assert "odd: 3, squared" in said["function"] and "odd: 3, Spread" in said["likelihood_instance"]


def test_a_module_as_log_prob_is_named() -> None:
    data = MultimodalDataset({"a": torch.zeros(2, 3)})
    splits = Splits(data, data, data, decoders_dist={"a": torch.nn.Sequential(torch.nn.Linear(3, 3))})
    assert repr(splits).endswith("a: 3, Sequential")
