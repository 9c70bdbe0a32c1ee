"""What the page calls the same: both libraries on the same networks, with rescaling, β and missing modalities."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mopoe import ModelOutput, MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.paper.multivae import peer_model

from .claims import BIT, DIMS, data, torn


class Narrow(nn.Module):
    """An encoder that is nearly certain, so that the noise of a draw cannot be told from rounding."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.linear = nn.Linear(size, 2)

    def forward(self, x: Tensor) -> ModelOutput:
        mean = self.linear(x.flatten(1))
        return ModelOutput(embedding=mean, log_covariance=torch.full_like(mean, -25.0))


def check() -> None:
    config = MoPoEConfig(
        n_modalities=2,
        latent_dim=2,
        input_dims=DIMS,
        decoders_dist=BIT,
        decoder_dist_params={"image": {"scale": 0.5}},
        uses_likelihood_rescaling=True,
        beta=2.5,
        added_variance=1e-8,
    )
    ours = MoPoE(config, {"text": Narrow(3), "image": Narrow(4)}).double()
    peer = peer_model(ours)
    for batch in (data(2), torn()):
        batch.data = {name: x.double() for name, x in batch.data.items()}
        found, expected = ours.inference(batch), peer.inference(batch)
        for entry in ("mus", "logvars", "weights"):
            seen = expected["weights"] > 0
            torch.testing.assert_close(found[entry][seen], expected[entry][seen].double(), rtol=0, atol=1e-6)
    # In a batch smaller than the number of subsets, MultiVae decodes from the product of all.
    batch = data(2)
    batch.data = {name: x.double() for name, x in batch.data.items()}
    theirs, one = peer(batch), ours.sharing_networks(subsets="poe")(MultimodalBaseDataset(batch.data))
    for name in ("recon_text", "recon_image"):
        torch.testing.assert_close(one.metrics[name], theirs.metrics[name], rtol=1e-3, atol=0)
    divergence = ours(MultimodalBaseDataset(batch.data)).metrics["joint_divergence"]
    torch.testing.assert_close(
        divergence.float(), theirs.metrics["joint_divergence"].float(), rtol=1e-6, atol=0
    )
    total = one.metrics["recon_text"] + one.metrics["recon_image"] + 2.5 * divergence
    torch.testing.assert_close(total, theirs.loss.double(), rtol=1e-3, atol=0)
    torch.testing.assert_close(theirs.loss_sum, 2 * theirs.loss)
