"""Numbers by sample with their Monte-Carlo errors, and what they sum and average to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import NormalDist

import torch
from torch import Tensor

from ..display import html_table
from ..inputs import Inputs
from .observed import Observed
from .reliability import Reliability


@dataclass(frozen=True)
class Summary:
    """One number with its error.

    Attributes:
        value: a mean or a sum of ``n`` values.
        standard_error: of a mean, the error over samples: how far the mean of other samples of the same
            kind would be (sd / √n; it holds the Monte-Carlo noise too). Of a sum, ``monte_carlo_error``. NaN
            where one value cannot tell it.
        monte_carlo_error: how far the number would be for these very samples with other draws; NaN where
            nothing is drawn, or not enough to tell.
        n: number of values: of samples, draws or seeds, as whoever holds the number says.
        unit: written behind the number; empty for shares and other pure numbers.
        diagnosis: why the number must not be believed, with counts; empty if nothing speaks against it. Whatever
            shows the number says it.
    """

    value: float
    standard_error: float
    monte_carlo_error: float = field(default=math.nan, compare=False)  # NaN is not even itself
    n: int = 1
    unit: str = "nats"
    diagnosis: str = ""

    @classmethod
    def mean_of(cls, values: Tensor, unit: str = "nats") -> Summary:
        """The mean of independent ``values``, (n,), with sd / √n as its error; that of one value is NaN.

        Raises:
            ValueError: ``values`` is no vector, or an empty one.
        """
        if values.ndim != 1 or not len(values):
            raise ValueError(f"values: expected (n,), n ≥ 1, got {tuple(values.shape)}")
        n = len(values)
        error = float(values.std()) / math.sqrt(n) if n > 1 else math.nan
        return cls(float(values.mean()), error, n=n, unit=unit)

    @classmethod
    def exact(cls, value: float, unit: str = "nats") -> Summary:
        """A number that is known without error."""
        return cls(value, 0.0, 0.0, unit=unit)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The normal confidence interval, value ± z · ``standard_error``.

        Raises:
            ValueError: ``level`` is not between 0 and 1.
        """
        if not 0 < level < 1:
            raise ValueError(f"level: expected 0 < level < 1, got {level!r}")
        reach = NormalDist().inv_cdf(0.5 + level / 2) * self.standard_error
        return self.value - reach, self.value + reach

    def __str__(self) -> str:
        number = f"{self.value:.3f} ± {self.standard_error:.2g} {self.unit}".rstrip()
        drawn = (
            ""
            if math.isnan(self.monte_carlo_error)
            else f"; of it Monte-Carlo error {self.monte_carlo_error:.2g}"
        )
        doubt = f"; {self.diagnosis}" if self.diagnosis else ""
        return f"{number} (n = {self.n}{drawn}){doubt}"


