"""How well a straight line reads the label from what a model believes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from mopoe import MoPoE, MultimodalBaseDataset, Summary
from mopoe.display import html_table
from mopoe.reading.parts import gathered
from workbench.training.seeding import seeded
from workbench.uncertainty import standard_error

from .readers import read_labels
from .subset_latents import Subset, SubsetLatents


@dataclass(frozen=True)
class LatentAccuracy:
    """Returned by :func:`latent_accuracy`; all values are proportions.

    Args:
        accuracy: observed subset → share of the test samples whose label is read, mean over draws of the
            labelled samples, with the standard error over those draws and the test samples together.
        by_observed: number of observed modalities → mean over the subsets of that size. Draws and test samples
            are shared by all subsets, so the error is that of the mean.
        n_labelled: samples that each reader was fitted to.
        n_draws: how often they were drawn.
    """

    accuracy: dict[Subset, Summary]
    by_observed: dict[int, Summary]
    n_labelled: int
    n_draws: int

    def _repr_html_(self) -> str:
        rows = [
            [str(size), f"{found.value:.3f} ± {found.standard_error:.3f}"]
            for size, found in self.by_observed.items()
        ]
        samples = next(iter(self.by_observed.values())).n
        title = f"Latent accuracy, {self.n_labelled} labelled, {samples} test samples, {self.n_draws} draws"
        return html_table(title, ["observed modalities", "label read ± standard error"], rows)


def latent_accuracy(
    model: MoPoE,
    train: MultimodalBaseDataset,
    test: MultimodalBaseDataset,
    *,
    n_labelled: int = 500,
    n_draws: int = 5,
    seed: int,
    posterior: str = "product",
    subsets: Sequence[Sequence[str]] | None = None,
    batch_size: int = 1024,
) -> LatentAccuracy:
    """Logistic regression from posterior means to labels, fitted to few labelled samples.

    Source: Sutter et al. 2021, section 4: a linear classifier on 500 training samples. Each draw takes other
    labelled samples, as published numbers seldom do: 500 samples are few, and which ones matters.

    Args:
        model: the model.
        train: labelled data that readers are fitted to.
        test: labelled data that they are judged by.
        n_labelled: samples that each reader is fitted to.
        n_draws: how often those are drawn, at least 2.
        seed: of the draws; the caller's random state stays as it was.
        posterior: as for :func:`~workbench.metrics.conditional_coherence`; of a mixture, the mean of one
            component is drawn for each sample.
        subsets: which to show; by default all.
        batch_size: samples encoded at a time.

    Raises:
        TypeError: no data sets, or labels that are no whole numbers.
        ValueError: no labels, fewer than two draws or test samples, more labelled samples than there are, or only
            one label among them.
    """
    train, test = gathered(train), gathered(test)
    known, truth = read_labels(train, "train"), read_labels(test, "test")
    if n_draws < 2 or len(test) < 2:
        raise ValueError(f"n_draws: expected at least 2, and 2 test samples, got {n_draws} and {len(test)}")
    if not 2 <= n_labelled <= len(train):
        raise ValueError(f"n_labelled: expected 2 to {len(train)}, the training samples, got {n_labelled}")
    chosen = [tuple(subset) for subset in (model.all_subsets() if subsets is None else subsets)]
    latents = SubsetLatents(model, chosen, posterior)
    generator = torch.Generator().manual_seed(seed)
    draws = [torch.randperm(len(train), generator=generator)[:n_labelled] for _ in range(n_draws)]
    if any(len(known[rows].unique()) < 2 for rows in draws):
        raise ValueError("train: expected two labels and more among the labelled samples, got one")
    with seeded(seed, model.device):
        seen = _means(latents, test, batch_size, model.device)
        labelled = [_means(latents, train[rows], batch_size, model.device) for rows in draws]
    truth_array = truth.cpu().numpy()
    right = np.stack(
        [
            [
                _read(means[place], known[rows].cpu().numpy(), seen[place]) == truth_array
                for place in range(len(chosen))
            ]
            for rows, means in zip(draws, labelled, strict=True)
        ]
    ).astype(float)  # (draws, subsets, samples)
    sizes = sorted({len(subset) for subset in chosen})
    of_size = {size: [i for i, subset in enumerate(chosen) if len(subset) == size] for size in sizes}
    return LatentAccuracy(
        {subset: _share(right[:, i]) for i, subset in enumerate(chosen)},
        {size: _share(right[:, places].mean(1)) for size, places in of_size.items()},
        n_labelled,
        n_draws,
    )


def _means(
    latents: SubsetLatents, data: MultimodalBaseDataset, batch_size: int, device: torch.device
) -> np.ndarray:
    """Posterior means, (S, B, D)."""
    parts: list[Any] = []
    for rows in torch.arange(len(data)).split(batch_size):
        parts.append(latents.posterior(data[rows].to(device))[0].double().cpu())
    return torch.cat(parts, 1).numpy()


def _read(means: np.ndarray, labels: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Labels read from ``seen`` (B, D) by a reader that was fitted to ``means`` (n, D)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():
        # Labels that can be separated have no finite optimum: how far the weights grow changes no label.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(max_iter=1000).fit(means, labels).predict(seen)


def _share(right: np.ndarray) -> Summary:
    """Of (draws, samples): mean; error over draws and over samples, which are independent, in quadrature."""
    over_draws, over_samples = (float(standard_error(right.mean(axis))) for axis in (1, 0))
    return Summary(float(right.mean()), math.hypot(over_draws, over_samples), n=right.shape[1], unit="")
