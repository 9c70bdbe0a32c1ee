"""The families that the paper compares, each with the posterior that it generates from, and the peer's MoPoE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from mopoe import MoPoE
from workbench.datasets.base import Splits
from workbench.topics.families.names import FAMILIES
from workbench.training.build import build_model

from .results.arrays import PEER

#: Name → family. MVAE is trained on the joint ELBO alone (decision 17); the peer's is MoPoE on our networks.
CONTENDERS = {**FAMILIES, PEER: FAMILIES["MoPoE"]}


@dataclass(frozen=True)
class Contender:
    """A model of one family, not trained yet.

    Attributes:
        model: ours; every measure is taken on it.
        objective: what is trained: the model itself, or MultiVae's MoPoE that holds the very same networks, so that
            after its training the two are one.
        posterior: ``"product"`` or ``"mixture"``; see :class:`workbench.metrics.subset_latents.SubsetLatents`.
    """

    model: MoPoE
    objective: nn.Module
    posterior: str


def make_contender(data: Splits, family: str, **model: Any) -> Contender:
    """A fresh model of ``family``; all those of one seed start from the same weights.

    Args:
        data: gives modalities, shapes and likelihoods.
        family: one of ``CONTENDERS``; ``"MultiVae"`` needs an environment that holds that library.
        model: what :func:`workbench.training.build.build_model` takes, but for ``subsets`` and ``prior_expert``.

    Raises:
        ValueError: another family.
        ModuleNotFoundError: MultiVae asked for where it is not installed.
    """
    if family not in CONTENDERS:
        raise ValueError(f"family: expected one of {', '.join(CONTENDERS)}, got {family!r}")
    kind = CONTENDERS[family]
    ours = build_model(data, **kind.settings, **model)
    return Contender(ours, _Peer(ours) if family == PEER else ours, kind.posterior)


class _Peer(nn.Module):
    """MultiVae's MoPoE on our networks, called as :func:`workbench.training.fit` calls a model."""

    def __init__(self, ours: MoPoE) -> None:
        super().__init__()
        from .multivae import PeerDataset, peer_model

        self.model, self._dataset = peer_model(ours), PeerDataset

    def forward(self, batch: Any) -> Any:
        output = self.model(self._dataset(batch.data))
        metrics = output["metrics"].items()
        output["metrics"] = {
            name: value for name, value in metrics if isinstance(value, Tensor) and value.ndim == 0
        }
        return output
