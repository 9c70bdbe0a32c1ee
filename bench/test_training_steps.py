"""What a training step costs: beside the peer's, beside the networks alone, and as modalities grow in number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch

from bench.kit.steps import networks_step, our_step, peer_step
from bench.kit.targets import Target, at_most_limit, faster_than_peer, within
from bench.kit.work import Work, make_work

THEME = "Training step"
TINY = {"dims": (8,), "latent_dim": 32, "batch_size": 128}


def _contenders(work: Work) -> dict[str, Any]:
    peer = peer_step(work) if work.peer is not None else None
    return {"ours": our_step(work), "peer": peer, "limit": networks_step(work)}


@pytest.mark.parametrize(
    ("networks", "latent_dim", "target"),
    [("mlp", 64, at_most_limit(1.05)), ("conv28", 512, at_most_limit(1.03))],
)
def test_step_of_five_views(race, device: str, networks: str, latent_dim: int, target: Target) -> None:
    work = make_work(5, networks, latent_dim, 256, device=device)
    what = f"5 × (3, 28, 28), `{networks}`, D = {latent_dim}, B = 256, 31 subsets"
    race(THEME, what, _contenders(work), rounds=21, target=target)


def test_step_with_optimiser(race, device: str) -> None:
    # Networks of their own, as each optimiser changes them.
    ours, peer, limit = (make_work(5, "mlp", 64, 256, device=device) for _ in range(3))
    contenders: dict[str, Any] = {"ours": our_step(ours, _adamw(ours)), "peer": None}
    if peer.peer is not None:
        contenders["peer"] = peer_step(peer, torch.optim.Adam(peer.peer.parameters(), lr=1e-3))
    contenders["limit"] = networks_step(limit, _adamw(limit))
    what = "the same with `mlp` and optimiser: AdamW, fused; peer: Adam, as its trainer makes it"
    race(THEME, what, contenders, rounds=21, limit="networks and our optimiser alone")


@pytest.mark.parametrize(
    ("n", "factor", "seldom"), [(8, 39, {"peer": 5}), (10, 120, {"peer": 1})], ids=["M8", "M10"]
)
def test_step_as_modalities_grow(race, device: str, n: int, factor: float, seldom: dict[str, int]) -> None:
    work = make_work(n, "tiny", device=device, **TINY)
    target = faster_than_peer(factor)
    race(THEME, _tiny(n, f"{2**n - 1:,} subsets"), _contenders(work), seldom=seldom, target=target)


def test_step_of_twelve_modalities(race, device: str) -> None:
    work = make_work(12, "tiny", device=device, peer=False, **TINY)
    race(THEME, _tiny(12, "4,095 subsets"), _contenders(work), rounds=11, target=within(1))


@pytest.mark.parametrize("n", [16, 20, 32], ids=["M16", "M20", "M32"])
def test_step_of_sampled_subsets(race, device: str, n: int) -> None:
    work, base = _sampled(n, device), _sampled(16, device)
    contenders = {"ours": our_step(work), "at_16": our_step(base), "limit": networks_step(work)}

    def cost_of_a_modality(row: Mapping[str, Any]) -> str:
        return f"{row['contenders']['ours']['wall_ms'] / n:.2g} ms a modality"

    def grows_as_the_subsets_do(row: Mapping[str, Any]) -> bool:
        # 64 subsets of up to M modalities: M² at most, where 2^M would be 16 and 65,536 times as much.
        ours, at_16 = (row["contenders"][name]["wall_ms"] for name in ("ours", "at_16"))
        return ours <= at_16 * (n / 16) ** 2

    target = Target("not with 2^M: ≤ (M/16)² × M = 16", grows_as_the_subsets_do) if n > 16 else None
    race(THEME, _tiny(n, "64 sampled subsets"), contenders, rounds=31, target=target, note=cost_of_a_modality)


def _adamw(work: Work) -> torch.optim.Optimizer:
    return torch.optim.AdamW(work.model.parameters(), lr=1e-3, fused=True)


def _tiny(n: int, subsets: str) -> str:
    return f"{n} × (8,), one linear layer each, D = 32, B = 128, {subsets}"


def _sampled(n: int, device: str) -> Work:
    return make_work(n, "tiny", device=device, peer=False, subsets="sampled", subset_draws=64, **TINY)
