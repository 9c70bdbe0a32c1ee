"""How strongly each likelihood pulls at a model, and what weights make of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mopoe.likelihoods import LocationScaleLikelihood, make_likelihood
from workbench.datasets.base import Splits
from workbench.topics.rescaling.picture_and_word import constant_guess

from .results.tables import Table


def nats_to_learn(data: Splits, n_samples: int = 5_000) -> dict[str, float]:
    """Modality → by how many nats a perfect decoder explains a sample better than the best constant one.

    It is all that the loss can win by this modality, were z free.  A probability ends at 1, a Laplace density of a
    fixed scale at its peak, where most of its nats remain: size alone does not tell what there is to learn.

    Args:
        data: of bernoulli, categorical and laplace modalities.
        n_samples: the most training samples that the constant is found from, and test samples it is judged by.
    """
    some = replace(data, train=data.train[:n_samples], test=data.test[:n_samples])
    return {name: guess - _perfect(some, name) for name, guess in constant_guess(some).items()}


def weights_table(data: Splits, factors: Mapping[str, float]) -> Table:
    """What each modality pulls with: its numbers, its weight r_m, and the nats that there are to learn.

    Args:
        data: as for :func:`nats_to_learn`.
        factors: modality → r_m.
    """
    gain = nats_to_learn(data)
    total = sum(factors[name] * nats for name, nats in gain.items())
    rows = [
        [
            name,
            " × ".join(map(str, shape)),
            f"{data.decoders_dist[name]}",
            f"{factors[name]:.4g}",
            f"{gain[name]:.0f}",
            f"{factors[name] * gain[name]:.0f}",
            f"{factors[name] * gain[name] / total:.0%}",
        ]
        for name, shape in data.input_dims.items()
    ]
    header = ["modality", "shape", "likelihood", "weight r", "nats to learn", "r × nats", "share"]
    return Table("What each modality pulls with", header, rows)


def _perfect(data: Splits, name: str) -> float:
    """−ln p(x_m) in nats of a decoder that knows the datum; categories and bits are then certain."""
    x = data.test.data[name].double()
    params = data.decoder_dist_params.get(name)
    likelihood = make_likelihood(data.decoders_dist[name], params, name, x.shape[1:])
    if not isinstance(likelihood, LocationScaleLikelihood):
        return 0.0
    return -float(likelihood.total(x, x).mean())
