"""Both libraries estimate −ln p(x) of one linear-Gaussian model, whose exact value plain algebra gives.

``make peer`` runs this in an environment of its own and writes docs/likelihoods_beside_multivae.md.
"""

from __future__ import annotations

import argparse
import math
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from bench.kit.exact import NOISE, SHIFT, WIDENING, exact_model
from bench.kit.machine import processor
from bench.kit.tables import table
from mopoe import MoPoE, Summary
from workbench.paper.multivae import PeerDataset, PeerMoPoE, peer_model

DRAWS = (100, 1_000, 10_000)
CHUNK = 100  # both libraries' default

Estimator = Callable[[dict[str, Tensor], int], Tensor]


class Problem(NamedTuple):
    """One exact model in both libraries, images from it, and −ln p(x) of each."""

    ours: MoPoE
    peer: PeerMoPoE
    data: dict[str, Tensor]
    exact: Tensor


def exact_problem(images: int) -> Problem:
    model, data, exact = exact_model(images)
    return Problem(model, peer_model(model), data, exact)


@contextmanager
def each_image() -> Iterator[list[float]]:
    """MultiVae returns the sum over the batch. This notes each image's ln Σ_k w_k, its last logsumexp."""
    noted: list[float] = []
    real = torch.logsumexp

    def noting(values: Tensor, dim: Any, **options: Any) -> Tensor:
        result = real(values, dim, **options)
        # Sums over chunks come from torch.Tensor(list), in float32; all else is in float64 here.
        if values.ndim == 1 and values.dtype == torch.float32:
            noted.append(float(result))
        return result

    torch.logsumexp = noting
    try:
        yield noted
    finally:
        torch.logsumexp = real


def peers(method: Callable[..., Tensor]) -> Estimator:
    def estimate(data: dict[str, Tensor], K: int) -> Tensor:
        with each_image() as noted:
            total = method(PeerDataset(data), K=K, batch_size_K=CHUNK)
        values = math.log(K) - torch.tensor(noted, dtype=torch.float64)
        assert len(values) == len(data["a"]) and abs(float(values.sum() - total)) < 1e-2
        return values

    return estimate


def our(model: MoPoE, proposal: str) -> Estimator:
    noise = torch.Generator().manual_seed(0)
    return lambda data, K: model.estimate_nll(data, K=K, proposal=proposal, chunk=CHUNK, generator=noise).nll


@dataclass
class Found:
    """Errors of one estimator, one row a repeat, and its seconds an image."""

    errors: list[Tensor] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def cells(self) -> list[str]:
        errors = torch.stack(self.errors)
        bias = Summary.mean_of(errors.mean(1))
        rms = float(errors.square().mean().sqrt())
        spent = 1e3 * statistics.median(self.seconds)
        return [f"{bias.value:+.4f} ± {bias.standard_error:.4f}", f"{rms:.4f}", f"{spent:.2f}"]


def measure(
    estimators: dict[str, Estimator], data: dict[str, Tensor], exact: Tensor, K: int, repeats: int
) -> dict[str, Found]:
    """All estimators in turn, again and again, so that all meet the same machine."""
    found = {name: Found() for name in estimators}
    for _ in range(repeats):
        for name, estimate in estimators.items():
            begun = time.perf_counter()
            values = estimate(data, K)
            found[name].seconds.append((time.perf_counter() - begun) / len(values))
            found[name].errors.append(values - exact)
    return found


def places(estimators: dict[str, Estimator], data: dict[str, Tensor], K: int) -> dict[str, list[float]]:
    """The first image's value at every place in the batch."""
    n = len(data["a"])
    values: dict[str, list[float]] = {name: [] for name in estimators}
    for place in range(n):
        order = torch.arange(n).roll(place)
        batch = {m: x[order] for m, x in data.items()}
        for name, estimate in estimators.items():
            values[name].append(float(estimate(batch, K)[place]))
    return values


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=62)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--out", type=Path, help="write the page there too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model, peer, data, exact = exact_problem(options.images)
    estimators: dict[str, Estimator] = {
        "`mopoe` compute_joint_nll (mixture)": our(model, "mixture"),
        "MultiVae compute_joint_nll": peers(peer.compute_joint_nll),
        "`mopoe` compute_joint_nll_paper (product)": our(model, "product"),
        "MultiVae compute_joint_nll_paper": peers(peer.compute_joint_nll_paper),
    }
    rows = []
    for K in DRAWS:
        repeats = max(2, options.repeats // (4 if K > 1_000 else 1))
        for name, found in measure(estimators, data, exact, K, repeats).items():
            rows.append([f"{K:,}", name, *found.cells()])
    spread = [
        [name, f"{min(values):.2f}", f"{max(values):.2f}"]
        for name, values in places(estimators, data, 1_000).items()
    ]
    page = PAGE.format(
        versions=f"torch {version('torch')}, multivae {version('multivae')}",
        machine=f"{processor()}, one thread, Python {platform.python_version()}",
        images=options.images,
        repeats=options.repeats,
        quarter=max(2, options.repeats // 4),
        noise=NOISE,
        widening=WIDENING,
        shift=SHIFT,
        exact=f"{float(exact.mean()):.3f}",
        first=f"{float(exact[0]):.2f}",
        errors=table(["K", "estimator", "bias of the mean", "RMS error an image", "ms an image"], rows),
        places=table(["estimator", "least", "most"], spread),
    )
    print(page)
    if options.out:
        options.out.write_text(page, encoding="utf-8")


PAGE = """# Likelihoods beside MultiVae

Written by `make peer` ([`bench/peer/likelihoods.py`](../bench/peer/likelihoods.py)); {versions}; {machine}.

Both libraries hold the same networks: the decoders of a linear-Gaussian model of five modalities and two latent
dimensions (σ = {noise}), and encoders that return the posterior given their modality, with variances × {widening} and
means off by {shift} standard deviations; all 31 subsets, N(0, I) expert in the full one, as is the default of both.
Plain algebra gives the exact answer: the mean of −ln p(x) over the {images} images is {exact} nats.

## Errors and times

Nats. *Bias*: mean error over images and repeats ± its standard error over repeats ({repeats}; {quarter} at K =
10,000).
*RMS error*: of one image's value. Chunks of 100 draws in both; the estimators take turns in one process. Times are of
`estimate_nll`, which the two methods of `mopoe` sum up, and of MultiVae's methods themselves.

{errors}
A mean of K weights has no bias, but its logarithm is too small, by about half its squared error: the NLL of a right
estimator is a little too large, and less so as K grows.

## The same image at another place in the batch

The first image, whose exact value is {first} nats, at each of the {images} places of the batch, K = 1,000.

{places}"""

if __name__ == "__main__":
    main()
