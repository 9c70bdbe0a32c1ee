"""One fixture makes a row of the benchmarks. Those of explorers use the browser that the tests use."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
import torch

from bench.kit.load import Watch, fair_threads
from bench.kit.machine import machine
from bench.kit.rounds import take_turns, timed
from bench.kit.targets import Target, judged
from tests.browser.conftest import artifacts, chromium_path, lab, open_notebook, page  # noqa: F401


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("bench")
    group.addoption("--bench-device", default="cpu", help="where models and batches are put: cpu, cuda")
    group.addoption(
        "--bench-threads",
        type=int,
        help="threads of torch; by default as many as it takes, or one where others use the cores",
    )
    group.addoption("--bench-rounds", type=int, help="at most so many rounds, for a quick look")
    group.addoption(
        "--bench-patience", type=float, default=20.0, help="seconds to wait for other work before a row"
    )


def pytest_configure(config: pytest.Config) -> None:
    # What MultiVae warns of is not ours to mend.
    config.addinivalue_line("filterwarnings", "ignore")
    usual = torch.get_num_threads()
    threads = config.getoption("--bench-threads") or fair_threads(Watch(usual).look(), usual)
    if threads != usual:
        torch.set_num_threads(threads)
        os.environ["OMP_NUM_THREADS"] = str(threads)  # of children


@pytest.fixture
def watch(request: pytest.FixtureRequest) -> Watch:
    """Waits for a quiet machine, and looks at it while something is measured."""
    patience = request.config.getoption("--bench-patience")
    return Watch(torch.get_num_threads(), patience=patience)


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> str:
    return request.config.getoption("--bench-device")


@pytest.fixture
def keep(benchmark: Any, device: str) -> Callable[..., None]:
    """Put a row into pytest-benchmark's JSON, from which ``bench.report`` makes the page."""

    def keep_row(theme: str, work: str, target: Target | None = None, **row: Any) -> None:
        row |= {"theme": theme, "work": work, "machine": machine(device)}
        benchmark.extra_info["device"] = device
        benchmark.extra_info.setdefault("rows", []).append(row | judged(row, target))

    return keep_row


@pytest.fixture
def race(
    benchmark: Any, keep: Callable[..., None], watch: Watch, device: str, request: pytest.FixtureRequest
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
        turns = partial(take_turns, measures, min(rounds, most or rounds), warmup, seldom)
        # It writes the JSON; the times are ours.
        times, disturbed = benchmark.pedantic(watch.measure, (turns,), rounds=1)
        ratios = {
            "peer_over_ours": times.ratio("peer", "ours"),
            "ours_over_limit": times.ratio("ours", "limit"),
        }
        row = {
            "contenders": times.contenders(),
            "ratios": ratios,
            "limit": limit if "limit" in measures else "",
            "disturbed": disturbed,
        }
        keep(theme, work, target, **row, note=note(row) if note else "")

    return run
