"""Whether other work disturbed a row: by made-up clocks, without any timing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from bench.kit.load import Clocks, Load, Watch, busy_ticks, fair_threads, read_clocks, ticks_of_tree

STAT = """cpu  100 20 30 4000 500 6 7 8 90 0
cpu0 50 10 15 2000 250 3 3 4 45 0
intr 12345
"""


def test_idle_time_and_waiting_for_disks_are_not_busy_and_stolen_time_is() -> None:
    assert busy_ticks(STAT) == 100 + 20 + 30 + 6 + 7 + 8


def process(number: int, parent: int, *used: int, name: str = "python") -> str:
    return f"{number} ({name}) S {parent} 1 1 0 -1 4194560 9 9 9 9 {' '.join(map(str, used))} 20 0 4 0 99"


def test_own_time_is_that_of_all_descendants_and_of_those_that_ended() -> None:
    stats = [
        process(1, 0, 1000, 0, 0, 0, name="init"),
        process(12, 11, 5, 6, 7, 8, name="chrome (gpu) 3"),
        process(10, 1, 1, 2, 3, 4),
        process(11, 10, 10, 20, 30, 40, name="jupyter lab)"),
        process(20, 1, 500, 0, 0, 0, name="10"),
    ]
    assert ticks_of_tree(stats, 10) == 10 + 100 + 26
    assert ticks_of_tree(stats, 12) == 26
    assert ticks_of_tree(stats, 99) == 0


def test_the_clocks_of_this_system_do_not_go_back() -> None:
    first, then = read_clocks(), read_clocks()
    assert then.wall >= first.wall
    assert then.own >= first.own
    assert first.busy is None or then.busy >= first.busy


def test_load_is_cores_over_time_and_others_are_what_is_not_ours() -> None:
    load = Load.between(Clocks(100, 7, 50), Clocks(110, 22, 70), cores=4)
    assert load == Load(own=1.5, others=0.5, cores=4, grain=pytest.approx(0.004))
    # Clocks are read one after the other: ours may be a little ahead.
    assert Load.between(Clocks(0, 0, 0), Clocks(1, 1, 0.99), cores=2).others == 0
    assert Load.between(Clocks(0, 0, None), Clocks(1, 1, None), cores=2).others is None


@pytest.mark.parametrize(
    ("load", "threads", "found"),
    [
        (Load(2, 0.05, 2), 2, ""),
        (Load(1.6, 0.4, 2), 2, "others kept 0.4 of 2 cores busy"),
        (Load(1, 0.9, 2), 1, ""),  # the other core is not needed
        (Load(1, 1.3, 2), 1, "others kept 1.3 of 2 cores busy"),
        (Load(2, 5, 16), 2, ""),
        (
            Load(0.5, 0, 2),
            1,
            "it had a core for 50% of the time",
        ),  # though nobody is seen: a limit on the process
        (Load(0.5, None, 2), 2, "it had a core for 50% of the time"),
        (Load(2, None, 2), 2, ""),
        (Load(1.6, 0.4, 2, grain=0.5), 2, ""),  # too short to tell
        (Load(0.5, 0, 2, grain=0.5), 1, ""),
    ],
)
def test_a_row_is_disturbed_where_cores_lacked(load: Load, threads: int, found: str) -> None:
    assert load.disturbance(threads) == found


def test_work_that_rests_needs_no_core_all_the_time() -> None:
    assert Load(0.2, 0, 2).disturbance(2, rests=True) == ""
    assert Load(0.2, 0.5, 2).disturbance(2, rests=True) == "others kept 0.5 of 2 cores busy"


@pytest.mark.parametrize(("others", "threads"), [(0.0, 8), (0.05, 8), (0.6, 1), (7.0, 1), (None, 8)])
def test_one_thread_is_fair_where_cores_are_shared(others: float | None, threads: int) -> None:
    assert fair_threads(Load(0, others, 8), usual=8) == threads


class Machine:
    """Clocks of two cores. Others keep as many busy as they are told, while we rest and while we work."""

    def __init__(self, others_at_rest: Iterable[float], others_at_work: Iterable[float]) -> None:
        self.now = Clocks(0.0, 0.0, 0.0)
        self.at_rest, self.at_work = iter(others_at_rest), iter(others_at_work)
        self.slept, self.worked = 0.0, 0

    def pass_time(self, seconds: float, own: float, others: float) -> None:
        now = self.now
        assert now.busy is not None
        busy = now.busy + seconds * (own + others)
        self.now = Clocks(now.wall + seconds, now.own + seconds * own, busy)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.pass_time(seconds, 0.0, next(self.at_rest))

    def work(self) -> int:
        self.worked += 1
        self.pass_time(100.0, 2.0, next(self.at_work))
        return self.worked

    def watch(self, **options: Any) -> Watch:
        return Watch(2, cores=2, clocks=lambda: self.now, sleep=self.sleep, **options)


def ever(value: float) -> Iterator[float]:
    while True:
        yield value


def test_on_a_quiet_machine_a_row_is_measured_once() -> None:
    machine = Machine(ever(0.0), ever(0.01))
    assert machine.watch().measure(machine.work) == (1, "")


def test_a_row_waits_until_the_machine_is_quiet() -> None:
    machine = Machine([1.0] * 6 + [0.0] * 2, ever(0.0))
    assert machine.watch().measure(machine.work) == (1, "")
    assert machine.slept > 3


def test_what_was_disturbed_is_measured_again() -> None:
    machine = Machine(ever(0.0), [0.9, 0.0, 0.0])
    assert machine.watch().measure(machine.work) == (2, "")


def test_the_least_disturbed_attempt_stays_and_is_marked() -> None:
    machine = Machine(ever(0.0), [0.9, 0.3, 0.6, 0.0])
    assert machine.watch(attempts=3).measure(machine.work) == (2, "others kept 0.3 of 2 cores busy")
    assert machine.worked == 3


def test_on_a_machine_that_stays_busy_one_attempt_is_made_and_marked() -> None:
    machine = Machine(ever(1.5), ever(1.0))
    assert machine.watch(patience=5).measure(machine.work) == (1, "others kept 1 of 2 cores busy")
    assert 5 <= machine.slept < 10
