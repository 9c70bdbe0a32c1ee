"""What else a machine is doing: whether cores were left for what was measured, and how many threads are fair."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

PROC = Path("/proc")
CORES = os.cpu_count() or 1
QUIET = 0.1  # cores that the others may take of those that are needed
WORKING = 0.9  # cores that a process which never waits keeps busy, at least
LOOK = 1.0  # seconds of one look at an idle machine


@dataclass(frozen=True)
class Clocks:
    """Seconds at one moment.

    Attributes:
        wall: on the clock.
        own: CPU time of this process and of all that it has started.
        busy: CPU time of all processes on all cores, with what a host took from a virtual machine; ``None`` where
            the system does not tell.
    """

    wall: float
    own: float
    busy: float | None


def read_clocks() -> Clocks:
    """The clocks now; without ``/proc`` of this process and of its children that have ended, and of no other."""
    if not (PROC / "stat").exists():
        used = os.times()
        own = used.user + used.system + used.children_user + used.children_system
        return Clocks(time.perf_counter(), own, None)
    tick = float(os.sysconf("SC_CLK_TCK"))
    busy = busy_ticks((PROC / "stat").read_text())
    own = ticks_of_tree(_stats(), os.getpid())
    return Clocks(time.perf_counter(), own / tick, busy / tick)


def busy_ticks(stat: str) -> int:
    """Ticks that the cores were not idle, from the text of ``/proc/stat``: user, nice, system, interrupts, stolen."""
    ticks = [int(word) for word in stat.splitlines()[0].split()[1:]]
    return sum(ticks[:3]) + sum(ticks[5:8])


def ticks_of_tree(stats: Iterable[str], root: int) -> int:
    """Ticks of a process, of its descendants, and of those of them that have ended.

    Args:
        stats: texts of ``/proc/PID/stat``.
        root: number of the process.
    """
    parent: dict[int, int] = {}
    used: dict[int, int] = {}
    for text in stats:
        # The name, in parentheses, may hold anything.
        number, fields = int(text.split(" ", 1)[0]), text.rpartition(")")[2].split()
        parent[number], used[number] = int(fields[1]), sum(map(int, fields[11:15]))
    tree = {root}
    while found := {number for number, above in parent.items() if above in tree} - tree:
        tree |= found
    return sum(used.get(number, 0) for number in tree)


def _stats() -> Iterable[str]:
    for path in PROC.glob("[0-9]*/stat"):
        try:
            yield path.read_text(errors="replace")
        except OSError:  # it has just ended
            continue


@dataclass(frozen=True)
class Load:
    """How many cores were kept busy, in the mean over some time.

    Attributes:
        own: by this process and what it has started.
        others: by all others; ``None`` where the system does not tell.
        cores: how many there are.
        grain: cores within which this is known, as the system counts in ticks of a hundredth of a second.
    """

    own: float
    others: float | None
    cores: int
    grain: float = 0.0

    @classmethod
    def between(cls, before: Clocks, after: Clocks, cores: int = CORES) -> Load:
        """Of the time between two looks at the clocks."""
        wall = max(after.wall - before.wall, 1e-9)
        own = after.own - before.own
        if before.busy is None or after.busy is None:
            return cls(own / wall, None, cores)
        others = max(0.0, after.busy - before.busy - own)
        return cls(own / wall, others / wall, cores, 0.01 * cores / wall)

    def crowded(self, threads: int) -> bool:
        """Whether the others left fewer than so many cores."""
        spare = max(0, self.cores - threads)
        return self.others is not None and self.others > spare + QUIET + self.grain

    def disturbance(self, threads: int, rests: bool = False) -> str:
        """What disturbed work that ran on so many threads, in words; empty if nothing did.

        Args:
            threads: that it kept busy.
            rests: whether it waits for something by itself; if not, time without CPU time is time without a core.
        """
        if self.crowded(threads):
            return f"others kept {self.others:.2g} of {self.cores} cores busy"
        if not rests and self.own + self.grain < WORKING:
            return f"it had a core for {self.own:.0%} of the time"
        return ""


@dataclass(frozen=True)
class Watch:
    """Waits until a machine is quiet, measures, and measures again what was disturbed.

    Args:
        threads: that the work keeps busy.
        rests: whether the work waits for something by itself, such as a user.
        patience: seconds to wait for the others before a measurement.
        attempts: measurements at most.
        cores: of the machine.
        clocks: reads them.
        sleep: waits so many seconds.
    """

    threads: int
    rests: bool = False
    patience: float = 20.0
    attempts: int = 3
    cores: int = CORES
    clocks: Callable[[], Clocks] = read_clocks
    sleep: Callable[[float], None] = time.sleep

    def measure(self, act: Callable[[], T]) -> tuple[T, str]:
        """What ``act`` returned when it was disturbed least, and what disturbed it then, in words.

        On a machine that does not become quiet nothing is gained by another attempt.
        """
        found: list[tuple[float, T, str]] = []
        for _ in range(self.attempts):
            quiet = self.wait()
            before = self.clocks()
            result = act()
            load = Load.between(before, self.clocks(), self.cores)
            found.append((load.others or 0.0, result, load.disturbance(self.threads, self.rests)))
            if not found[-1][-1] or not quiet:
                break
        _, result, disturbance = min(found, key=lambda one: (bool(one[2]), one[0]))
        return result, disturbance

    def wait(self) -> bool:
        """Wait until the others leave enough cores; whether they do."""
        waited = 0.0
        while self.look().crowded(self.threads):
            if waited >= self.patience:
                return False
            self.sleep(LOOK)
            waited += LOOK
        return True

    def look(self) -> Load:
        """The load while this process rests."""
        before = self.clocks()
        self.sleep(LOOK / 4)
        return Load.between(before, self.clocks(), self.cores)


def fair_threads(load: Load, usual: int) -> int:
    """How many threads to measure with: one where others use the cores, as threads then wait for each other."""
    return 1 if load.crowded(load.cores) else usual