@dataclass(frozen=True, eq=False)
class PerSample:
    """One number a sample with its Monte-Carlo error, in nats.

    Attributes:
        quantity: what was estimated, in symbols, such as ``"−ln p(a, b)"``.
        value: (B,) float64.
        standard_error: (B,) Monte-Carlo error of each value; NaN where one draw cannot tell it.
        fingerprints: modality → (B, 2), numbers that tell samples apart, by their values and by what was observed of
            them, so that only results on the same samples in the same order can be subtracted.
        reliability: what the weights behind the numbers are worth; ``None`` where no weights are.
        observed: of how many samples each modality is part; ``None`` where nobody has said.
    """

    quantity: str
    value: Tensor
    standard_error: Tensor
    fingerprints: Mapping[str, Tensor]
    reliability: Reliability | None = field(default=None, kw_only=True)
    observed: Observed | None = field(default=None, kw_only=True)

    def __len__(self) -> int:
        return len(self.value)

    @property
    def diagnosis(self) -> str:
        """Why these numbers must not be believed, such as ``"not to be believed: 3 of 50 samples have k̂ > 0.7"``.

        Too few effective draws are told without ArviZ, k̂ with it. Empty if nothing speaks against them.
        """
        return self.reliability.diagnosis if self.reliability else ""

    def mean(self) -> Summary:
        """The mean over samples."""
        error = self._total_error() / len(self)
        return replace(Summary.mean_of(self.value), monte_carlo_error=error, diagnosis=self.diagnosis)

    def sum(self) -> Summary:
        """The sum over these samples."""
        error = self._total_error()
        return Summary(float(self.value.sum()), error, error, len(self), diagnosis=self.diagnosis)

    def __sub__(self, other: PerSample) -> PerSample:
        """The paired difference, sample by sample, the draws of both taken as independent.

        Its ``mean()`` has the error of the *difference*: what makes a sample hard for both cancels. It must not be
        believed where one of the two must not.

        Raises:
            TypeError: ``other`` is no such result.
            ValueError: the two are not about one quantity, or not about the same samples in the same order.
        """
        if not isinstance(other, PerSample):
            raise TypeError(f"difference: expected another estimate, got {type(other).__name__}")
        if self.quantity != other.quantity:
            raise ValueError(
                f"difference: expected estimates of one quantity, got {self.quantity} and {other.quantity}"
            )
        if len(self) != len(other):
            raise ValueError(
                f"difference: expected estimates of the same samples, got {len(self)} and {len(other)} of them"
            )
        for name, mine in self.fingerprints.items():
            if not _same(mine, other.fingerprints[name]):
                raise ValueError(
                    f"difference: expected the same samples in the same order, but modality {name!r} differs"
                )
        return PerSample(
            quantity=f"difference of {self.quantity}",
            value=self.value - other.value.to(self.value.device),
            standard_error=torch.hypot(self.standard_error, other.standard_error.to(self.value.device)),
            fingerprints=self.fingerprints,
            reliability=self._reliability_with(other),
            observed=self.observed,
        )

    def _reliability_with(self, other: PerSample) -> Reliability | None:
        if self.reliability and other.reliability:
            return self.reliability.with_other(other.reliability)
        return self.reliability or other.reliability

    def _total_error(self) -> float:
        return float(self.standard_error.square().sum().sqrt())

    def _rows(self) -> list[tuple[str, str]]:
        mean = self.mean()
        doubt = self.reliability.reasons if self.reliability else ""
        return [
            *([(self.reliability.verdict, doubt)] if self.reliability and doubt else []),
            ("mean ± error over samples", f"{mean.value:.3f} ± {mean.standard_error:.2g} nats"),
            ("Monte-Carlo error of the mean", f"{mean.monte_carlo_error:.2g} nats"),
            ("samples", str(mean.n)),
            *(self.observed.rows() if self.observed else []),
        ]

    def __repr__(self) -> str:
        missing = str(self.observed or "")
        return f"{self.quantity}: mean {self.mean()}" + (f"; {missing}" if missing else "")

    def _repr_html_(self) -> str:
        return html_table(self.quantity, ["", ""], self._rows())


def fingerprints(batch: Inputs, names: Sequence[str]) -> dict[str, Tensor]:
    """Modality → numbers that tell samples apart, (B, 2) float64; NaN where it is missing.

    The first is of the values that were observed, the second of which entries were not: 0 where all were.
    """
    marks = {}
    for name in names:
        x, entries = batch.data[name], batch.entries.get(name)
        values = x if entries is None else x.where(entries, 0)
        hidden = torch.zeros_like(values) if entries is None else ~entries
        mark = torch.stack([_mark(values), _mark(hidden)], 1)
        marks[name] = mark if batch.masks is None else mark.where(batch.masks[name][:, None], torch.nan)
    return marks


def _mark(x: Tensor) -> Tensor:
    """Each sample's entries by fixed weights, (B,) float64."""
    flat = x.detach().reshape(len(x), -1).double()
    return flat @ torch.sin(torch.arange(1, flat.shape[1] + 1, dtype=torch.float64, device=flat.device))


def _same(first: Tensor, second: Tensor) -> bool:
    """Whether two fingerprints are of the same samples, read in single or double precision."""
    slack = 1e-5 * first.nan_to_num().abs().amax(0)
    second = second.to(first.device)
    return bool((((first - second).abs() <= slack) | (first.isnan() & second.isnan())).all())
