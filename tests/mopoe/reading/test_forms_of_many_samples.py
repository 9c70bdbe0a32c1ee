"""Models and estimates answer alike whatever holds the samples."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.data import ConcatDataset, Dataset, Subset, random_split

from mopoe import IncompleteDataset, MoPoE, MultimodalBaseDataset
from mopoe.data import masks_of


class Theirs(Dataset):
    """A data set as MultiVae has them: tensors and masks by attribute, ordered dictionaries by index."""

    def __init__(self, data: Any, masks: Any) -> None:
        self.data, self.kept = data, {"data": data} if masks is None else {"data": data, "masks": masks}

    def __len__(self) -> int:
        return len(next(iter(self.data.values())))

    def __getitem__(self, index: Any) -> Any:
        return OrderedDict(
            (key, {name: x[index] for name, x in value.items()}) for key, value in self.kept.items()
        )


FORMS: dict[str, Callable[[MultimodalBaseDataset], Any]] = {
    "subset": lambda d: Subset(d, range(5)),
    "subset of a subset": lambda d: Subset(Subset(d, [4, 3, 2, 1, 0]), [4, 3, 2, 1, 0]),
    "both parts of a split": lambda d: ConcatDataset([Subset(d, [0, 1, 2]), Subset(d, [3, 4])]),
    "list of samples": lambda d: [d[i] for i in range(5)],
    "tuple of samples": lambda d: tuple(d[i] for i in range(5)),
    "list of dicts": lambda d: [dict(d[i]) for i in range(5)],
    "another library's": lambda d: Theirs(d.data, masks_of(d)),
    "list of objects": lambda d: [SimpleNamespace(**d[i]) for i in range(5)],
    "class of one's own": lambda d: type(
        "Own", (type(d),), {"__getitem__": lambda s, i: type(d).__getitem__(s, i)}
    )(*[value for value in (d.data, masks_of(d)) if value is not None]),
}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("form", list(FORMS))
def test_models_take_every_form(
    form: str,
    masked: bool,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    data, model = support_data(), small_model()
    dataset = IncompleteDataset(data, some_masks) if masked else MultimodalBaseDataset(data)

    def everything(inputs: Any) -> list[Tensor]:
        def seed() -> torch.Generator:
            return torch.Generator().manual_seed(0)

        return [
            model(inputs, generator=seed()).loss,
            model.encode(inputs, ignore_incomplete=True, generator=seed()).z,
            model.predict(inputs, ignore_incomplete=True, generator=seed())["a"],
            model.inference(inputs, generator=seed())["mus"],
            model.estimate_nll(inputs, K=3, generator=seed()).nll,
        ]

    for found, expected in zip(everything(FORMS[form](dataset)), everything(dataset), strict=True):
        assert torch.equal(found, expected)


def test_the_parts_of_a_random_split_are_read(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    dataset, model = MultimodalBaseDataset(support_data()), small_model()
    for part in random_split(dataset, [3, 2], torch.Generator().manual_seed(3)):
        assert torch.equal(model.posterior(part).mean, model.posterior(dataset[list(part.indices)]).mean)


def test_a_data_set_is_never_taken_for_one_item(small_model: Callable[..., MoPoE]) -> None:
    numbers = MultimodalBaseDataset({"a": torch.ones(3), "b": torch.ones(3), "c": torch.ones(3)})
    with pytest.raises(ValueError, match="modality 'a': expected shape"):
        small_model()(numbers)
