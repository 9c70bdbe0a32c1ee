"""Conditional coherence: whether what is generated shows the label of what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mopoe import MultimodalBaseDataset, Summary
from mopoe.display import html_table
from mopoe.reading.parts import gathered
from workbench.training.seeding import SeparateRandomState, seeded

from ..datasets.checks import require_complete
from .classifier import DigitClassifier
from .readers import read_data, read_labels, readers_of
from .subset_generation import PredictGenerator, generate_unseen
from .subset_latents import Subset


@dataclass(frozen=True)
class Coherence:
    """Returned by :func:`conditional_coherence`; all values are proportions.

    Args:
        accuracy: observed subset → generated modality, never one of the subset → share of the samples whose
            label the classifier finds in what was generated.
        by_observed: number of observed modalities → mean over all pairs (subset, generated modality) with so
            many observed, each pair with the same weight. A sample counts once, by its mean over the pairs:
            subsets share the samples, so the standard error is that over samples.
        reconstruction: modality → the same accuracy when all modalities are observed, this one included.
        chance: the most that always guessing one label would reach.
        n_draws: draws a sample and subset.
    """

    accuracy: dict[Subset, dict[str, float]]
    by_observed: dict[int, Summary]
    reconstruction: dict[str, float]
    chance: float
    n_draws: int

    def _repr_html_(self) -> str:
        rows = []
        for size, estimate in self.by_observed.items():
            pairs = sum(len(targets) for subset, targets in self.accuracy.items() if len(subset) == size)
            rows.append([str(size), f"{estimate.value:.3f} ± {estimate.standard_error:.3f}", str(pairs)])
        full = sum(self.reconstruction.values()) / len(self.reconstruction)
        rows.append(["all (reconstruction)", f"{full:.3f}", str(len(self.reconstruction))])
        samples = next(iter(self.by_observed.values())).n
        title = f"Conditional coherence, {samples} samples, chance {self.chance:.3f}"
        return html_table(title, ["observed modalities", "label found ± standard error", "pairs"], rows)


def conditional_coherence(
    model: Any,
    dataset: MultimodalBaseDataset,
    classifiers: Mapping[str, DigitClassifier],
    *,
    n_draws: int = 1,
    seed: int,
    subsets: Sequence[Sequence[str]] | None = None,
    batch_size: int = 256,
    posterior: str = "product",
    legacy: bool = False,
) -> Coherence:
    """Show the model a subset of the modalities, let it generate the others, and read their label.

    Latents are drawn from the subset's posterior, not set to its mean; what is read is expected data, without noise.
    A MoPoE encodes a batch once for all subsets.

    Args:
        model: a MoPoE, or anything with ``predict(inputs, cond_mod, gen_mod, N)``, and ``all_subsets()`` unless
            ``subsets`` are given.
        dataset: complete, labelled data that no one was trained on, at least two samples.
        classifiers: modality → classifier; modalities without one are seen, but what is generated for them
            is not judged.
        n_draws: draws a sample and subset.
        seed: of the draws; the caller's random state stays as it was.
        subsets: which to show; by default all but the full one.
        batch_size: samples generated at a time.
        posterior: ``"product"``, or ``"mixture"`` of the configured subsets within the one that is seen, as
            MMVAE generates; see :class:`~workbench.metrics.subset_latents.SubsetLatents`.
        legacy: leave the classifiers' dropout on, as the published code did; the images are the same.

    Raises:
        TypeError: no data set, or labels that are no whole numbers.
        ValueError: no labels, missing entries, fewer than two samples, an unknown modality, a subset that
            leaves no modality to be judged, a number below 1, or a posterior that the model has not.
    """
    dataset = gathered(dataset)
    labels = read_labels(dataset, "dataset")
    _check_data(dataset)
    for name, number in (("n_draws", n_draws), ("batch_size", batch_size)):
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ValueError(f"{name}: expected a whole number >= 1, got {number!r}")
    judged = _known(list(classifiers), dataset, "classifiers")
    targets = _targets_of(model, dataset, judged, subsets)
    device = getattr(model, "device", labels.device)
    full = tuple(dataset.modalities)
    readers = readers_of(model, classifiers)
    generators = [generate_unseen(model, targets, posterior), PredictGenerator(model, {full: judged})]
    hits: dict[Subset, dict[str, Tensor]] = {}
    dropout = SeparateRandomState(
        seed, torch.device(device)
    )  # what is judged is the same, with dropout and without
    with seeded(seed, torch.device(device)), torch.no_grad():
        for rows in torch.arange(len(dataset)).split(batch_size):
            batch = dataset[rows].to(device)
            for _ in range(n_draws):
                for subset, name, images in (item for generate in generators for item in generate(batch)):
                    with dropout() if legacy else nullcontext():
                        found = read_data(readers[name], images, legacy)
                    shares = hits.setdefault(subset, {})
                    if name not in shares:
                        shares[name] = torch.zeros(len(dataset), dtype=torch.float64)
                    shares[name][rows] += (found.cpu() == labels[rows].cpu()).double() / n_draws
    seen = {subset: hits[subset] for subset in targets}
    return Coherence(
        accuracy={subset: _means(found) for subset, found in seen.items()},
        by_observed=_by_observed(seen),
        reconstruction=_means(hits[full]),
        chance=float(labels.bincount().max()) / len(labels),
        n_draws=n_draws,
    )


def _by_observed(hits: Mapping[Subset, Mapping[str, Tensor]]) -> dict[int, Summary]:
    estimates = {}
    for size in sorted({len(subset) for subset in hits}):
        pairs = [share for subset, found in hits.items() if len(subset) == size for share in found.values()]
        estimates[size] = Summary.mean_of(torch.stack(pairs).mean(0), unit="")
    return estimates


def _means(shares: Mapping[str, Tensor]) -> dict[str, float]:
    return {name: float(share.mean()) for name, share in shares.items()}


def _targets_of(
    model: Any, dataset: MultimodalBaseDataset, judged: list[str], subsets: Sequence[Sequence[str]] | None
) -> dict[Subset, list[str]]:
    """Subset → the modalities that it does not hold and that can be judged; given ones must have some."""
    chosen = model.all_subsets() if subsets is None else subsets
    targets = {}
    for names in chosen:
        subset = tuple(_known(names, dataset, "subsets"))
        targets[subset] = [name for name in judged if name not in subset]
        if not targets[subset] and subsets is not None:
            raise ValueError(
                f"subsets: expected a modality with a classifier outside each, got {list(names)}"
            )
    if not any(targets.values()):
        raise ValueError(f"dataset: expected a modality to show and one to judge, got {dataset.modalities}")
    return {subset: generated for subset, generated in targets.items() if generated}


def _known(names: Sequence[str], dataset: MultimodalBaseDataset, what: str) -> list[str]:
    """``names`` in the order of the data."""
    unknown = [name for name in names if name not in dataset.modalities]
    if isinstance(names, str) or not names or unknown:
        raise ValueError(
            f"{what}: expected one or more of the modalities {dataset.modalities}, got {names!r}"
        )
    return [name for name in dataset.modalities if name in names]


def _check_data(dataset: MultimodalBaseDataset) -> None:
    if len(dataset) < 2:
        raise ValueError("dataset: expected at least two samples to tell a standard error from, got one")
    require_complete(dataset)
