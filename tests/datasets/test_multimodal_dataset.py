from __future__ import annotations

import pytest
import torch
from torch.utils.data import DataLoader

from mopoe.data import collate
from workbench.datasets import MultimodalDataset, Splits

N = 7


def make(masks: bool = True, labels: bool = True, **options) -> MultimodalDataset:
    generator = torch.Generator().manual_seed(0)
    data = {
        "image": torch.rand(N, 3, 4, 4, generator=generator),
        "sound": torch.rand(N, 5, generator=generator),
    }
    observed = {"image": torch.tensor([1, 1, 1, 0, 1, 0, 1]), "sound": torch.tensor([1, 0, 1, 1, 1, 1, 1])}
    return MultimodalDataset(
        data, torch.arange(N) if labels else None, observed if masks else None, **options
    )


@pytest.mark.parametrize("masks", [True, False])
@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("collate_fn", [collate, None], ids=["mopoe collate", "default collate"])
def test_batches_of_a_loader_put_together_are_the_dataset(masks, labels, collate_fn):
    dataset = make(masks, labels)
    batches = list(DataLoader(dataset, batch_size=3, collate_fn=collate_fn))
    for name in dataset.modalities:
        assert torch.equal(torch.cat([batch.data[name] for batch in batches]), dataset.data[name])
        if masks:
            assert torch.equal(torch.cat([batch.masks[name] for batch in batches]), dataset.masks[name])
    assert hasattr(batches[0], "masks") == masks
    assert (batches[0].labels is not None) == labels
    if labels:
        assert torch.equal(torch.cat([batch.labels for batch in batches]), dataset.labels)


def test_an_item_a_slice_and_a_choice_keep_data_labels_masks_and_name():
    dataset = make(name="seven", label_names=list("abcdefg"))
    item = dataset[3]
    assert torch.equal(item.data["image"], dataset.data["image"][3])
    assert int(item.labels) == 3 and not item.masks["image"] and item.masks["sound"]
    for chosen, rows in (
        (dataset[2:5], [2, 3, 4]),
        (dataset[[5, 0]], [5, 0]),
        (dataset[dataset.labels > 4], [5, 6]),
    ):
        assert type(chosen) is MultimodalDataset and (chosen.name, chosen.label_names) == (
            "seven",
            tuple("abcdefg"),
        )
        assert chosen.labels.tolist() == rows
        assert torch.equal(chosen.data["sound"], dataset.data["sound"][rows])
        assert torch.equal(chosen.masks["sound"], dataset.masks["sound"][rows])


def test_moving_leaves_the_original_where_it_is():
    dataset = make()
    moved = dataset.to("meta")
    assert {t.device.type for t in (*moved.data.values(), *moved.masks.values(), moved.labels)} == {"meta"}
    assert {t.device.type for t in (*dataset.data.values(), *dataset.masks.values(), dataset.labels)} == {
        "cpu"
    }


def test_hidden_share_counts_false_masks():
    assert make().hidden_share == pytest.approx(3 / 14)
    assert make(masks=False).hidden_share == 0
    assert "21.4% missing" in repr(make())


def test_digest_is_of_the_contents_alone():
    assert make().digest() == make(name="other name").digest()
    assert make().to("cpu").digest() == make().digest()
    assert make()[:].digest() == make().digest()


@pytest.mark.parametrize("field", ["data", "labels", "masks"])
def test_digest_changes_with_any_entry(field):
    dataset = make()
    value = getattr(dataset, field)
    tensor = value["sound"] if isinstance(value, dict) else value
    before = dataset.digest()
    tensor[6] = ~tensor[6] if tensor.dtype == torch.bool else 1 - tensor[6]
    assert dataset.digest() != before


def test_digest_changes_with_name_type_and_shape():
    x = torch.zeros(4, 2)
    digests = [
        MultimodalDataset(data).digest()
        for data in (
            {"x": x},
            {"y": x},
            {"x": x.view(torch.int32)},
            {"x": x.reshape(4, 2, 1)},
            {"x": x, "y": x},
        )
    ]
    assert len(set(digests)) == 5


def test_splits_unpack_and_say_what_they_are():
    masked, plain = make(name="a <b>"), make(masks=False, name="a <b>")
    splits = Splits(masked, plain[:2], plain, {"image": "laplace"}, {"image": {"scale": 0.75}})
    train, validation, test = splits
    assert (train, validation, test) == (splits.train, splits.validation, splits.test)
    assert splits.input_dims == {"image": (3, 4, 4), "sound": (5,)}
    assert repr(splits).splitlines() == [
        "a <b>: 7 (21.4% missing) train, 2 validation, 7 test",
        "  image: 3 × 4 × 4, laplace (scale 0.75)",
        "  sound: 5, normal",
    ]
    page = splits._repr_html_()
    assert "a &lt;b&gt;: 7 (21.4% missing) train" in page and "<td" in page and "3 × 4 × 4" in page


X = torch.zeros(3, 2)


@pytest.mark.parametrize(
    ("error", "match", "arguments", "options"),
    [
        (TypeError, "data: expected a dict", ([X],), {}),
        (TypeError, r"data\['x'\]: expected a tensor", ({"x": "abc"},), {}),
        (ValueError, "at least one modality", ({},), {}),
        (ValueError, "one length for all modalities", ({"x": X, "y": X[:2]},), {}),
        (ValueError, "at least one sample", ({"x": X[:0]},), {}),
        (ValueError, "labels: expected length 3", ({"x": X}, torch.zeros(4)), {}),
        (TypeError, "masks: expected a dict", ({"x": X}, None, [True]), {}),
        (
            ValueError,
            r"masks: expected the modalities \['x'\], got \['y'\]",
            ({"x": X}, None, {"y": torch.ones(3)}),
            {},
        ),
        (ValueError, r"masks\['x'\]: expected shape \(3,\)", ({"x": X}, None, {"x": torch.ones(2)}), {}),
        (ValueError, "only 0 and 1", ({"x": X}, None, {"x": torch.tensor([0, 1, 2])}), {}),
        (ValueError, r"samples \[1\] have no observed", ({"x": X}, None, {"x": torch.tensor([1, 0, 1])}), {}),
        (
            ValueError,
            "labels: expected 0 to 1",
            ({"x": X}, torch.tensor([0, 1, 2])),
            {"label_names": ["a", "b"]},
        ),
        (ValueError, "got -1 to 1", ({"x": X}, torch.tensor([0, 1, -1])), {"label_names": ["a", "b"]}),
    ],
)
def test_bad_data_are_refused_by_name(error, match, arguments, options):
    with pytest.raises(error, match=match):
        MultimodalDataset(*arguments, **options)
