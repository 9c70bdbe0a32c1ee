"""What each recorded number is called in a table, and with how many digits it is worth reading."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.numerals import numeral
from workbench.uncertainty import student_interval

if TYPE_CHECKING:
    from mopoe import Summary


@dataclass(frozen=True)
class Measure:
    """How a metric is shown.

    Attributes:
        name: heading of a column.
        digits: after the point.
    """

    name: str
    digits: int = 3


#: Metric → how it is shown. Curves are listed without their number of modalities.
MEASURES: Mapping[str, Measure] = {
    "coherence": Measure("coherence"),
    "coherence_legacy": Measure("coherence, dropout on"),
    "dropout_cost": Measure("coherence lost to dropout"),
    "latent_accuracy": Measure("latent accuracy"),
    "joint_coherence_prior": Measure("joint coherence, prior"),
    "joint_coherence_mixture": Measure("joint coherence, mixture"),
    "frechet_prior": Measure("Fréchet distance, prior", 2),
    "frechet_mixture": Measure("Fréchet distance, mixture", 2),
    "nll": Measure("−ln p(x) in nats", 1),
    "validation_loss": Measure("validation loss in nats", 1),
    "classifier_accuracy": Measure("accuracy of the classifiers", 4),
    "step_milliseconds": Measure("a step in ms", 1),
    "training_seconds": Measure("training in s", 0),
}


IN_DOUBT = "†"
_TO = "coherence_to_"  # and a modality: over all subsets that do not hold it


def measure_of(metric: str) -> Measure:
    """How a metric, with or without its number of modalities, is shown; one that is not known under its own name."""
    if metric in MEASURES:
        return MEASURES[metric]
    if metric.startswith(_TO):
        return Measure(f"coherence of {metric.removeprefix(_TO)}, generated")
    curve, _, modalities = metric.rpartition("_")
    if curve in MEASURES and modalities.isdigit():
        return Measure(f"{MEASURES[curve].name}, {modalities}", MEASURES[curve].digits)
    return Measure(metric)


def mean_and_interval(found: Summary, digits: int, level: float, *, signed: bool = False) -> str:
    """Such as ``"0.712 (0.690 to 0.734)"``; one seed has no interval, and says so; a mark where it is in doubt."""
    mean = doubted(found, rounded(found.value, digits, signed=signed))
    if found.n == 1:
        return f"{mean} (one seed)"
    low, high = (rounded(end, digits, signed=signed) for end in student_interval(found, level))
    return f"{mean} ({low} to {high})"


def doubted(found: Summary, text: str) -> str:
    """``text``, with :data:`IN_DOUBT` behind it where the number must not be believed."""
    return f"{text}{IN_DOUBT}" if found.diagnosis else text


def rounded(value: float, digits: int, *, signed: bool = False) -> str:
    """A number with a true minus sign; a dash for what is not known."""
    if not math.isfinite(value):
        return "–"
    return numeral(value, f"{'+' if signed else ''}.{digits}f")
