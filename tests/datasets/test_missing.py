from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workbench.datasets import (
    MultimodalDataset,
    Splits,
    hide_entries,
    hide_in_training,
    hide_modalities,
    linear_gaussian,
    load_dataset,
)


def make(n: int, n_modalities: int, n_labels: int = 10, **options) -> MultimodalDataset:
    data = {f"m{m}": torch.full((n, 1), float(m)) for m in range(n_modalities)}
    return MultimodalDataset(
        data, torch.arange(n) % n_labels, label_names=list(map(str, range(n_labels))), **options
    )


def observed(dataset: MultimodalDataset) -> np.ndarray:
    return torch.stack(list(dataset.masks.values()), 1).numpy()


def assert_patterns(found: np.ndarray, rates: list[float]) -> None:
    """Patterns of observed modalities (n, M) as of independent hiding given that one remains."""
    weights = {}
    for pattern in itertools.product([False, True], repeat=len(rates)):
        if any(pattern):
            weights[pattern] = np.prod([1 - r if seen else r for seen, r in zip(pattern, rates, strict=True)])
    total = sum(weights.values())
    counts = dict.fromkeys(weights, 0)
    for row in found.tolist():
        counts[tuple(row)] += 1  # a KeyError here: a sample without any modality
    for pattern, weight in weights.items():
        p = weight / total
        assert abs(counts[pattern] / len(found) - p) <= 5 * np.sqrt(p * (1 - p) / len(found)), pattern


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("n_modalities", [1, 2, 3])
def test_random_hiding_is_independent_given_that_one_remains(rate, n_modalities):
    hidden = hide_modalities(make(20_000, n_modalities), rate)
    assert_patterns(observed(hidden), [rate] * n_modalities)
    share = rate * (1 - rate ** (n_modalities - 1)) / (1 - rate**n_modalities)
    assert hidden.hidden_share == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize(("rate", "ramp"), [(0.3, [0.0, 0.2, 0.4, 0.6]), (0.85, [0.7, 0.8, 0.9, 1.0])])
def test_hiding_by_label_runs_over_the_labels_and_starts_elsewhere_for_each_modality(rate, ramp):
    dataset = make(60_000, 3, n_labels=4)
    found = observed(hide_modalities(dataset, rate, "label"))
    for label in range(4):
        rates = [ramp[label], ramp[(label + 1) % 4], ramp[(label + 2) % 4]]
        assert_patterns(found[dataset.labels.numpy() == label], rates)


def test_at_one_half_two_labels_and_two_modalities_tell_each_other_exactly():
    dataset = make(10, 2, n_labels=2)
    found = observed(hide_modalities(dataset, 0.5, "label"))
    assert np.array_equal(found[:, 1], dataset.labels.numpy() == 1)
    assert np.array_equal(found[:, 0], dataset.labels.numpy() == 0)


@given(
    st.integers(1, 40),
    st.integers(1, 6),
    st.integers(2, 10),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from(["random", "label"]),
    st.integers(0, 2**32),
)
def test_no_sample_ever_loses_all_and_the_seed_decides(n, n_modalities, n_labels, rate, by, seed):
    dataset = make(n, n_modalities, n_labels)
    hidden, again = (hide_modalities(dataset, rate, by, seed) for _ in range(2))
    assert observed(hidden).any(1).all()
    assert np.array_equal(observed(hidden), observed(again))
    assert not hasattr(dataset, "masks")
    if rate == 0:
        assert observed(hidden).all()


def test_hidden_data_stay_in_place_and_the_rest_is_kept():
    dataset = make(50, 3, name="kept")
    hidden = hide_modalities(dataset, 0.5)
    assert hidden.name == "kept" and hidden.label_names == dataset.label_names
    assert all(hidden.data[name] is dataset.data[name] for name in dataset.modalities)
    assert all(mask.dtype == torch.bool and mask.shape == (50,) for mask in hidden.masks.values())


def test_in_training_hides_train_and_validation_differently_and_nothing_at_rate_zero():
    splits = Splits(make(200, 3), make(200, 3), make(200, 3))
    assert hide_in_training(splits, 0) is splits
    hidden = hide_in_training(splits, 0.5)
    assert hidden.test is splits.test
    assert not np.array_equal(observed(hidden.train), observed(hidden.validation))


LABELLESS = MultimodalDataset({"x": torch.zeros(4, 1), "y": torch.zeros(4, 1)})


