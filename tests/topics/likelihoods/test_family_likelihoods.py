"""Likelihoods of families: intervals over images and seeds, paired, and what the table says."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import ttest_1samp

from mopoe import Summary
from workbench.datasets import LinearGaussian, MultimodalDataset, Splits, linear_gaussian
from workbench.datasets.linear_gaussian.model import linear_gaussian_model
from workbench.numerals import numeral
from workbench.topics.families.train import train_families
from workbench.topics.likelihoods.family_likelihoods import FamilyLikelihoods, family_likelihoods
from workbench.topics.likelihoods.views import show_differences
from workbench.training import TrainConfig
from workbench.uncertainty import student_interval

SEEDS = [3, 4, 5]


@pytest.fixture(scope="module")
def data() -> Splits:
    return linear_gaussian(2, 3, 2, n_train=400, n_validation=50, n_test=24)


@pytest.fixture(scope="module")
def found(data: Splits) -> FamilyLikelihoods:
    settings = TrainConfig(epochs=3, batch_size=50, learning_rate=5e-3, progress=False)
    models = train_families(data, SEEDS, settings, latent_dim=2)
    return family_likelihoods(models, data.test, K=64, proposals=("mixture", "refined"))


@pytest.mark.slow
def test_every_family_seed_and_proposal_is_there(found: FamilyLikelihoods) -> None:
    assert found.families == ["MVAE", "MMVAE", "MoPoE"]
    assert found.proposals == ["mixture", "refined"]
    assert all(len(estimates) == 3 for estimates in found.estimates.values())
    assert all(one.K == 64 and len(one) == 24 for estimates in found.estimates.values() for one in estimates)
    assert found.likelihoods == dict.fromkeys(("x0", "x1"), "normal, scale 0.5")


@pytest.mark.slow
def test_no_model_explains_the_data_better_than_the_truth(found: FamilyLikelihoods, data: Splits) -> None:
    """The NLL of the model that the data come from is the least, but for what 24 samples allow."""
    exact = -data.truth.log_prob(data.test.data)
    for estimates in found.estimates.values():
        for one in estimates:
            _, high = student_interval(Summary.mean_of(one.nll - exact), 0.999)
            assert high > 0


@pytest.mark.slow
def test_intervals_are_students(found: FamilyLikelihoods) -> None:
    gap = found.difference("MoPoE", "MVAE", "refined")
    values = np.stack(
        [
            (a.nll - b.nll).numpy()
            for a, b in zip(
                found.estimates["MoPoE", "refined"], found.estimates["MVAE", "refined"], strict=True
            )
        ]
    )
    intervals = gap.intervals(0.95)
    for place, (mean, sample) in enumerate(
        ((gap.over_images, values.mean(0)), (gap.over_seeds, values.mean(1)))
    ):
        expected = ttest_1samp(sample, 0).confidence_interval(0.95)
        assert intervals[place] == student_interval(mean) == pytest.approx((expected.low, expected.high))
        assert mean.value == pytest.approx(values.mean())
        assert mean.n == len(sample)
    errors = [
        math.hypot(float(a.standard_error.norm()), float(b.standard_error.norm())) / 24
        for a, b in zip(found.estimates["MoPoE", "refined"], found.estimates["MVAE", "refined"], strict=True)
    ]
    for mean in (gap.over_images, gap.over_seeds):
        assert mean.monte_carlo_error == pytest.approx(math.hypot(*errors) / 3)
    pairs = [(d.first, d.second, d.proposal) for d in found.differences()]
    assert len(pairs) == 6 and ("MoPoE", "MMVAE", "mixture") in pairs
    table = found.differences()._repr_html_()
    assert table.count("<tr>") == 1 + 6
    for text in (
        "MoPoE − MVAE",
        numeral(gap.over_images.value, "+.2f"),
        f"{numeral(intervals[1][0], '+.1f')} to",
    ):
        assert text in table


def test_a_family_in_doubt_is_told_beside_its_mean_and_its_differences() -> None:
    truth = LinearGaussian.random({"a": 2, "b": 3, "c": 2}, 2, 1.0, seed=3)
    made = {"sound": (2.0, 0.3), "poor": (0.5, 3.0), "calm": (2.0, 0.2)}
    models = {
        name: [linear_gaussian_model(truth, widening=wide, shift=shift, seed=seed) for seed in (0, 1)]
        for name, (wide, shift) in made.items()
    }
    dataset = MultimodalDataset(truth.sample(10, seed=1)[0])
    found = family_likelihoods(models, dataset, K=1000, proposals=("mixture",))
    assert found.nll("sound", "mixture").diagnosis == found.nll("calm", "mixture").diagnosis == ""
    poor = [one.reliability for one in found.estimates["poor", "mixture"]]
    few = sum(int((one.effective < 10).sum()) for one in poor)
    assert f"of 20 samples have k̂ > 0.7, {few} have fewer" in found.nll("poor", "mixture").diagnosis
    for gap in found.differences():
        in_doubt = "poor" in (gap.first, gap.second)
        for mean in (gap.over_images, gap.over_seeds):
            assert ("of 20 samples" in mean.diagnosis) == in_doubt == bool(mean.diagnosis)
    assert found.differences()._repr_html_().count("not to be believed") == 2


@pytest.mark.slow
def test_draws_are_halved_down_to_a_few(found: FamilyLikelihoods) -> None:
    numbers, values = found.by_draws("MVAE", "refined")
    assert numbers == [8, 16, 32, 64]
    assert values.shape == (4, 3)
    last = [float(one.nll.mean()) for one in found.estimates["MVAE", "refined"]]
    assert values[-1] == pytest.approx(last)
    assert (values[0] > values[-1]).all(), "fewer draws give a looser bound"


@pytest.mark.slow
def test_the_table_has_a_row_for_each_and_names_the_likelihood(found: FamilyLikelihoods) -> None:
    table = found._repr_html_()
    assert table.count("<tr>") == 1 + 6
    for text in ("normal, scale 0.5", "24 images, 3 seeds", "of 64", "MMVAE", "refined", "Pareto"):
        assert text in table
    assert f"{found.nll('MVAE', 'refined').value:.2f}" in table


@pytest.mark.slow
def test_the_same_seed_gives_the_same_numbers(data: Splits) -> None:
    settings = TrainConfig(epochs=1, batch_size=50, progress=False)
    values = []
    for _ in range(2):
        models = train_families(data, [1], settings, families=["MoPoE"], latent_dim=2)
        likelihoods = family_likelihoods(models, data.test, K=8, proposals=["mixture"], seed=2)
        values.append(likelihoods.estimates["MoPoE", "mixture"][0].nll)
    assert torch.equal(*values)


def test_titles_say_of_how_many_images_each_modality_is_part(data: Splits) -> None:
    models = {name: [linear_gaussian_model(data.truth, subsets=name)] for name in ("poe", "moe")}
    seen = {"x0": torch.arange(24) % 3 > 0, "x1": torch.ones(24), "x2": torch.ones(24)}
    some = MultimodalDataset(data.test.data, masks={name: seen[name] for name in data.test.modalities})
    words = "x0 in 16 of 24"
    for dataset, said in ((some, True), (data.test, False)):
        found = family_likelihoods(models, dataset, K=8, proposals=("product",))
        tables = [found._repr_html_(), found.differences()._repr_html_()]
        assert [f"; {words}</caption>" in table for table in tables] == [said, said]
        title = show_differences(found).get_suptitle() or show_differences(found).axes[0].get_title()
        assert (words in title) == said
