"""Simple readers of latent codes: what can a straight line tell from z, and what from w?"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from mopoe import MoPoE, MultimodalBaseDataset

from ...posteriors.samples import to_numpy

#: Width of the frame, in pixels, that is taken for background: drawings seldom reach it.
FRAME = 2


@torch.no_grad()
def codes_by_view(model: MoPoE, data: MultimodalBaseDataset) -> dict[str, dict[str, np.ndarray]]:
    """View → posterior means given it alone: ``"shared"`` (B, D), and ``"private"`` (B, P) if there is one."""
    with model.evaluating():
        experts = model.modality_encode(data)
    codes = {name: {"shared": to_numpy(expert.embedding)} for name, expert in experts.items()}
    if model.multiple_latent_spaces:
        for name, expert in experts.items():
            codes[name]["private"] = to_numpy(expert.style_embedding)
    return codes


def label_accuracy(
    codes: np.ndarray, labels: np.ndarray, test_codes: np.ndarray, test_labels: np.ndarray
) -> float:
    """Share of test labels that logistic regression on standardised codes finds, (B, D) and (B,)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    reader = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    return float(reader.fit(codes, labels).score(test_codes, test_labels))


def explained_variance(
    codes: np.ndarray, values: np.ndarray, test_codes: np.ndarray, test_values: np.ndarray
) -> float:
    """R² on test data of linear regression from codes (B, D) to values (B, k), mean over the k."""
    from sklearn.linear_model import LinearRegression

    return float(LinearRegression().fit(codes, values).score(test_codes, test_values))


def background_colour(images: Tensor) -> np.ndarray:
    """Mean colour of the frame of each picture, (B, C, H, W) → (B, C)."""
    inside = torch.ones(images.shape[-2:], dtype=torch.bool)
    inside[FRAME:-FRAME, FRAME:-FRAME] = False
    return to_numpy(images[..., inside].mean(-1))
