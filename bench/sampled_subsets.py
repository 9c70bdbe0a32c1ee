"""What it costs in accuracy to draw subsets instead of listing them, on a model whose exact answers are known.

``python -m bench.sampled_subsets --out docs/sampled_subsets.md``
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import torch
from torch import Tensor

from bench.kit.exact import exact_model
from bench.kit.tables import table
from mopoe import MoPoE, Summary
from mopoe.evidence.proposals import MixtureProposal
from mopoe.fusion.sampled import SUBSET_DISTRIBUTIONS

SAMPLES, DRAWS = 8, 1_000
NUMBERS = (1, 2, 4, 8, 16, 64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=400)
    parser.add_argument("--out", type=Path, help="write the page there too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    listed, data, exact = exact_model(SAMPLES)
    page = PAGE.format(
        repeats=options.repeats,
        samples=SAMPLES,
        draws=f"{DRAWS:,}",
        gradients=table(
            ["distribution", "subsets drawn", "divergence: bias, nats", "gradient: bias / size", "its noise"],
            [
                [f"`{distribution}`", str(n), *gradient_cells(listed, data, distribution, n, options.repeats)]
                for distribution in SUBSET_DISTRIBUTIONS
                for n in NUMBERS
            ],
        ),
        likelihoods=table(
            [
                "subsets",
                "density of the mixture drawn from",
                "density of another draw",
                "L_mixture − L_generalised",
            ],
            [
                [str(n), *likelihood_cells(listed, data, exact, n, options.repeats)]
                for n in (*NUMBERS, "all 31")
            ],
        ),
    )
    print(page)
    if options.out:
        options.out.write_text(page, encoding="utf-8")


def gradient_cells(
    listed: MoPoE, data: dict[str, Tensor], distribution: str, n: int, repeats: int
) -> list[str]:
    """Bias of the divergence, and of its gradient with respect to all encoders, over repeated draws."""
    weights = [p.requires_grad_() for network in listed.encoders.values() for p in network.parameters()]
    generator = torch.Generator().manual_seed(0)

    def divergence(model: MoPoE) -> tuple[Tensor, Tensor]:
        value = model(data, generator=generator).metrics.joint_divergence
        return value.detach(), torch.cat([g.flatten() for g in torch.autograd.grad(value, weights)])

    by_size = [listed.sharing_networks(subsets=subsets) for subsets in _by_size(listed)]
    exact = [divergence(listed)] if distribution == "sampled" else [divergence(model) for model in by_size]
    exact_value, exact_gradient = (torch.stack(column).mean(0) for column in zip(*exact, strict=True))
    sampled = listed.sharing_networks(subsets=distribution, subset_draws=n)
    drawn = [divergence(sampled) for _ in range(repeats)]
    values, gradients = (torch.stack(column) for column in zip(*drawn, strict=True))
    size, bias = float(exact_gradient.norm()), float((gradients.mean(0) - exact_gradient).norm())
    spread = float((gradients - exact_gradient).norm(dim=1).square().mean().sqrt())
    return [
        within(values - exact_value),
        f"{bias / size:.4f} (by chance {spread / size / math.sqrt(repeats):.4f})",
        f"{spread / size:.3f}",
    ]


def _by_size(model: MoPoE) -> list[list[list[str]]]:
    everything = model.all_subsets()
    return [[list(s) for s in everything if len(s) == size] for size in range(1, model.n_modalities + 1)]


def likelihood_cells(
    listed: MoPoE, data: dict[str, Tensor], exact: Tensor, n: int | str, repeats: int
) -> list[str]:
    """Biases of the mean NLL by the density of what was drawn from and by another draw's; the gain of L_mixture."""
    generator = torch.Generator().manual_seed(1)
    model = listed if isinstance(n, str) else listed.sharing_networks(subsets="sampled", subset_draws=n)

    def mixture(of: MoPoE) -> MixtureProposal:
        found = of.inference(data, generator=generator)
        return MixtureProposal(found["mus"], found["logvars"], found["weights"])

    def error(drawn_from: MixtureProposal, density: MixtureProposal) -> tuple[Tensor, Tensor]:
        """Of −ln p(x); and L_mixture − L_generalised where both are one."""
        z = drawn_from.sample(DRAWS, generator)
        ratio = density.log_ratio(z)
        weights = sum(listed.log_likelihood(data, z).values()) + ratio
        nll = math.log(DRAWS) - torch.logsumexp(weights, 0)
        return (nll - exact).mean(), (ratio.mean(0) + density.divergence()).mean()

    def own() -> tuple[Tensor, Tensor]:
        proposal = mixture(model)
        return error(proposal, proposal)

    with torch.no_grad():
        values, gains = (torch.stack(x) for x in zip(*(own() for _ in range(repeats)), strict=True))
        others = torch.stack([error(mixture(listed), mixture(model))[0] for _ in range(repeats)])
    return [within(values), within(others), within(gains)]


def within(values: Tensor) -> str:
    mean = Summary.mean_of(values)
    return f"{mean.value:+.4f} ± {mean.standard_error:.4f}"


PAGE = """# Subsets that are drawn, not listed

Written by `python -m bench.sampled_subsets`. A linear-Gaussian model of five modalities, whose ln p(x) and whose 31
subsets can all be had exactly: each number is over {repeats} repetitions on {samples} samples, ± its standard error.
What a step costs with 16, 20 and 32 modalities is in [benchmarks.md](benchmarks.md).

## Training

The divergence Σ_S π(S) KL(q_S ‖ p) and its gradient with respect to all encoders, against all 31 subsets listed
with their probabilities π. *Bias / size*: norm of the mean gradient's error over the norm of the exact one;
*by chance* is what the mean of so many gradients without bias would show. *Noise*: root mean square distance of one
gradient from the exact one, over its norm.

{gradients}
## Likelihood

Error of −ln p(x), mean over samples, in nats, K = {draws} draws.

- *Density of the mixture drawn from*: what `estimate_nll` does. Latents come from the equal mixture of the subsets
  that were drawn, and that very mixture's density is the denominator. Given the subsets this is importance sampling
  like any other, so the weights average to p(x) whichever they are: **no bias but the logarithm's**, half its squared
  error. Fewer subsets may make a poorer proposal, which the standard error shows.
- *Density of another draw*: latents from the mixture of all, the denominator estimated by subsets drawn for it. As
  E[1 / q̂] ≥ 1 / q, weights are too large and −ln p too small, the more so the fewer subsets. For comparison: nothing
  in the library does this.
- *L_mixture − L_generalised* (`estimate_bounds`): L_generalised has no bias. L_mixture of sampled subsets is a bound
  of its own, below that of the mixture of all, as the KL is convex; it gains at most the logarithm of the number of
  subsets drawn. How much it is too low is the difference to the last row.

{likelihoods}"""

if __name__ == "__main__":
    main()
