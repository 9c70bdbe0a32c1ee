"""Test likelihoods of several families, seeds and proposals, compared pair by pair."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import torch

from mopoe import MoPoE, MultimodalBaseDataset, NLLEstimate, Summary
from mopoe.display import html_table
from mopoe.evidence.pareto import has_arviz
from mopoe.evidence.reliability import Reliability

from ...numerals import numeral
from ...uncertainty import student_interval


@dataclass(frozen=True)
class FamilyDifference:
    """NLL of one family less that of another, paired by image and seed, in nats.

    Attributes:
        over_images: mean with its error over images, for these very models: the mean over seeds of each image.
        over_seeds: the same with its error over seeds, for these very images: the mean over images of each seed.
    """

    first: str
    second: str
    proposal: str
    over_images: Summary
    over_seeds: Summary

    def intervals(self, level: float) -> tuple[tuple[float, float], tuple[float, float]]:
        """Student's intervals over images and over seeds."""
        return student_interval(self.over_images, level), student_interval(self.over_seeds, level)


@dataclass(frozen=True)
class FamilyDifferences:
    """Differences of several pairs, shown as a table.

    Attributes:
        rows: one a pair and proposal.
        level: of all intervals.
        observed: of how many samples each modality is part, in words; empty where nothing is missing.
    """

    rows: list[FamilyDifference]
    level: float
    observed: str = ""

    def __iter__(self) -> Iterator[FamilyDifference]:
        return iter(self.rows)

    def _repr_html_(self) -> str:
        cells = [
            [
                f"{gap.first} − {gap.second}",
                gap.proposal,
                numeral(gap.over_images.value, "+.2f"),
                *(" to ".join(numeral(end, "+.1f") for end in ends) for ends in gap.intervals(self.level)),
                f"{gap.over_images.monte_carlo_error:.2g}",
                gap.over_images.diagnosis,
            ]
            for gap in self.rows
        ]
        level = f"{self.level:.0%} interval over"
        header = [
            "NLL of",
            "proposal",
            "nats",
            f"{level} images",
            f"{level} seeds",
            "Monte-Carlo error",
            "doubt",
        ]
        title = "Differences, paired by image and seed; below 0 the first is better"
        return html_table(with_remark(title, self.observed), header, cells)


