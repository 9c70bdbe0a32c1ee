"""Inputs in every form that people have in hand mean the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, default_collate

from mopoe import Batch, IncompleteDataset, ModelOutput, MoPoE, MultimodalBaseDataset, collate


class TheirOutput(OrderedDict):
    """The kind of output that other libraries use: an ordered dictionary that mirrors keys to attributes."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        super().__setattr__(name, value)

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        super().__setattr__(key, value)


def same(model: MoPoE, inputs: object, reference: object) -> None:
    """Loss, draws and likelihood of ``inputs`` are bit-identical to those of ``reference``."""

    def everything(x: object) -> list[Tensor]:
        def seed() -> torch.Generator:
            return torch.Generator().manual_seed(0)

        return [
            model(x, generator=seed()).loss,
            model.encode(x, N=2, ignore_incomplete=True, generator=seed()).z,
            model.inference(x, generator=seed())["weights"],
            model.compute_joint_nll(x, K=3, generator=seed()),
        ]

    for found, expected in zip(everything(inputs), everything(reference), strict=True):
        assert torch.equal(found, expected)


def complete_forms(dataset: MultimodalBaseDataset) -> Mapping[str, object]:
    data = dataset.data
    return {
        "plain dict": data,
        "slice": dataset[0:5],
        "list of numbers": dataset[[0, 1, 2, 3, 4]],
        "dict in another order": dict(reversed(data.items())),
        "dict with data": {"data": data, "labels": dataset.labels},
        "default collate": next(iter(DataLoader(dataset, batch_size=5))),
        "our collate": next(iter(DataLoader(dataset, batch_size=5, collate_fn=collate))),
        "collated by hand": default_collate([dataset[i] for i in range(5)]),
        "batch": Batch(data=data),
        "object with data": SimpleNamespace(data=data),
        "another library's output": TheirOutput(data=data),
        "masks of None": {"data": data, "masks": None},
    }


@pytest.mark.parametrize("form", list(complete_forms(MultimodalBaseDataset({"x": [[0.0]] * 5}))))
def test_complete_data_in_every_form(
    form: str, small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    dataset = MultimodalBaseDataset(support_data(), labels=torch.arange(5))
    same(small_model(), complete_forms(dataset)[form], dataset)


def masked_forms(dataset: IncompleteDataset) -> Mapping[str, object]:
    data, masks = dataset.data, dataset.masks
    return {
        "slice": dataset[0:5],
        "default collate": next(iter(DataLoader(dataset, batch_size=5))),
        "our collate": next(iter(DataLoader(dataset, batch_size=5, collate_fn=collate))),
        "batch": Batch(data=data, masks=masks),
        "dict": {"data": data, "masks": masks},
        "object": SimpleNamespace(data=data, masks=masks),
        "integer masks": {"data": data, "masks": {m: mask.int() for m, mask in masks.items()}},
        "float masks": {"data": data, "masks": {m: mask.float() for m, mask in masks.items()}},
        "numpy masks": {"data": data, "masks": {m: mask.numpy() for m, mask in masks.items()}},
        "masks as lists": {"data": data, "masks": {m: mask.tolist() for m, mask in masks.items()}},
        "masks in another order": {"data": data, "masks": dict(reversed(masks.items()))},
        "data set of integer masks": IncompleteDataset(data, {m: mask.byte() for m, mask in masks.items()}),
    }


@pytest.mark.parametrize(
    "form", list(masked_forms(IncompleteDataset({"x": [[0.0]] * 5}, {"x": torch.ones(5, dtype=torch.bool)})))
)
def test_data_with_masks_in_every_form(
    form: str,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    dataset = IncompleteDataset(support_data(), some_masks)
    same(small_model(), masked_forms(dataset)[form], dataset)


@pytest.mark.parametrize("masked", [False, True])
def test_one_item_is_a_batch_of_one(
    masked: bool,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    data = support_data()
    dataset = IncompleteDataset(data, some_masks) if masked else MultimodalBaseDataset(data)
    model = small_model()
    same(model, dataset[2], dataset[2:3])
    same(model, dataset[-3], dataset[2:3])
    same(model, next(iter(DataLoader(dataset, batch_size=1))), dataset[0:1])
    same(model, next(iter(DataLoader(dataset, batch_size=None))), dataset[0:1])
    if not masked:
        same(model, {m: x[2] for m, x in data.items()}, dataset[2:3])
    assert model.encode(dataset[0]).z.shape == (1, 2)
    assert model.predict(dataset[0], "a", N=3).b.shape == (1, 3, 2, 2)


def test_one_item_is_understood_without_known_shapes(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    shaped = small_model()
    networks = deepcopy((dict(shaped.encoders), dict(shaped.decoders)))
    model = MoPoE(shaped.model_config.replace(input_dims=None), *networks)
    dataset = MultimodalBaseDataset(support_data())
    same(model, dataset[1], dataset[1:2])
    same(model, dataset, dataset.data)


def test_data_of_another_precision_is_brought_to_the_models(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    exact = {m: x.float().double() for m, x in support_data().items()}
    model = small_model()
    same(model, {m: x.float() for m, x in exact.items()}, exact)
    assert model(support_data(dtype=torch.float32)).loss.dtype == torch.float64
    assert small_model(dtype=torch.float32)(exact).loss.dtype == torch.float32


def test_arrays_become_a_data_set_that_is_read_alike(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    data = support_data()
    same(small_model(), MultimodalBaseDataset({m: np.asarray(x) for m, x in data.items()}), data)


def test_inputs_are_never_altered(
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    data = support_data()
    data["a"][2] = float("nan")
    before = {m: x.clone() for m, x in data.items()}
    masks = {m: mask.clone() for m, mask in some_masks.items()}
    model = small_model()
    model(IncompleteDataset(data, masks))
    model.predict(IncompleteDataset(data, masks), ignore_incomplete=True)
    model.compute_joint_nll({"data": data, "masks": masks}, K=2)
    for name in data:
        torch.testing.assert_close(data[name], before[name], equal_nan=True, rtol=0, atol=0)
        assert torch.equal(masks[name], some_masks[name])


def test_outputs_of_other_libraries_serve_as_embeddings(small_model: Callable[..., MoPoE]) -> None:
    z = torch.randn(4, 2).double()
    model = small_model()
    for embedding in (ModelOutput(z=z), TheirOutput(z=z), SimpleNamespace(z=z), {"z": z}):
        assert torch.equal(model.decode(embedding).a, model.decode(z).a)
