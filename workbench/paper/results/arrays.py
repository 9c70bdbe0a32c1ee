"""Numbers of the paper's experiments, measured over seeds or quoted from others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mopoe import Summary

from workbench.topics.families.names import FAMILIES

#: The name of MultiVae's MoPoE on our networks among the families.
PEER = "MultiVae"
#: The place of a family says its colour.
FAMILY_ORDER = (*FAMILIES, PEER)


@dataclass(frozen=True)
class MeasuredRow:
    """All numbers of one family under one setting.

    Attributes:
        family: its name.
        settings: the values of what varies besides family and seed, in words; empty if nothing does.
        values: metric → its mean over the runs, which differ in their seed alone, with the error over seeds.
        image_errors: metric → mean over the runs of the standard error that each has from its own finite number of
            test images; those for which none was recorded are left out.
    """

    family: str
    settings: str
    values: Mapping[str, Summary]
    image_errors: Mapping[str, float] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Family and settings."""
        return f"{self.family}, {self.settings}" if self.settings else self.family

    def curve(self, metric: str) -> dict[int, Summary]:
        """Number of modalities → ``metric_1``, ``metric_2``, …, as far as they were measured."""
        places = (name.removeprefix(f"{metric}_") for name in self.values if name.startswith(f"{metric}_"))
        return {x: self.values[f"{metric}_{x}"] for x in sorted(int(at) for at in places if at.isdigit())}


@dataclass(frozen=True)
class Quoted:
    """Numbers that others have published.

    Attributes:
        metric: what they are comparable with here.
        family: whose they are.
        source: where they stand and how they were measured, in words.
        short: the same, to fit a legend.
        values: number of modalities → value; a number that has none stands at 0.
    """

    metric: str
    family: str
    source: str
    short: str
    values: Mapping[int, float]


@dataclass(frozen=True)
class CurvePanel:
    """One panel of a chart: a measure by number of modalities.

    Attributes:
        title: of the panel.
        xlabel: of its axis.
        ylabel: likewise.
        metric: which curves of the rows.
        rows: measured.
        quoted: of the same metric.
        level: of the intervals.
        chance: what guessing reaches.
    """

    title: str
    xlabel: str
    ylabel: str
    metric: str
    rows: list[MeasuredRow]
    quoted: list[Quoted]
    level: float
    chance: float
