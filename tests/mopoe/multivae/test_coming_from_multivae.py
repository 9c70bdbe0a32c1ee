"""The page for those who come from MultiVae: every line of its Python runs, and every difference has some."""

from __future__ import annotations

import ast
import re
import runpy
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from mopoe import IncompleteDataset, from_multivae

PAGE = Path(__file__).parents[3] / "docs" / "coming_from_multivae.md"
PEER = PAGE.parents[1] / "bench" / "peer" / "differences"
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
# What is shown elsewhere: by the measurement at the end of the page.
WITHOUT_CODE = {"Coherence is a mean over samples"}


class DatasetOutput(OrderedDict):
    """pythae's, which MultiVae's data sets return: answers to key, attribute and position."""

    def __getitem__(self, key: Any) -> Any:
        return dict(self.items())[key] if isinstance(key, str) else tuple(self.values())[key]

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        super().__setattr__(name, value)

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        super().__setattr__(name, value)


class TheirDataset(torch.utils.data.Dataset):
    """MultiVae's ``IncompleteDataset``, line by line."""

    def __init__(self, data: dict[str, Tensor], masks: dict[str, Tensor], labels: Tensor) -> None:
        self.data, self.masks, self.labels = data, masks, labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Any) -> DatasetOutput:
        data = {name: x[index] for name, x in self.data.items()}
        masks = {name: mask[index] for name, mask in self.masks.items()}
        return DatasetOutput(data=data, labels=self.labels[index], masks=masks)


def sections() -> dict[str, list[str]]:
    """Heading of the third level → its blocks of Python."""
    parts = re.split(r"^##+ (.*)\n", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    levels = re.findall(r"^(##+) ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    bodies = zip(levels, parts[1::2], parts[2::2], strict=True)
    return {
        title: re.findall(r"```python\n(.*?)```", body, re.DOTALL)
        for level, title, body in bodies
        if level == "###"
    }


@pytest.fixture
def given(peer_folder: Callable[[str], Path], own_networks: Callable[[], Any]) -> dict[str, Any]:
    """What the page says the reader has: folders that MultiVae wrote, own networks, a data set of its."""
    data = {"text": torch.tensor([[0.0, 1, 1], [1, 0, 1], [1, 1, 1]]), "image": torch.rand(3, 1, 4, 4)}
    masks = {"text": torch.tensor([True, True, True]), "image": torch.tensor([True, True, True])}
    return {
        "folder": peer_folder("default"),
        "folder_with_own_networks": peer_folder("own_networks"),
        "theirs": TheirDataset(data, masks, torch.arange(3)),
        **own_networks(),
    }


def test_every_line_runs(given: dict[str, Any], tmp_path: Path) -> None:
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) > 25
    torch.manual_seed(0)
    (tmp_path / "page.py").write_text("\n".join(blocks), encoding="utf-8")
    runpy.run_path(str(tmp_path / "page.py"), given)


def test_every_difference_is_an_assertion() -> None:
    for title, blocks in sections().items():
        assert title in WITHOUT_CODE or any("assert" in block for block in blocks), title


def test_every_difference_is_tried_on_multivae_too() -> None:
    tried = [
        ast.literal_eval(decorator.args[0])
        for path in PEER.glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
    ]
    assert sorted(tried) == sorted(sections())


def test_their_items_and_batches_are_read_as_ours(given: dict[str, Any]) -> None:
    model, theirs = from_multivae(given["folder"]), given["theirs"]
    ours = IncompleteDataset(theirs.data, theirs.masks, theirs.labels)
    collated = next(iter(torch.utils.data.DataLoader(theirs, batch_size=2, collate_fn=list)))
    for part, same in [(theirs[0], ours[0]), (theirs[:2], ours[:2]), (theirs, ours), (collated, ours[:2])]:
        found, expected = (model.encode(x, return_mean=True).z for x in (part, same))
        assert torch.equal(found, expected)
        losses = [model(x, generator=torch.Generator().manual_seed(0)).loss for x in (part, same)]
        assert torch.equal(*losses)
