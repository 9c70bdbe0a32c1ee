"""How many nats each latent dimension carries, in the beliefs of single modalities and of all together."""

from __future__ import annotations

import numpy as np
import torch

from mopoe import MoPoE, MultimodalBaseDataset, kl_to_standard_normal, product_of_experts
from mopoe.fusion.prior_expert import prior_expert_joins

from ...posteriors.samples import to_numpy

#: Stands for all modalities together.
ALL = "all"


@torch.no_grad()
def latent_use(model: MoPoE, dataset: MultimodalBaseDataset) -> dict[str, np.ndarray]:
    """Each modality, and ``"all"`` → KL(q(z_d) ‖ p(z_d)) of every dimension in nats, mean over samples, (D,).

    Dimensions come from the most used to the least, in the belief from all modalities.

    Args:
        model: any; its shared latent space is looked at.
        dataset: complete samples.
    """
    samples = dataset[:].to(model.device)
    nats = {}
    for name in (*model.modalities, ALL):
        posterior = model.posterior(samples, name)
        mean, logvar = posterior.mean, posterior.variance.log()
        nats[name] = to_numpy(kl_to_standard_normal(mean[..., None], logvar[..., None]).mean(0))
    order = np.argsort(-nats[ALL], kind="stable")
    return {name: found[order] for name, found in nats.items()}


def collapsed_nats(model: MoPoE) -> float:
    """Nats of one dimension of the full product when every expert says N(0, 1) about it: nothing at all.

    The product of n standard normals has precision n. It is sharper than the prior without any evidence.
    """
    joins = prior_expert_joins(model.model_config.prior_expert, full=True)
    silent = torch.zeros(len(model.modalities) + joins, 1, dtype=torch.float64)
    return float(kl_to_standard_normal(*product_of_experts(silent, silent)))
