"""What an estimate of −ln p(x) costs beside the peer's, and beside the decoders alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bench.steps import decoders_alone
from bench.targets import at_most_limit
from bench.work import make_work

THEME = "Likelihoods"
IMAGES, K, CHUNK = 16, 1000, 100


@pytest.mark.parametrize(("networks", "latent_dim", "rounds"), [("mlp", 64, 9), ("conv28", 512, 6)])
def test_joint_nll(race, device: str, networks: str, latent_dim: int, rounds: int) -> None:
    work = make_work(5, networks, latent_dim, IMAGES, device=device)
    peer = work.peer
    contenders = {
        "ours": lambda: work.model.compute_joint_nll(work.batch, K=K, batch_size_K=CHUNK),
        "peer": peer and (lambda: peer.compute_joint_nll(work.peer_batch, K=K, batch_size_K=CHUNK)),
        "wide": decoders_alone(work, IMAGES * K, IMAGES * CHUNK),
        "limit": decoders_alone(work, IMAGES * K, CHUNK),
    }
    images = f"{IMAGES} × 5 × (3, 28, 28), `{networks}`, D = {latent_dim}"
    what = f"`compute_joint_nll`, {images}, K = {K:,}, chunk {CHUNK}"
    limit = f"decoders alone, {CHUNK} latents at a time"
    race(
        THEME,
        what,
        contenders,
        rounds=rounds,
        warmup=1,
        seldom={"wide": 3},
        limit=limit,
        target=at_most_limit(1.15),
        note=_wider,
    )


def _wider(row: Mapping[str, Any]) -> str:
    return f"decoders alone, {IMAGES * CHUNK:,} latents at a time: {row['contenders']['wide']['wall_ms']:,.0f} ms"
