from __future__ import annotations

import math
import statistics
from itertools import combinations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mopoe import IncompleteDataset, ModelOutput, MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.metrics import DigitClassifier, conditional_coherence, train_classifiers

NAMES = ("a", "b", "c")


class ReadsThePixel:
    """A classifier that is always right: the label is the value of every pixel."""

    def classify(self, images: Tensor) -> Tensor:
        return images[:, 0, 0, 0].long()


def in_pixels(labels: Tensor) -> Tensor:
    return labels.float()[:, None, None, None].expand(-1, 1, 2, 2)


class Oracle:
    """Shows the right label exactly where ``right[subset, target]`` says so, and label 9 elsewhere."""

    def __init__(self, right: dict[tuple[tuple[str, ...], str], list[bool]], labels: Tensor) -> None:
        self.right, self.labels = right, labels
        self.asked: list[tuple[tuple[str, ...], tuple[str, ...]]] = []

    def all_subsets(self) -> list[tuple[str, ...]]:
        return [subset for size in range(1, 4) for subset in combinations(NAMES, size)]

    def predict(self, inputs, cond_mod, gen_mod, N):
        assert N == 1
        self.asked.append((tuple(cond_mod), tuple(gen_mod)))
        rows = inputs.data["a"][:, 0, 0, 0].long()
        shown = {}
        for target in gen_mod:
            right = torch.tensor(self.right[tuple(cond_mod), target])[rows]
            shown[target] = in_pixels(torch.where(right, self.labels[rows], 9))
        return shown


def numbered(n: int) -> tuple[MultimodalBaseDataset, Tensor]:
    """Data whose pixels tell the number of the sample, with labels 0 to 2."""
    labels = torch.arange(n) % 3
    return MultimodalBaseDataset({name: in_pixels(torch.arange(n)) for name in NAMES}, labels), labels


def readers(*names: str) -> dict:
    return {name: ReadsThePixel() for name in names}


