"""How much memory a step and an estimate add, and that steps leave nothing behind: each in a fresh process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from bench.kit.child import answer
from bench.kit.targets import Target
from bench.kit.work import HAS_PEER
from bench.memory import STEPS, can_measure

pytestmark = pytest.mark.skipif(
    not can_measure(), reason="this system has no /proc that tells a peak of memory"
)
THEME = "Memory"
MODALITIES = [(5, True), (8, True), (10, True), (12, False)]
DRAWS = [(100, 100), (1_000, 100), (10_000, 100), (1_000, 10), (1_000, 1_000)]


def _in_mib(who: str, **asked: Any) -> Any:
    return answer("-m", "bench.memory", json.dumps({"who": who} | asked))


@pytest.fixture
def weigh(benchmark, keep):
    def weigh(work: str, peer: bool, target: Target | None = None, **asked: Any) -> None:
        found: dict[str, float] = {}
        contenders = ["ours", "peer"] if peer and HAS_PEER else ["ours"]
        benchmark.pedantic(lambda: found.update({who: _in_mib(who, **asked) for who in contenders}), rounds=1)
        keep(THEME, work, target, mib=found)

    return weigh


@pytest.mark.parametrize(("n", "peer"), MODALITIES)
def test_step(weigh, n: int, peer: bool) -> None:
    target = Target("< 1,024 MiB", lambda row: row["mib"]["ours"] < 1024) if n == 12 else None
    weigh(f"training step, {n} × (8,), one linear layer each, B = 128", peer, target, act="step", n=n)


@pytest.mark.parametrize("n", [16, 32])
def test_step_of_sampled_subsets(weigh, n: int) -> None:
    work = f"training step, {n} × (8,), one linear layer each, B = 128, 64 sampled subsets"
    weigh(work, False, act="step", n=n, subsets="sampled", subset_draws=64)


@pytest.mark.parametrize(("K", "chunk"), DRAWS)
def test_nll(weigh, K: int, chunk: int) -> None:
    work = f"`compute_joint_nll` of 16 × 5 × (3, 28, 28), `mlp`, K = {K:,}, chunk {chunk:,}"
    weigh(work, K <= 1_000, act="nll", K=K, chunk=chunk)


def test_many_steps(benchmark, keep) -> None:
    found: list[float] = []
    benchmark.pedantic(lambda: found.extend(_in_mib("ours", act="steps")), rounds=1)
    target = Target(f"≤ 1 MiB more after {STEPS[-1]:,} steps than after {STEPS[1]}", _nothing_grows)
    work = "held after so many training steps with AdamW, 5 × (8,), one linear layer each, B = 128"
    keep(THEME, work, target, held={f"{n:,}": mib for n, mib in zip(STEPS, found, strict=True)})


def _nothing_grows(row: Mapping[str, Any]) -> bool:
    return row["held"][f"{STEPS[-1]:,}"] - row["held"][f"{STEPS[1]:,}"] <= 1
