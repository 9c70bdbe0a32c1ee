"""Conditional coherence pair by pair: which modality is told well, and by which others."""

from __future__ import annotations

from math import sqrt

from mopoe import Summary
from workbench.metrics import Coherence

from .results.tables import Table


def coherence_to(coherence: Coherence) -> dict[str, Summary]:
    r"""Generated modality → share of the samples with the right label, mean over all subsets that do not show it.

    A sample's own mean over the subsets lies between 0 and 1, so that its variance is at most p (1 − p): the error
    is that bound, √(p (1 − p) / n), and rather too large.
    """
    n = next(iter(coherence.by_observed.values())).n
    shares: dict[str, list[float]] = {}
    for found in coherence.accuracy.values():
        for name, share in found.items():
            shares.setdefault(name, []).append(share)
    means = {
        name: sum(shares[name]) / len(shares[name]) for name in coherence.reconstruction if name in shares
    }
    return {name: Summary(mean, sqrt(mean * (1 - mean) / n), n=n, unit="") for name, mean in means.items()}


def pairs_table(coherence: Coherence) -> Table:
    """One row a subset that was seen, one column a modality that was generated."""
    mean = coherence_to(coherence)
    targets = list(mean)
    rows = [
        [", ".join(subset), *(f"{found[name]:.3f}" if name in found else "seen" for name in targets)]
        for subset, found in coherence.accuracy.items()
    ]
    rows.append(["mean", *(f"{found.value:.3f} ± {found.standard_error:.3f}" for found in mean.values())])
    title = "Share of the generated modalities that show the right label"
    return Table(title, ["seen", *(f"→ {name}" for name in targets)], rows)