def pairs_of(size: int, judged: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    return [(s, t) for s in combinations(NAMES, size) for t in judged if t not in s or size == len(NAMES)]


@settings(max_examples=25, deadline=None)
@given(
    data=st.data(),
    n=st.integers(2, 7),
    batch_size=st.integers(1, 8),
    judged=st.sets(st.sampled_from(NAMES), min_size=1),
)
def test_means_and_errors_are_those_of_the_table(data, n: int, batch_size: int, judged: set[str]) -> None:
    order = tuple(name for name in NAMES if name in judged)
    column = st.lists(st.booleans(), min_size=n, max_size=n)
    right = {pair: data.draw(column) for size in (1, 2, 3) for pair in pairs_of(size, order)}
    dataset, labels = numbered(n)
    coherence = conditional_coherence(
        Oracle(right, labels), dataset, readers(*order), seed=0, batch_size=batch_size
    )
    found = {
        (subset, target): share for subset, ts in coherence.accuracy.items() for target, share in ts.items()
    }
    assert found == pytest.approx(
        {(s, t): statistics.mean(rows) for (s, t), rows in right.items() if len(s) < 3}
    )
    assert coherence.reconstruction == pytest.approx({t: statistics.mean(right[NAMES, t]) for t in order})
    for size, estimate in coherence.by_observed.items():
        pairs = pairs_of(size, order)
        of_samples = [statistics.mean(right[pair][row] for pair in pairs) for row in range(n)]
        assert estimate.value == pytest.approx(statistics.mean(of_samples))
        assert estimate.value == pytest.approx(statistics.mean(found[pair] for pair in pairs))
        assert estimate.standard_error == pytest.approx(
            statistics.stdev(of_samples) / math.sqrt(n), abs=1e-12
        )
        assert estimate.n == n
    assert list(coherence.by_observed) == [1, 2]


def test_what_is_seen_is_never_judged() -> None:
    dataset, labels = numbered(6)
    right = {pair: [True] * 6 for size in (1, 2, 3) for pair in pairs_of(size, NAMES)}
    model = Oracle(right, labels)
    conditional_coherence(model, dataset, readers(*NAMES), seed=0)
    assert all(set(seen).isdisjoint(generated) for seen, generated in model.asked if len(seen) < 3)


def test_only_the_subsets_asked_for_are_shown() -> None:
    dataset, labels = numbered(6)
    right = {pair: [True] * 6 for size in (1, 2, 3) for pair in pairs_of(size, NAMES)}
    coherence = conditional_coherence(
        Oracle(right, labels), dataset, readers("a", "b"), seed=0, subsets=[["c", "a"]]
    )
    assert coherence.accuracy == {("a", "c"): {"b": 1.0}}
    assert list(coherence.by_observed) == [2]


def test_chance_is_the_share_of_the_commonest_label() -> None:
    dataset, labels = numbered(7)
    right = {pair: [True] * 7 for size in (1, 2, 3) for pair in pairs_of(size, NAMES)}
    assert conditional_coherence(Oracle(right, labels), dataset, readers("a"), seed=0).chance == 3 / 7


class Coin(Oracle):
    """Right half of the time, by the random state."""

    def predict(self, inputs, cond_mod, gen_mod, N):
        rows = inputs.data["a"][:, 0, 0, 0].long()
        heads = torch.rand(len(rows)) < 0.5
        return {target: in_pixels(torch.where(heads, self.labels[rows], 9)) for target in gen_mod}


def test_draws_come_from_the_seed_and_are_averaged() -> None:
    dataset, labels = numbered(300)
    before = torch.get_rng_state()
    once, again, other = (
        conditional_coherence(Coin({}, labels), dataset, readers("a"), seed=seed) for seed in (5, 5, 6)
    )
    assert once == again
    assert once != other
    assert torch.equal(torch.get_rng_state(), before)
    many = conditional_coherence(Coin({}, labels), dataset, readers("a"), seed=5, n_draws=25)
    assert many.by_observed[1].value == pytest.approx(0.5, abs=0.03)
    assert many.by_observed[1].standard_error == pytest.approx(
        once.by_observed[1].standard_error / 5, rel=0.25
    )


def test_a_model_of_ours_is_measured_and_shown_as_a_table() -> None:
    torch.manual_seed(0)
    dims = dict.fromkeys(NAMES, (1, 8, 8))
    data = MultimodalBaseDataset({name: torch.rand(12, 1, 8, 8) for name in NAMES}, torch.arange(12) % 3)
    classifiers = {name: DigitClassifier((1, 8, 8), 3) for name in NAMES}
    coherence = conditional_coherence(MoPoE(MoPoEConfig(3, 2, dims)), data, classifiers, seed=0)
    assert {len(subset): len(targets) for subset, targets in coherence.accuracy.items()} == {1: 2, 2: 1}
    page = coherence._repr_html_()
    assert "chance 0.333" in page
    assert f"{coherence.by_observed[2].value:.3f}" in page


def test_what_cannot_be_measured_is_refused() -> None:
    dataset, labels = numbered(6)
    model = Oracle({}, labels)
    seen = torch.arange(6) > 0
    whole = torch.ones(6, dtype=torch.bool)
    incomplete = IncompleteDataset(dataset.data, {"a": seen, "b": whole, "c": whole}, labels)
    alone = MultimodalBaseDataset({"a": dataset.data["a"]}, labels)

    def ask(data=dataset, classifiers=None, **options):
        return lambda: conditional_coherence(model, data, classifiers or readers("a"), seed=0, **options)

    cases = [
        (ask(dataset.data), TypeError, "dataset: expected a MultimodalBaseDataset, got dict"),
        (ask(MultimodalBaseDataset(dataset.data)), ValueError, "dataset: expected data with labels"),
        (
            ask(MultimodalBaseDataset(dataset.data, labels.float())),
            TypeError,
            "dataset: expected whole numbers",
        ),
        (
            ask(MultimodalBaseDataset(dataset.data, labels[:, None])),
            ValueError,
            "dataset: expected labels of shape",
        ),
        (ask(incomplete), ValueError, "dataset: expected complete data"),
        (ask(dataset[:1]), ValueError, "dataset: expected at least two samples"),
        (
            ask(classifiers=readers("z")),
            ValueError,
            r"classifiers: expected .*\['a', 'b', 'c'\], got \['z'\]",
        ),
        (ask(subsets=[["z"]]), ValueError, "subsets: expected one or more of the modalities"),
        (ask(subsets=["a"]), ValueError, "subsets: expected one or more of the modalities"),
        (ask(subsets=[["a", "b"]]), ValueError, "subsets: expected a modality with a classifier outside"),
        (
            ask(subsets=[["a", "b", "c"]]),
            ValueError,
            "subsets: expected a modality with a classifier outside",
        ),
        (ask(n_draws=0), ValueError, "n_draws: expected a whole number >= 1, got 0"),
        (ask(batch_size=1.5), ValueError, "batch_size: expected a whole number >= 1, got 1.5"),
    ]
    for call, error, message in cases:
        with pytest.raises(error, match=message):
            call()
    model.all_subsets = lambda: [("a",)]
    with pytest.raises(ValueError, match="dataset: expected a modality to show and one to judge"):
        ask(alone)()


def test_dropout_left_on_is_a_worse_reader_of_the_same_images() -> None:
    torch.manual_seed(0)
    n = 400
    labels = torch.arange(n) % 2
    images = (2.0 * labels - 1)[:, None, None, None] * torch.ones(n, 1, 8, 8) + 0.3 * torch.randn(n, 1, 8, 8)
    data = MultimodalBaseDataset(dict.fromkeys(NAMES, images), labels)

    class Copies:
        all_subsets = Oracle.all_subsets

        def predict(self, inputs, cond_mod, gen_mod, N):
            return {name: inputs.data[name] for name in gen_mod}

    readers = train_classifiers(data, seed=0, epochs=2, channel_dropout=0.5)
    before = torch.get_rng_state()
    quiet, loud, again = (
        conditional_coherence(Copies(), data, readers, seed=0, legacy=legacy)
        for legacy in (False, True, True)
    )
    assert loud == again != quiet
    assert torch.equal(torch.get_rng_state(), before)
    assert not any(reader.training for reader in readers.values())
    assert quiet.by_observed[1].value > loud.by_observed[1].value + 3 * loud.by_observed[1].standard_error


def test_what_is_judged_is_the_same_with_dropout_and_without() -> None:
    torch.manual_seed(0)
    data = MultimodalBaseDataset({name: torch.rand(12, 1, 8, 8) for name in NAMES}, torch.arange(12) % 3)
    model = MoPoE(MoPoEConfig(3, 2, dict.fromkeys(NAMES, (1, 8, 8))))

    class Watched(DigitClassifier):
        def classify(self, images, *, legacy=False):
            judged[legacy].append(images)
            return super().classify(images, legacy=legacy)

    readers = {name: Watched((1, 8, 8), 3) for name in NAMES}
    judged: dict[bool, list[Tensor]] = {False: [], True: []}
    for legacy in judged:
        conditional_coherence(model, data, readers, seed=0, batch_size=5, n_draws=2, legacy=legacy)
    assert len(judged[True]) == len(judged[False]) > 0
    assert all(torch.equal(*pair) for pair in zip(judged[False], judged[True], strict=True))


def test_mmvae_is_measured_by_its_mixture() -> None:
    """One view is sharp, one knows nothing: a product believes the sharp one, a mixture half of the time."""

    class Expert(torch.nn.Module):
        def __init__(self, log_variance: float) -> None:
            super().__init__()
            self.log_variance = log_variance

        def forward(self, x: Tensor) -> ModelOutput:
            known = float(self.log_variance < 0)
            return ModelOutput(
                embedding=known * x.flatten(1)[:, :1], log_covariance=0 * x[:, 0, 0, :1] + self.log_variance
            )

    class Shows(torch.nn.Module):
        def forward(self, z: Tensor) -> ModelOutput:
            return ModelOutput(reconstruction=z.round().clamp(0)[:, :, None, None].expand(-1, 1, 2, 2))

    dataset, labels = numbered(3000)
    dataset = MultimodalBaseDataset({name: in_pixels(labels) for name in NAMES}, labels)
    config = MoPoEConfig(3, 1, dict.fromkeys(NAMES, (1, 2, 2)), subsets="moe")
    experts = {"a": Expert(-9.0), "b": Expert(9.0), "c": Expert(0.0)}
    model = MoPoE(config, experts, {name: Shows() for name in NAMES})
    product, mixture = (
        conditional_coherence(model, dataset, readers("c"), seed=0, subsets=[("a", "b")], posterior=posterior)
        for posterior in ("product", "mixture")
    )
    assert product.by_observed[2].value > 0.99
    # z ~ N(0, e^9) is nearly never 1 or 2, and below 0.5 half of the time: then label 0 is shown.
    assert mixture.by_observed[2].value == pytest.approx(0.5 + 0.5 * 0.5 / 3, abs=0.04)
