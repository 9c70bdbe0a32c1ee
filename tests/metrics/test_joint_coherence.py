from __future__ import annotations

import math
import statistics
from collections import Counter
from itertools import combinations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from mopoe import ModelOutput, MoPoE, MoPoEConfig
from workbench.metrics import DigitClassifier
from workbench.metrics.joint_coherence import joint_coherence
from workbench.samplers.gaussian_mixture import LatentMixture

NAMES = ("a", "b", "c")


class ReadsThePixel:
    """A classifier that is always right: the label is the value of every pixel."""

    def classify(self, images: Tensor) -> Tensor:
        return images[:, 0, 0, 0].long()


class Written(nn.Module):
    """Generates the labels of a table, row by row, whatever the latents."""

    modalities, latent_dim, style_dims, multiple_latent_spaces = list(NAMES), 1, {}, False
    device = torch.device("cpu")

    def __init__(self, rows: list[tuple[int, ...]]) -> None:
        super().__init__()
        self.rows, self.shown = torch.tensor(rows), 0

    def decode(self, latents: ModelOutput, modalities: list[str]) -> ModelOutput:
        rows = self.rows[self.shown : self.shown + len(latents.z)].float()
        self.shown += len(rows)
        columns = dict(zip(NAMES, rows.unbind(1), strict=True))
        return ModelOutput({name: columns[name][:, None, None, None] for name in modalities})


class ShowsTheLatent(Written):
    """Generates the whole part of z in all modalities."""

    def __init__(self) -> None:
        super().__init__([(0, 0, 0)])

    def decode(self, latents: ModelOutput, modalities: list[str]) -> ModelOutput:
        return ModelOutput({name: latents.z.abs()[:, :, None, None] for name in modalities})


def readers(*names: str) -> dict[str, ReadsThePixel]:
    return {name: ReadsThePixel() for name in names}


@given(
    rows=st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=1, max_size=12),
    batch_size=st.integers(1, 13),
    judged=st.sets(st.sampled_from(NAMES), min_size=2),
)
def test_shares_and_errors_are_those_of_the_table(rows, batch_size: int, judged: set[str]) -> None:
    found = joint_coherence(Written(rows), readers(*judged), n=len(rows), seed=0, batch_size=batch_size)
    kept = [[row[NAMES.index(name)] for name in NAMES if name in judged] for row in rows]
    agree = [len(set(row)) == 1 for row in kept]
    share = statistics.mean(agree)
    assert found.coherence.value == pytest.approx(share)
    assert found.coherence.standard_error == pytest.approx(math.sqrt(share * (1 - share) / len(rows)))
    by_sample = [statistics.mean(one == other for one, other in combinations(row, 2)) for row in kept]
    assert found.pairwise.value == pytest.approx(statistics.mean(by_sample))
    assert found.pairwise.standard_error == pytest.approx(
        statistics.pstdev(by_sample) / math.sqrt(len(rows)), abs=1e-12
    )
    assert found.coherence.n == found.pairwise.n == len(rows)
    agreed = Counter(row[0] for row, same in zip(kept, agree, strict=True) if same)
    assert found.counts == {label: agreed[label] for label in range(max(map(max, kept)) + 1)}
    assert found.modalities == tuple(name for name in NAMES if name in judged)


def test_independent_modalities_agree_by_chance() -> None:
    labels = torch.randint(10, (20_000, 3), generator=torch.Generator().manual_seed(0)).tolist()
    found = joint_coherence(Written(labels), readers(*NAMES), n=20_000, seed=0)
    assert found.coherence.value == pytest.approx(1 / 100, abs=4 * found.coherence.standard_error)
    assert found.pairwise.value == pytest.approx(1 / 10, abs=4 * found.pairwise.standard_error)


def test_the_prior_by_default_and_a_mixture_on_request() -> None:
    usual = joint_coherence(ShowsTheLatent(), readers("a", "b"), n=5000, seed=1)
    assert usual.coherence.value == 1
    assert usual.coherence.standard_error == 0
    # P(|z| < 1) of a standard normal.
    assert usual.counts[0] / 5000 == pytest.approx(math.erf(1 / math.sqrt(2)), abs=0.03)
    nines = LatentMixture(torch.ones(1), torch.full((1, 1), 9.5), torch.full((1, 1), 1e-3))
    found = joint_coherence(ShowsTheLatent(), readers("a", "b"), n=50, latents=nines, seed=1)
    assert found.counts == dict.fromkeys(range(9), 0) | {9: 50}


class Forgetful(ReadsThePixel):
    """Reads wrong labels, by the random state, when asked to behave as published code did."""

    def __init__(self) -> None:
        self.seen: list[Tensor] = []

    def classify(self, images: Tensor, *, legacy: bool = False) -> Tensor:
        self.seen.append(images)
        labels = super().classify(images)
        return torch.where(torch.rand(len(labels)) < 0.5, labels, 9) if legacy else labels


def test_legacy_reaches_the_classifiers_and_leaves_the_samples_alone() -> None:
    before = torch.get_rng_state()
    runs = []
    for legacy in (False, True, True):
        classifiers = {"a": Forgetful(), "b": Forgetful()}
        found = joint_coherence(ShowsTheLatent(), classifiers, n=300, seed=4, legacy=legacy, batch_size=70)
        runs.append((found, torch.cat(classifiers["a"].seen)))
    assert torch.equal(before, torch.get_rng_state())
    (usual, images), (dropped, same_images), (again, _) = runs
    assert torch.equal(images, same_images)
    assert usual.coherence.value == 1
    assert dropped.coherence.value == pytest.approx(0.5, abs=0.12)
    assert dropped == again


def test_a_model_of_ours_is_measured_and_shown_as_a_table() -> None:
    torch.manual_seed(0)
    dims = {"a": (1, 8, 8), "b": (1, 8, 8), "text": (5,)}
    model = MoPoE(MoPoEConfig(3, 2, dims, modalities_specific_dim={"a": 1, "b": 2, "text": 1}))
    classifiers = {name: DigitClassifier((1, 8, 8), 3) for name in ("b", "a")}
    first, again, other = (
        joint_coherence(model, classifiers, n=40, seed=seed, batch_size=size)
        for seed, size in ((1, 40), (1, 7), (2, 40))
    )
    assert first == again
    assert first.modalities == ("a", "b")
    assert first.coherence == first.pairwise
    page = first._repr_html_()
    assert "Joint coherence of a, b, 40 samples" in page
    assert f"{first.coherence.value:.3f}" in page
    assert other.coherence.n == 40


def test_what_cannot_be_measured_is_refused() -> None:
    model = Written([(0, 0, 0)] * 4)
    wide = LatentMixture(torch.ones(1), torch.zeros(1, 2), torch.ones(1, 2))
    for classifiers, options, error, message in [
        (readers("a"), {}, ValueError, r"classifiers: expected at least two, .*got \['a'\]"),
        (readers("a", "z"), {}, ValueError, r"classifiers: expected modalities among .*, got 'z'"),
        (readers("a", "b"), {"n": 0}, ValueError, "n: expected at least 1, got 0"),
        (readers("a", "b"), {"batch_size": 1.5}, TypeError, "batch_size: expected an integer, got 1.5"),
        (readers("a", "b"), {"latents": wide}, ValueError, "latents: expected a mixture over z of size 1"),
    ]:
        with pytest.raises(error, match=message):
            joint_coherence(model, classifiers, **({"n": 4, "seed": 0} | options))
    assert model.shown == 0
