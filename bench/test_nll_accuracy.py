"""How long both libraries take to a likelihood as accurate as the peer's: on a model whose exact answer is known."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import pytest
import torch

from bench.kit.rounds import Spent, timed
from bench.kit.targets import faster_than_peer
from bench.kit.work import HAS_PEER

if HAS_PEER:
    from bench.peer.likelihoods import Estimator, Problem, exact_problem, our, peers

# With 31 images, MultiVae draws from each of the 31 subsets for one of them.
IMAGES = 31
OUR_DRAWS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000)
PEER_DRAWS = (100, 1_000, 10_000)


@dataclass(frozen=True)
class Point:
    """What K draws gave: RMS error of a sample's value in nats, how much of it is bias, and the time of all in ms."""

    K: int
    rms: float
    bias: float
    wall_ms: float
    cpu_ms: float


@pytest.mark.skipif(not HAS_PEER, reason="MultiVae is not installed, whose errors are to be reached")
@pytest.mark.parametrize(
    ("method", "ours_from"),
    [
        ("compute_joint_nll", "mixture"),
        ("compute_joint_nll_paper", "mixture"),
        ("compute_joint_nll_paper", "product"),
    ],
)
def test_time_to_an_error(benchmark, keep, watch, method: str, ours_from: str, request) -> None:
    most = min(10, request.config.getoption("--bench-rounds") or 10)
    problem = exact_problem(IMAGES)
    estimators = {"ours": our(problem.ours, ours_from), "peer": peers(getattr(problem.peer, method))}
    measure = partial(_measure, problem, estimators, most)
    points, disturbed = benchmark.pedantic(watch.measure, (measure,), rounds=1)
    by_draws = {point.K: point for point in points["peer"]}
    what = f"−ln p of {IMAGES} samples by the {ours_from}, to the error of MultiVae's `{method}` at K = "
    for K in (1_000, 10_000):
        row = _aim(points["ours"], by_draws[K]) | {"disturbed": disturbed}
        keep("Likelihoods", f"{what}{K:,}", faster_than_peer(10), **row)
    errors = " and ".join(
        f"{by_draws[K].bias:.2g} of {by_draws[K].rms:.2g} at K = {K:,}" for K in (1_000, 10_000)
    )
    benchmark.extra_info["rows"][-1] |= {
        "note": f"of MultiVae's RMS error in nats, this much is bias: {errors}",
        "grid": {name: [asdict(point) for point in grid] for name, grid in points.items()},
    }


def _aim(ours: Sequence[Point], peer: Point) -> dict[str, Any]:
    """A row of the time that ours takes to the error of this point of the peer's."""
    reached = time_to(ours, peer.rms)
    contenders = {
        "ours": {"wall_ms": reached.wall, "cpu_ms": reached.cpu},
        "peer": {"wall_ms": peer.wall_ms, "cpu_ms": peer.cpu_ms},
    }
    ratio = {"median": peer.wall_ms / reached.wall, "low": None, "high": None}
    return {"contenders": contenders, "ratios": {"peer_over_ours": ratio}, "limit": ""}


def time_to(grid: Sequence[Point], rms: float) -> Spent:
    """Milliseconds to this error, between the two points that enclose it (on logarithmic axes).

    The first point's, if that is accurate enough already; infinite, if the last one is not.
    """
    accurate = [i for i, point in enumerate(grid) if point.rms <= rms]
    if not accurate:
        return Spent(math.inf, math.inf)
    last = accurate[0]
    if last == 0:
        return Spent(grid[0].wall_ms, grid[0].cpu_ms)
    a, b = grid[last - 1], grid[last]
    share = math.log(a.rms / rms) / math.log(a.rms / b.rms)
    wall, cpu = ((1 - share) * math.log(x) + share * math.log(y) for x, y in _clocks(a, b))
    return Spent(math.exp(wall), math.exp(cpu))


def _clocks(a: Point, b: Point) -> list[tuple[float, float]]:
    return [(a.wall_ms, b.wall_ms), (a.cpu_ms, b.cpu_ms)]


def _measure(problem: Problem, estimators: dict[str, Estimator], most: int) -> dict[str, list[Point]]:
    """Both in turn, again and again; 10,000 draws fewer times."""
    errors: dict[tuple[str, int], list[torch.Tensor]] = {}
    spent: dict[tuple[str, int], list[Spent]] = {}

    def estimate(name: str, K: int) -> Callable[[], None]:
        return lambda: errors.setdefault((name, K), []).append(
            estimators[name](problem.data, K) - problem.exact
        )

    draws = {"ours": OUR_DRAWS, "peer": PEER_DRAWS}
    for turn in range(-1, most):
        for name, grid in draws.items():
            for K in grid:
                if (turn < 0 and K > 100) or (turn >= 3 and K > 3_000):
                    continue  # warming up
                measure = timed(estimate(name, K))()
                if turn < 0:
                    errors.clear()
                else:
                    spent.setdefault((name, K), []).append(measure)
    return {name: [_point(K, errors[name, K], spent[name, K]) for K in grid] for name, grid in draws.items()}


def _point(K: int, errors: Sequence[torch.Tensor], spent: Sequence[Spent]) -> Point:
    found = torch.stack(list(errors))
    wall, cpu = (1e3 * statistics.median(getattr(one, clock) for one in spent) for clock in ("wall", "cpu"))
    return Point(K, float(found.square().mean().sqrt()), _bias(found), wall, cpu)


def _bias(errors: torch.Tensor) -> float:
    """RMS over samples of each one's expected error, from products of two different repeats: noise averages out."""
    repeats = len(errors)
    if repeats == 1:
        return math.nan
    products = errors.sum(0).square() - errors.square().sum(0)
    return max(0.0, float(products.mean()) / (repeats * (repeats - 1))) ** 0.5
