"""Where the time of a training step goes beside its networks: each part by itself, forward and backward.

``python -m bench.parts --networks conv28 --latent-dim 512``
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor

from bench.kit.steps import networks_step, our_step
from bench.kit.tables import table
from bench.kit.work import Work, make_work
from mopoe.fusion.divergence import mixture_divergence
from mopoe.fusion.gaussians import shifted, subset_products


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", default="mlp")
    parser.add_argument("--latent-dim", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=25)
    options = parser.parse_args()
    work = make_work(5, options.networks, options.latent_dim, 256, peer=False)
    parts = {"whole step": our_step(work), "networks alone": networks_step(work), **_parts(work)}
    times: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(options.rounds + 2):
        for name, act in parts.items():
            begun = time.perf_counter()
            act()
            times[name].append(1e3 * (time.perf_counter() - begun))
    medians = {name: statistics.median(found[2:]) for name, found in times.items()}
    whole = medians["whole step"]
    print(
        f"5 × (3, 28, 28), {options.networks}, D = {options.latent_dim}, B = 256; {torch.get_num_threads()} threads"
    )
    rows = [[name, f"{ms:.2f}", f"{100 * ms / whole:.1f} %"] for name, ms in medians.items()]
    print(table(["part", "ms", "of the step"], rows))


def _parts(work: Work) -> dict[str, Callable[[], object]]:
    model, names = work.model, list(work.batch)
    shape = (len(names), work.length, model.latent_dim)
    mus, logvars = (torch.randn(shape, requires_grad=True) for _ in range(2))
    recons = [torch.rand_like(x).requires_grad_() for x in work.batch.values()]
    noise = model.draw_noise(work.batch)

    def likelihoods() -> None:
        totals = [
            model.likelihoods[name].total(recon, work.batch[name]).mean()
            for name, recon in zip(names, recons, strict=True)
        ]
        torch.autograd.grad(torch.stack(totals).sum(), recons)

    def divergence() -> None:
        _backward(mixture_divergence(mus, logvars, noise.mixture, None).mean())

    def latents() -> None:
        chosen = noise.mixture.taken(noise.components)
        mu, logvar = subset_products(mus, logvars, chosen.membership, chosen.prior_experts)
        _backward(shifted(mu[0], logvar[0], noise.shared).sum())

    def _backward(value: Tensor) -> None:
        torch.autograd.grad(value, (mus, logvars))

    return {
        "likelihoods": likelihoods,
        "divergence of all subsets": divergence,
        "latents of the chosen subsets": latents,
        "reading and checking, noise": lambda: model.draw_noise(work.batch),
    }


if __name__ == "__main__":
    main()