@pytest.mark.parametrize(
    ("dataset", "arguments", "error", "match"),
    [
        (make(4, 2), (1.0,), ValueError, "missing_rate: expected 0 ≤ rate < 1.*got 1.0"),
        (make(4, 2), (-0.1,), ValueError, "missing_rate: expected 0 ≤ rate < 1.*got -0.1"),
        (make(4, 2), (float("nan"),), ValueError, "missing_rate: expected 0 ≤ rate < 1.*got nan"),
        (make(4, 2), ("half",), TypeError, "missing_rate: expected a number, got 'half'"),
        (
            make(4, 2),
            (0.5, "size"),
            ValueError,
            "missing_by: expected one of random, label, entries, got 'size'",
        ),
        (make(4, 2), (0.5, "random", -1), ValueError, "seed: expected at least 0"),
        (hide_modalities(make(4, 2), 0.5), (0.5,), ValueError, "expected complete data"),
        (LABELLESS, (0.5, "label"), ValueError, "expected one integer label a sample, got none"),
        (
            MultimodalDataset({"x": torch.zeros(4, 1)}, torch.rand(4)),
            (0.5, "label"),
            ValueError,
            "got torch.float32 of shape",
        ),
        (
            MultimodalDataset({"x": torch.zeros(4, 1)}, torch.zeros(4, dtype=torch.int64)),
            (0.5, "label"),
            ValueError,
            "at least two classes, got 0 to 0",
        ),
    ],
)
def test_bad_options_are_refused(dataset, arguments, error, match):
    with pytest.raises(error, match=match):
        hide_modalities(dataset, *arguments)


def table(n: int) -> MultimodalDataset:
    return MultimodalDataset({"x": torch.zeros(n, 2), "y": torch.zeros(n, 1)})


@pytest.mark.parametrize("rate", [0.3, 0.9])
def test_entries_are_hidden_independently_given_that_one_remains(rate: float) -> None:
    hidden = hide_entries(table(30_000), rate)
    assert {name: tuple(mask.shape) for name, mask in hidden.masks.items()} == {
        "x": (30_000, 2),
        "y": (30_000, 1),
    }
    assert_patterns(torch.cat(list(hidden.masks.values()), 1).numpy(), [rate] * 3)
    share = rate * (1 - rate**2) / (1 - rate**3)
    assert hidden.hidden_share == pytest.approx(share, abs=0.02)
    assert f"({hidden.hidden_share:.1%} missing)" in repr(hidden)


def test_what_was_missing_stays_missing_and_other_modalities_stay_whole() -> None:
    before = hide_modalities(table(5_000), 0.4, seed=3)
    hidden = hide_entries(before, 0.7, ["x"], seed=1)
    assert torch.equal(hidden.masks["y"], before.masks["y"])
    assert hide_entries(table(9), 0.7, ["x"]).masks["y"].shape == (9,)
    assert not hidden.masks["x"][~before.masks["x"]].any()
    alone = before.masks["x"] & ~before.masks["y"]  # these keep one of x
    assert hidden.masks["x"][alone].any(1).all()
    both = before.masks["x"] & before.masks["y"]
    assert_patterns(
        torch.cat([hidden.masks["x"], hidden.masks["y"][:, None]], 1)[both].numpy()[:, [2, 0, 1]],
        [0.0, 0.7, 0.7],
    )
    assert "masks" in vars(before) and before.masks["x"].ndim == 1


def test_one_hot_events_are_hidden_as_a_whole() -> None:
    text = MultimodalDataset({"text": torch.zeros(4_000, 2, 5), "x": torch.zeros(4_000, 3)})
    hidden = hide_entries(text, 0.5, events={"text": 1})
    by_character = hidden.masks["text"].float().mean(-1)
    assert set(by_character.unique().tolist()) == {0.0, 1.0}
    assert by_character.mean().item() == pytest.approx(0.5, abs=0.03)
    splits = load_dataset(
        "mnist_text", n_train=40, n_validation=20, n_test=10, missing_rate=0.5, missing_by="entries"
    )
    characters = splits.train.masks["text"]
    assert torch.equal(characters.all(-1), characters.any(-1)) and not characters.all()
    assert not hasattr(splits.test, "masks")
    assert not torch.equal(splits.train.masks["photo"][:20], splits.validation.masks["photo"])


@given(st.integers(1, 20), st.floats(0, 1, exclude_max=True), st.integers(0, 2**32))
def test_no_sample_loses_every_entry_and_the_seed_decides(n: int, rate: float, seed: int) -> None:
    hidden, again = (hide_entries(table(n), rate, seed=seed) for _ in range(2))
    observed_ = torch.cat(list(hidden.masks.values()), 1)
    assert observed_.any(1).all() and torch.equal(observed_, torch.cat(list(again.masks.values()), 1))
    if rate == 0:
        assert observed_.all()


def test_the_known_model_hides_entries_too() -> None:
    splits = linear_gaussian(n_train=50, n_validation=20, n_test=10, missing_rate=0.4, missing_by="entries")
    assert splits.train.masks["x0"].shape == (50, 4)
    exact = splits.truth.log_prob(splits.train.data, masks=splits.train.masks)
    assert torch.isfinite(exact).all()


def test_bad_options_of_entries_are_refused() -> None:
    with pytest.raises(ValueError, match=r"hide_entries: expected modalities among \['x', 'y'\], got 'z'"):
        hide_entries(table(4), 0.5, ["z"])
    with pytest.raises(ValueError, match="hide_entries hides entries"):
        hide_modalities(table(4), 0.5, "entries")
    with pytest.raises(ValueError, match="expected 0 ≤ rate < 1"):
        hide_entries(table(4), 1.0)
