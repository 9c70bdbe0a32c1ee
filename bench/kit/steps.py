"""A training step of ours, of the peer's and of the networks alone; forward passes of the networks alone."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.optim import Optimizer

from bench.kit.work import Work

Act = Callable[[], object]


def our_step(work: Work, optimizer: Optimizer | None = None) -> Act:
    return _step(work.model, lambda: work.model(work.batch).loss.backward(), optimizer)


def peer_step(work: Work, optimizer: Optimizer | None = None) -> Act:
    return _step(work.peer, lambda: work.peer(work.peer_batch).loss.backward(), optimizer)


def networks_step(work: Work, optimizer: Optimizer | None = None) -> Act:
    """All encoders and decoders forward and backward, from gradients that are there already."""
    model = work.model
    latent = torch.randn(work.length, model.latent_dim, device=model.device, requires_grad=True)
    with torch.no_grad():
        gradients = [torch.randn_like(tensor) for tensor in _outputs(work, latent)]

    def backward() -> None:
        latent.grad = None
        torch.autograd.backward(_outputs(work, latent), gradients)

    return _step(model, backward, optimizer)


def encoders_alone(work: Work) -> Act:
    def act() -> None:
        for name, x in work.batch.items():
            work.model.encoders[name](x)

    return torch.no_grad()(act)


def decoders_alone(work: Work, rows: int, piece: int | None = None) -> Act:
    """So many latents through every decoder, ``piece`` at a time (all at once)."""
    pieces = torch.randn(rows, work.model.latent_dim, device=work.model.device).split(piece or rows)

    def act() -> None:
        for z in pieces:
            for decoder in work.model.decoders.values():
                decoder(z)

    return torch.no_grad()(act)


def _outputs(work: Work, latent: Tensor) -> list[Tensor]:
    outputs = []
    for name, x in work.batch.items():
        expert = work.model.encoders[name](x)
        outputs += [expert.embedding, expert.log_covariance]
        outputs.append(work.model.decoders[name](latent).reconstruction)
    return outputs


def _step(model: torch.nn.Module, backward: Act, optimizer: Optimizer | None) -> Act:
    def step() -> None:
        model.train()
        (optimizer or model).zero_grad()
        backward()
        if optimizer is not None:
            optimizer.step()

    return step