@dataclass(frozen=True)
class FamilyLikelihoods:
    """Returned by :func:`family_likelihoods`.

    Attributes:
        estimates: (family, proposal) → one estimate a seed, all on the same images.
        level: of all intervals.
    """

    estimates: dict[tuple[str, str], list[NLLEstimate]]
    level: float

    @property
    def families(self) -> list[str]:
        """Names of the families, in order."""
        return list(dict.fromkeys(family for family, _ in self.estimates))

    @property
    def proposals(self) -> list[str]:
        """Names of the proposals, in order."""
        return list(dict.fromkeys(proposal for _, proposal in self.estimates))

    @property
    def likelihoods(self) -> dict[str, str]:
        """Modality → likelihood family and scale that every number belongs to."""
        return dict(next(iter(self.estimates.values()))[0].likelihoods)

    @property
    def observed(self) -> str:
        """Of how many samples each modality is part, in words; empty where nothing is missing."""
        return str(next(iter(self.estimates.values()))[0].observed or "")

    def nll(self, family: str, proposal: str) -> Summary:
        """Mean NLL over images and seeds; its error is that over seeds, its diagnosis that of all of them."""
        found = self.estimates[family, proposal]
        mean = Summary.mean_of(torch.stack([one.nll.mean() for one in found]))
        return replace(mean, diagnosis=Reliability.together([one.reliability for one in found]).diagnosis)

    def difference(self, first: str, second: str, proposal: str) -> FamilyDifference:
        """NLL of ``first`` less that of ``second``: negative where ``first`` is better."""
        pairs = zip(self.estimates[first, proposal], self.estimates[second, proposal], strict=True)
        gaps = [one - other for one, other in pairs]
        values = torch.stack([gap.value for gap in gaps])
        means = [Summary.mean_of(values.mean(axis)) for axis in (0, 1)]
        drawn = math.hypot(*(gap.mean().monte_carlo_error for gap in gaps)) / len(gaps)
        doubt = Reliability.together([gap.reliability for gap in gaps if gap.reliability]).diagnosis
        return FamilyDifference(
            first,
            second,
            proposal,
            *(replace(mean, monte_carlo_error=drawn, diagnosis=doubt) for mean in means),
        )

    def differences(self) -> FamilyDifferences:
        """Every pair of families under every proposal."""
        pairs = list(combinations(self.families, 2))
        rows = [self.difference(b, a, proposal) for proposal in self.proposals for a, b in pairs]
        return FamilyDifferences(rows, self.level, self.observed)

    def by_draws(self, family: str, proposal: str) -> tuple[list[int], np.ndarray]:
        """Numbers of draws, each twice the one before, and the mean NLL with so many, (numbers, seeds)."""
        found = self.estimates[family, proposal]
        numbers = [found[0].K]
        while numbers[0] % 2 == 0 and numbers[0] > 8:
            numbers.insert(0, numbers[0] // 2)
        means = [[float(one.fewer_draws(K).value.mean()) for one in found] for K in numbers]
        return numbers, np.array(means)

    def unreliable_share(self, family: str, proposal: str) -> float:
        """Share of all images and seeds whose Pareto k̂ is above 0.7; NaN without ArviZ or with few draws."""
        if not has_arviz():
            return math.nan
        tails = torch.cat([found.pareto_k for found in self.estimates[family, proposal]])
        return math.nan if bool(tails.isnan().any()) else float((tails > 0.7).double().mean())

    def _repr_html_(self) -> str:
        rows = []
        for (family, proposal), found in self.estimates.items():
            mean = self.nll(family, proposal)
            images = Summary.mean_of(torch.stack([one.nll for one in found]).mean(0))
            noise = math.hypot(*(one.mean().monte_carlo_error for one in found)) / len(found)
            size = float(torch.cat([one.effective_sample_size for one in found]).median())
            rows.append(
                [
                    family,
                    proposal,
                    f"{mean.value:.2f}",
                    f"{mean.standard_error:.2f}",
                    f"{images.standard_error:.1f}",
                    f"{noise:.2g}",
                    f"{size:.1f} of {found[0].K}",
                    f"{self.unreliable_share(family, proposal):.0%}",
                ]
            )
        some = next(iter(self.estimates.values()))
        kinds = ", ".join(sorted(set(self.likelihoods.values())))
        title = f"−ln p(x) in nats, {len(some[0])} images, {len(some)} seeds; likelihood: {kinds}"
        header = ["family", "proposal", "mean", "error over seeds", "error over images"]
        header += ["Monte-Carlo error", "effective sample size, median", "Pareto k̂ > 0.7"]
        return html_table(with_remark(title, self.observed), header, rows)


def with_remark(title: str, remark: str) -> str:
    """A title, and what else is to be said if there is anything."""
    return f"{title}; {remark}" if remark else title


def family_likelihoods(
    models: Mapping[str, Sequence[MoPoE]],
    dataset: MultimodalBaseDataset,
    *,
    K: int = 1000,
    proposals: Sequence[str] = ("mixture", "product", "refined"),
    chunk: int = 20,
    seed: int = 0,
    level: float = 0.95,
) -> FamilyLikelihoods:
    """−ln p(x) of every model on the same data, under each proposal.

    Args:
        models: family → one model a seed.
        dataset: test data.
        K: importance draws an image.
        proposals: as :meth:`mopoe.MoPoE.estimate_nll` takes them.
        chunk: draws decoded at a time.
        seed: of the draws, which differ between models and proposals.
        level: of the confidence intervals.
    """
    generator = torch.Generator(next(iter(models.values()))[0].device).manual_seed(seed)
    estimates = {
        (family, proposal): [
            model.estimate_nll(dataset, K=K, proposal=proposal, chunk=chunk, generator=generator)
            for model in of_family
        ]
        for family, of_family in models.items()
        for proposal in proposals
    }
    return FamilyLikelihoods(estimates, level)
