"""All 31 subsets of five modalities: what each believes, and what each imagines."""

from __future__ import annotations

from itertools import combinations

import torch

from bench.kit.steps import decoders_alone, encoders_alone
from bench.kit.targets import at_most_limit
from bench.kit.work import Work, make_work

THEME = "All subsets"
WHAT = "all 31 subsets of 5 × (3, 28, 28), `mlp`, D = 64, B = 256"
SUBSETS = 31


def test_encode_all_subsets(race, device: str) -> None:
    # Each encoder must run once, whatever comes behind it: that is the limit, and all that the target can be told by.
    work = make_work(5, "mlp", 64, 256, device=device)
    peer = None if work.peer is None else lambda: _peer_in_turn(work, work.peer.encode)
    contenders = {"ours": lambda: _draws(work), "peer": peer, "limit": encoders_alone(work)}
    race(THEME, f"encode {WHAT}", contenders, limit="encoders alone", target=at_most_limit(1.2))


def test_predict_from_all_subsets(race, device: str) -> None:
    work = make_work(5, "mlp", 64, 256, device=device)
    peer = None if work.peer is None else lambda: _peer_in_turn(work, work.peer.predict)
    encoders, decoders = encoders_alone(work), decoders_alone(work, SUBSETS * work.length)
    contenders = {
        "ours": lambda: _predictions(work),
        "peer": peer,
        "limit": lambda: (encoders(), decoders()),
    }
    what = f"predict all modalities from {WHAT}"
    race(THEME, what, contenders, limit="encoders and decoders alone", target=at_most_limit(1.15))


@torch.no_grad()
def _draws(work: Work) -> torch.Tensor:
    found = work.model.eval().inference(work.batch)
    return found["mus"] + (found["logvars"] / 2).exp() * torch.randn_like(found["mus"])


def _predictions(work: Work) -> object:
    return work.model.decode(_draws(work))


@torch.no_grad()
def _peer_in_turn(work: Work, method) -> None:
    work.peer.eval()
    names = list(work.batch)
    for size in range(1, len(names) + 1):
        for subset in combinations(names, size):
            method(work.peer_batch, cond_mod=list(subset))
