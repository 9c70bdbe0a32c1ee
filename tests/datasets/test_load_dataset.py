from __future__ import annotations

import importlib

import pytest
import torch
from torch.utils.data import DataLoader

from mopoe.data import collate
from workbench.datasets import DATASETS, load_dataset, mnist_svhn_text, mnist_text, polydigits

TINY = {"n_train": 12, "n_validation": 5, "n_test": 6}


@pytest.mark.parametrize("name", ["polydigits", "mnist_text", "linear_gaussian"])
@pytest.mark.parametrize("missing_rate", [0.0, 0.4])
def test_every_offline_set_loads_and_feeds_a_loader(name, missing_rate):
    splits = load_dataset(name, missing_rate=missing_rate, seed=3, **TINY)
    assert [len(dataset) for dataset in splits] == [12, 5, 6]
    assert splits.name == name
    assert set(splits.decoders_dist) == set(splits.train.modalities)
    batch = next(iter(DataLoader(splits.train, batch_size=8, shuffle=True, collate_fn=collate)))
    assert {key: tuple(x.shape[1:]) for key, x in batch.data.items()} == splits.input_dims
    assert hasattr(batch, "masks") == (missing_rate > 0)
    if missing_rate > 0:
        assert torch.stack(list(batch.masks.values())).any(0).all()


def test_an_option_reaches_the_set():
    assert load_dataset("polydigits", n_modalities=2, **TINY).train.modalities == ["flower", "china"]


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (
            lambda: load_dataset("mnist"),
            ValueError,
            f"dataset: expected one of {', '.join(DATASETS)}, got 'mnist'",
        ),
        (
            lambda: load_dataset("polydigits", n_trian=5),
            ValueError,
            "polydigits: no option n_trian; it has n_modalities, n_train",
        ),
        (
            lambda: load_dataset("released_polymnist"),
            FileNotFoundError,
            "data_dir: expected a folder that holds PolyMNIST, got none; name it by data_dir or MOPOE_DATA_DIR",
        ),
        (
            lambda: load_dataset("mnist_svhn_text"),
            FileNotFoundError,
            "data_dir: expected a folder that holds SVHN, got none; name it by data_dir or MOPOE_DATA_DIR",
        ),
        (lambda: mnist_svhn_text("/no/such/folder"), FileNotFoundError, "data_dir: expected a folder"),
        (lambda: mnist_svhn_text("/no/such/folder", n_test=0), ValueError, "n_test: expected at least 1"),
        (lambda: mnist_svhn_text("/no/such/folder", missing_by="day"), ValueError, "missing_by: expected"),
        (lambda: polydigits(n_train=0), ValueError, "n_train: expected at least 1, got 0"),
        (lambda: polydigits(n_validation=-1), ValueError, "n_validation: expected at least 1, got -1"),
        (lambda: polydigits(n_test="many"), TypeError, "n_test: expected an integer, got 'many'"),
        (lambda: polydigits(seed=-1), ValueError, "seed: expected at least 0, got -1"),
        (lambda: polydigits(seed=0.5), TypeError, "seed: expected an integer, got 0.5"),
        (lambda: polydigits(11), ValueError, "n_modalities: expected at most 10"),
        (lambda: polydigits(missing_rate=1), ValueError, "missing_rate: expected 0 ≤ rate < 1"),
        (
            lambda: polydigits(missing_by="day"),
            ValueError,
            "missing_by: expected one of random, label, entries, got 'day'",
        ),
        (lambda: mnist_text(photograph="dog"), ValueError, "photographs: expected names among .* got 'dog'"),
        (lambda: mnist_text(data_dir="/no/such/folder"), FileNotFoundError, "data_dir: expected a folder"),
    ],
)
def test_bad_options_are_refused_before_any_work(monkeypatch, call, error, match):
    def work(seed=0):
        raise AssertionError("work has begun")

    for module in ("polydigits", "mnist_text", "mnist_svhn_text"):
        monkeypatch.setattr(
            importlib.import_module(f"workbench.datasets.{module}"), "embedded_drawings", work
        )
    with pytest.raises(error, match=match):
        call()
