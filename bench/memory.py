"""What one act adds to the memory of a fresh process; run as a child, it writes its findings as JSON.

``python -m bench.memory '{"act": "step", "who": "ours", "n": 8}'``
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from bench.kit.steps import our_step, peer_step
from bench.kit.work import Work, make_work

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
TINY = {"networks": "tiny", "latent_dim": 32, "dims": (8,)}
STEPS = (100, 500, 1_000, 2_000)


def can_measure() -> bool:
    """Whether this system tells a process the most memory it has held, and lets it start anew."""
    try:
        CLEAR.write_text("5")
        return "VmHWM" in STATUS.read_text()
    except OSError:
        return False


def held(what: str = "VmRSS") -> float:
    """MiB that the process holds, or the most that it has held: ``VmHWM``."""
    [line] = [line for line in STATUS.read_text().splitlines() if line.startswith(what)]
    return int(line.split()[1]) / 1024


def added(act: Callable[[], object]) -> float:
    """MiB at the act's peak beyond what was held before."""
    gc.collect()
    CLEAR.write_text("5")
    before = held()
    act()
    return held("VmHWM") - before


def step(who: str, n: int, **config: Any) -> float:
    small, work = (_tiny(n, size, who == "peer", **config) for size in (2, 128))
    make = peer_step if who == "peer" else our_step
    make(small)()  # libraries are loaded, and threads started
    return added(make(work))


def nll(who: str, K: int, chunk: int) -> float:
    work = make_work(5, "mlp", 64, 16, peer=who == "peer")
    model, batch = (work.peer, work.peer_batch) if who == "peer" else (work.model, work.batch)
    model.compute_joint_nll(batch, K=2, batch_size_K=2)
    return added(lambda: model.compute_joint_nll(batch, K=K, batch_size_K=chunk))


def steps(who: str) -> list[float]:
    """MiB held after so many steps with an optimiser."""
    work = _tiny(5, 128, False)
    act = our_step(work, torch.optim.AdamW(work.model.parameters(), lr=1e-3, fused=True))
    found = []
    for done in range(1, STEPS[-1] + 1):
        act()
        if done in STEPS:
            gc.collect()
            found.append(held())
    return found


def _tiny(n: int, batch_size: int, peer: bool, **config: Any) -> Work:
    return make_work(n, batch_size=batch_size, peer=peer, **TINY, **config)


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    print(json.dumps({"step": step, "nll": nll, "steps": steps}[asked.pop("act")](**asked)))
