"""ModelOutput answers to key and to attribute, and survives copying."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch

from mopoe import Batch, ModelOutput, Sample


def test_key_and_attribute_are_the_same_entry() -> None:
    output = ModelOutput(loss=1, z=2)
    assert output.loss == output["loss"] == 1
    output.z = 3
    output["w"] = 4
    assert (output["z"], output.w) == (3, 4)
    assert list(output) == ["loss", "z", "w"]
    del output.w
    assert "w" not in output
    assert hasattr(output, "z")
    assert not hasattr(output, "w")


@pytest.mark.parametrize("change", [lambda o: o.beta, lambda o: o.__delattr__("beta")])
def test_an_absent_entry_is_an_attribute_error_that_lists_the_others(change) -> None:
    with pytest.raises(AttributeError, match="no entry 'beta'"):
        change(ModelOutput(loss=1, z=2))
    with pytest.raises(AttributeError, match="this output has 'loss', 'z'"):
        _ = ModelOutput(loss=1, z=2).beta
    with pytest.raises(KeyError):
        ModelOutput()["beta"]


@pytest.mark.parametrize("kind", [ModelOutput, Batch, Sample])
def test_copies_are_equal_and_independent(kind: type[ModelOutput]) -> None:
    output = kind(data={"a": 1})
    for copied in (copy.copy(output), copy.deepcopy(output), pickle.loads(pickle.dumps(output))):  # noqa: S301
        assert copied == output
        copied.data = 3
        assert output.data == {"a": 1}


def test_a_batch_has_no_labels_and_no_masks_until_it_gets_them() -> None:
    batch = Batch(data={})
    assert batch.labels is None
    assert not hasattr(batch, "masks") and not hasattr(Batch(data={}, masks=None), "masks")
    assert "labels" not in batch
    batch.labels = torch.ones(2)
    assert torch.equal(batch.labels, torch.ones(2))
    assert torch.equal(batch["labels"], torch.ones(2))
