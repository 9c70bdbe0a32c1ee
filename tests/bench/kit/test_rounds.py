"""Who is measured in which round, and in which order."""

from __future__ import annotations

from collections.abc import Callable

from bench.kit.rounds import Spent, take_turns


def contenders(log: list[str]) -> dict[str, Callable[[], Spent]]:
    def measure(name: str) -> Callable[[], Spent]:
        def act() -> Spent:
            log.append(name)
            return Spent(float(len(log)), 0.0)

        return act

    return {name: measure(name) for name in ("ours", "peer", "limit")}


def test_ours_and_the_last_of_the_others_go_first_in_turn() -> None:
    log: list[str] = []
    times = take_turns(contenders(log), rounds=2, warmup=0)
    assert log == ["peer", "limit", "ours", "peer", "ours", "limit"]
    assert {name: sorted(turns) for name, turns in times.spent.items()} == {
        "peer": [0, 1],
        "limit": [0, 1],
        "ours": [0, 1],
    }
    assert times.spent["ours"][1] == Spent(5.0, 0.0)


def test_rounds_to_warm_up_are_not_noted_and_who_is_seldom_sits_out() -> None:
    log: list[str] = []
    times = take_turns(contenders(log), rounds=3, warmup=2, seldom={"peer": 1})
    assert log.count("peer") == 1
    assert log.count("ours") == log.count("limit") == 5
    assert list(times.spent["peer"]) == [0]
    assert list(times.spent["ours"]) == [0, 1, 2]
    ratio = times.ratio("peer", "ours")
    assert ratio is not None and ratio["rounds"] == 1
    assert times.ratio("ours", "nobody") is None
