"""What an estimate of −ln p(x) costs beside the peer's, and beside the decoders alone."""

from __future__ import annotations

import pytest

from bench.kit.steps import decoders_alone
from bench.kit.targets import at_most_limit
from bench.kit.work import make_work

THEME = "Likelihoods"
IMAGES, K, CHUNK = 16, 1000, 100


# Networks that nobody trained are poor proposals, and a warning says so.
@pytest.mark.filterwarnings("ignore:compute_joint_nll. not to be believed")
# The limit decodes as many latents at a time as suits the networks best, of 128 to 1,600 tried on two cores.
@pytest.mark.parametrize(
    ("networks", "latent_dim", "at_once", "rounds"), [("mlp", 64, 1_600, 11), ("conv28", 512, 400, 6)]
)
def test_joint_nll(race, device: str, networks: str, latent_dim: int, at_once: int, rounds: int) -> None:
    work = make_work(5, networks, latent_dim, IMAGES, device=device)
    peer = work.peer
    contenders = {
        "ours": lambda: work.model.compute_joint_nll(work.batch, K=K, batch_size_K=CHUNK),
        "peer": peer and (lambda: peer.compute_joint_nll(work.peer_batch, K=K, batch_size_K=CHUNK)),
        "limit": decoders_alone(work, IMAGES * K, at_once),
    }
    images = f"{IMAGES} × 5 × (3, 28, 28), `{networks}`, D = {latent_dim}"
    what = f"`compute_joint_nll`, {images}, K = {K:,}, chunk {CHUNK}"
    limit = f"decoders alone, {at_once:,} latents at a time"
    race(
        THEME,
        what,
        contenders,
        rounds=rounds,
        warmup=1,
        limit=limit,
        target=at_most_limit(1.15),
    )


@pytest.mark.filterwarnings("ignore:compute_joint_nll. not to be believed")
@pytest.mark.parametrize("likelihood", ["normal", "bernoulli", "negative_binomial"])
def test_joint_nll_of_other_likelihoods(race, device: str, likelihood: str) -> None:
    work = make_work(5, "mlp", 64, IMAGES, device=device, peer=False, likelihood=likelihood)
    contenders = {
        "ours": lambda: work.model.compute_joint_nll(work.batch, K=K, batch_size_K=CHUNK),
        "limit": decoders_alone(work, IMAGES * K, 1_600),
    }
    race(
        THEME,
        f"the same with likelihoods `{likelihood}`, `mlp`, D = 64",
        contenders,
        rounds=7,
        warmup=1,
        limit="decoders alone, 1,600 latents at a time",
        target=at_most_limit(1.15),
    )
