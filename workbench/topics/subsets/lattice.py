"""One number for each of the 2^M − 1 subsets of a sample's modalities, all encoded in one pass."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.distributions import kl_divergence

from mopoe import MoPoE, Sample, kl_to_standard_normal
from mopoe.fusion.gaussians import as_distribution, draw

from ...metrics import DigitClassifier
from ...posteriors.posterior import Gaussian, private_beliefs
from ...posteriors.samples import present_modalities, sizes_of, whole_label
from .arrays import Lattice

#: Draws of each subset; the error bar says what so few are worth.
N_DRAWS = 8
# More pictures than this at a time would leave the cache.
_CHUNK = 512

IN_WORDS = {
    "kl": "KL to the prior, nats",
    "log_likelihood": "E[ln p(x|z)] of all modalities, nats",
    "coherence": "share of pictures read as the label",
    "distance": "KL from the full posterior, nats",
}


def make_lattice(
    model: MoPoE, item: Sample, quantity: str, seed: int, classifiers: Mapping[str, DigitClassifier]
) -> Lattice:
    """``quantity`` of the product of experts of every subset.

    Args:
        model: in evaluation mode.
        item: one sample.
        quantity: ``"kl"``, KL(q_S ‖ p); ``"log_likelihood"``, E_{q_S}[Σ_m ln p(x_m|z)] over what the sample
            has; ``"coherence"``, the share of decoded draws that classifiers read as the label; ``"distance"``,
            KL(q_full ‖ q_S), what is lost by believing q_S in the place of the full posterior.
        seed: of the draws, the same noise for all subsets.
        classifiers: modality → network, for coherence.
    """
    # By number: names of subsets that are made of modalities' names can be alike.
    numbered = {str(i): list(subset) for i, subset in enumerate(model.all_subsets())}
    everything = model.sharing_networks(subsets=numbered)
    found = everything.inference(item)
    mus, logvars = found["mus"][:, 0], found["logvars"][:, 0]
    subsets = list(everything.subsets.values())
    present = set(present_modalities(item))
    available = np.array([set(subset) <= present for subset in subsets])
    rows = torch.from_numpy(np.flatnonzero(available)).to(mus.device)
    values, errors, remark = np.full(len(subsets), np.nan), np.zeros(len(subsets)), ""
    if quantity == "coherence" and (not classifiers or whole_label(item.labels) is None):
        remark = "coherence needs whole-number labels in the data, and classifiers=... in the call"
    else:
        got, error = _numbers(model, item, quantity, mus[rows], logvars[rows], seed, classifiers)
        values[available] = got.where(torch.isfinite(got), torch.nan).double().cpu().numpy()
        errors[available] = error.double().cpu().numpy()
    trained = set(model.subsets.values())
    return Lattice(
        modalities=model.modalities,
        subsets=subsets,
        values=values,
        errors=errors,
        available=available,
        trained=np.array([subset in trained for subset in subsets]),
        quantity=IN_WORDS[quantity],
        remark=remark,
    )


def _numbers(
    model: MoPoE,
    item: Sample,
    quantity: str,
    mus: Tensor,
    logvars: Tensor,
    seed: int,
    classifiers: Mapping[str, DigitClassifier],
) -> tuple[Tensor, Tensor]:
    """Value and Monte-Carlo error for each row of mus and logvars, (R, D)."""
    exact = torch.zeros(len(mus))
    if quantity == "kl":
        return kl_to_standard_normal(mus, logvars), exact
    if quantity == "distance":
        # Of all available subsets the largest comes last: what the sample has.
        full = as_distribution(mus[-1:], logvars[-1:])
        return kl_divergence(full, as_distribution(mus, logvars)), exact
    generator = torch.Generator(mus.device).manual_seed(seed)
    noise = draw(torch.zeros_like(mus[:1]), torch.zeros_like(mus[:1]), (N_DRAWS,), generator)
    z = mus + torch.exp(0.5 * logvars) * noise  # (draws, R, D), the same noise for all subsets
    scores = (
        _likelihoods(model, item, z) if quantity == "log_likelihood" else _read(model, item, z, classifiers)
    )
    return scores.mean(0), scores.std(0) / N_DRAWS**0.5


def _likelihoods(model: MoPoE, item: Sample, z: Tensor) -> Tensor:
    """Σ_m ln p(x_m|z), (draws, R)."""
    present = present_modalities(item)
    private = private_beliefs(model, item, present)
    totals = []
    for part in z.flatten(0, 1)[:, None].split(_CHUNK):
        terms = model.log_likelihood(item, _with_private(private, part), present)
        totals.append(sum(terms.values())[:, 0])
    return torch.cat(totals).reshape(z.shape[:-1])


def _read(model: MoPoE, item: Sample, z: Tensor, classifiers: Mapping[str, DigitClassifier]) -> Tensor:
    """Share of the modalities that are read as the label, (draws, R)."""
    label = whole_label(item.labels)
    assert label is not None
    private = private_beliefs(model, item, present_modalities(item))
    sizes = {name: size for name, size in sizes_of(item).items() if name in classifiers}
    shares = []
    for part in z.flatten(0, 1).split(_CHUNK):
        pictures = model.decode(_with_private(private, part), list(classifiers), size_factors=sizes)
        right = [classifier.classify(pictures[name]).eq(label) for name, classifier in classifiers.items()]
        shares.append(torch.stack(right).float().mean(0))
    return torch.cat(shares).reshape(z.shape[:-1])


def _with_private(private: dict[str, Gaussian], z: Tensor) -> dict[str, object]:
    """z with each private latent at its posterior mean: subsets are compared by what they share."""
    return {"z": z, "modalities_z": {m: mu.expand(*z.shape[:-1], -1) for m, (mu, _) in private.items()}}
