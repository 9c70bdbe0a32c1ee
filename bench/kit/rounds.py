"""Contenders take turns on one machine: the time of each in each round, and what the rounds say together."""

from __future__ import annotations

import gc
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch


@dataclass(frozen=True)
class Spent:
    """Seconds of one act: on the clock, and of all threads of the process together."""

    wall: float
    cpu: float


Measure = Callable[[], Spent]


def timed(act: Callable[[], object], device: str = "cpu") -> Measure:
    """A measure of ``act``; on a CUDA device until its work is done there. A child tells its own time: ``Spent``.

    Before it, garbage is collected, so that nobody pays for what another left.
    """
    wait = torch.cuda.synchronize if device.startswith("cuda") else lambda: None

    def measure() -> Spent:
        gc.collect()
        wait()
        cpu, wall = time.process_time(), time.perf_counter()
        told = act()
        wait()
        return (
            told if isinstance(told, Spent) else Spent(time.perf_counter() - wall, time.process_time() - cpu)
        )

    return measure


@dataclass
class Times:
    """Contender → round → what it spent; one that sits a round out has no entry for it."""

    spent: dict[str, dict[int, Spent]] = field(default_factory=dict)

    def note(self, name: str, turn: int, spent: Spent) -> None:
        self.spent.setdefault(name, {})[turn] = spent

    def contenders(self) -> dict[str, dict[str, float]]:
        """Median and spread (interquartile range) of each, in ms."""
        return {name: _in_ms(list(turns.values())) for name, turns in self.spent.items()}

    def ratio(self, above: str, below: str) -> dict[str, Any] | None:
        """Wall time of ``above`` over that of ``below`` by round: median with its 95 % interval.

        Of a contender that took part once, the one round may be an odd one of the other: its time over the other's
        median, without an interval.
        """
        both = [turn for turn in self.spent.get(above, {}) if turn in self.spent.get(below, {})]
        if not both:
            return None
        if len(both) == 1:
            found = self.contenders()
            ratio = found[above]["wall_ms"] / found[below]["wall_ms"]
            return {"median": ratio, "low": None, "high": None, "rounds": 1}
        return median_and_interval([self.spent[above][i].wall / self.spent[below][i].wall for i in both])


def take_turns(
    contenders: Mapping[str, Measure],
    rounds: int,
    warmup: int = 2,
    seldom: Mapping[str, int] | None = None,
) -> Times:
    """Time all contenders in every round.

    The last of the others goes before ours in even rounds and after it in odd ones, so that each of the two
    comes first equally often.

    Args:
        contenders: name → measure, with ``ours`` among them.
        rounds: how many are noted.
        warmup: rounds before these.
        seldom: contender → in how many rounds it takes part, without warming up.
    """
    times, seldom = Times(), seldom or {}
    others = [name for name in contenders if name != "ours"]
    for turn in range(-warmup, rounds):
        order = [*others, "ours"] if turn % 2 == 0 else [*others[:-1], "ours", *others[-1:]]
        for name in order:
            if (0 if name in seldom else -warmup) <= turn < seldom.get(name, rounds):
                spent = contenders[name]()
                if turn >= 0:
                    times.note(name, turn, spent)
    return times


def median_and_interval(values: Sequence[float]) -> dict[str, Any]:
    """The median between two order statistics that hold it in 95 % of all cases; below six values there are none."""
    ordered, n = sorted(values), len(values)
    outside, tail = 0, 0.0  # so many values may be left out at each end
    while (tail := tail + math.comb(n, outside) / 2**n) <= 0.025:
        outside += 1
    low, high = (ordered[outside - 1], ordered[n - outside]) if outside else (None, None)
    return {"median": statistics.median(ordered), "low": low, "high": high, "rounds": n}


def _in_ms(spent: Sequence[Spent]) -> dict[str, float]:
    found: dict[str, float] = {"rounds": len(spent)}
    for clock in ("wall", "cpu"):
        values = [1e3 * getattr(one, clock) for one in spent]
        quarters = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [0, 0, 0]
        found[f"{clock}_ms"] = statistics.median(values)
        found[f"{clock}_spread_ms"] = quarters[2] - quarters[0]
    return found
