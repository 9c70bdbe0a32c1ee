"""Ratios between contenders, some of which take part seldom."""

from __future__ import annotations

from bench.kit.rounds import Spent, Times


def times_of(**walls: list[float]) -> Times:
    times = Times()
    for name, seconds in walls.items():
        for turn, wall in enumerate(seconds):
            times.note(name, turn, Spent(wall, wall))
    return times


def test_ratios_go_round_by_round() -> None:
    # The medians' own ratio would be 4 / 2.
    found = times_of(peer=[3, 4, 40], ours=[1, 2, 4]).ratio("peer", "ours")
    assert found is not None
    assert (found["median"], found["rounds"]) == (3, 3)


def test_who_takes_part_once_is_held_against_the_others_median() -> None:
    found = times_of(peer=[30], ours=[10, 1, 1, 1, 2]).ratio("peer", "ours")
    assert found is not None
    assert (found["median"], found["low"], found["rounds"]) == (30, None, 1)


def test_who_takes_no_part_has_no_ratio() -> None:
    assert times_of(ours=[1, 2]).ratio("peer", "ours") is None
