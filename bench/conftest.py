"""One fixture makes a row of the benchmarks. Those of explorers use the browser that the tests use."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch

from bench.machine import machine
from bench.rounds import take_turns, timed
from bench.targets import Target
from tests.browser.conftest import artifacts, chromium_path, lab, open_notebook, page  # noqa: F401


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("bench")
    group.addoption("--bench-device", default="cpu", help="where models and batches are put: cpu, cuda")
    group.addoption("--bench-threads", type=int, help="threads of torch; by default as many as it takes")
    group.addoption("--bench-rounds", type=int, help="at most so many rounds, for a quick look")


def pytest_configure(config: pytest.Config) -> None:
    # What MultiVae warns of is not ours to mend.
    config.addinivalue_line("filterwarnings", "ignore")
    if threads := config.getoption("--bench-threads"):
        torch.set_num_threads(threads)
        os.environ["OMP_NUM_THREADS"] = str(threads)  # of children


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> str:
    return request.config.getoption("--bench-device")


@pytest.fixture
def keep(benchmark: Any, device: str) -> Callable[..., None]:
    """Put a row into pytest-benchmark's JSON, from which ``bench.report`` makes the page."""

    def keep_row(theme: str, work: str, target: Target | None = None, **row: Any) -> None:
        row |= {"theme": theme, "work": work, "machine": machine(device)}
        benchmark.extra_info["device"] = device
        row |= {"target": target.words if target else "", "met": target.met(row) if target else None}
        benchmark.extra_info.setdefault("rows", []).append(row)

    return keep_row


@pytest.fixture
def race(
    benchmark: Any, keep: Callable[..., None], device: str, request: pytest.FixtureRequest
) -> Callable[..., None]:
    """Acts by contender (``ours``, ``peer``, ``limit``) take turns, and their row is kept; None stays out."""
    most = request.config.getoption("--bench-rounds")

    def run(
        theme: str,
        work: str,
        contenders: Mapping[str, Callable[[], object] | None],
        *,
        rounds: int = 15,
        warmup: int = 2,
        seldom: Mapping[str, int] | None = None,
        limit: str = "networks alone",
        target: Target | None = None,
        note: Callable[[Mapping[str, Any]], str] | None = None,
    ) -> None:
        measures = {name: timed(act, device) for name, act in contenders.items() if act is not None}
        times = take_turns(benchmark, measures, min(rounds, most or rounds), warmup, seldom)
        ratios = {
            "peer_over_ours": times.ratio("peer", "ours"),
            "ours_over_limit": times.ratio("ours", "limit"),
        }
        row = {
            "contenders": times.contenders(),
            "ratios": ratios,
            "limit": limit if "limit" in measures else "",
        }
        keep(theme, work, target, **row, note=note(row) if note else "")

    return run
