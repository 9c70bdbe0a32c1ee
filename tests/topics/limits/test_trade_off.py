"""Quality and coherence of models whose answers are known: decoders that ignore the latent."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mopoe import BaseDecoder, ModelOutput, MoPoE, MoPoEConfig
from workbench.datasets import keep_modalities, load_dataset
from workbench.metrics import train_classifiers
from workbench.topics.limits.arrays import QualityCoherence
from workbench.topics.limits.trade_off import mean_nll, quality_and_coherence


class Always(BaseDecoder):
    """The same picture, whatever the latent."""

    def __init__(self, picture: Tensor) -> None:
        super().__init__()
        self.picture = torch.nn.Parameter(picture)

    def forward(self, z: Tensor) -> ModelOutput:
        """(B, D) → (B, *dims)."""
        return ModelOutput(reconstruction=self.picture.expand(len(z), *self.picture.shape))


def test_decoders_that_ignore_the_latent_have_no_detail_and_the_likelihood_of_their_picture() -> None:
    whole = load_dataset("mnist_text", n_train=300, n_validation=10, n_test=40, seed=0)
    data = keep_modalities(whole, ["digit", "photo"])
    pictures = {name: data.train.data[name].mean(0) for name in ("digit", "photo")}
    config = MoPoEConfig(
        2,
        latent_dim=2,
        input_dims=data.input_dims,
        decoders_dist=dict(data.decoders_dist),
        decoder_dist_params=dict(data.decoder_dist_params),
    )
    model = MoPoE(config, None, {name: Always(picture) for name, picture in pictures.items()}).eval()
    readers = train_classifiers(data.train, seed=0, epochs=1)
    found = quality_and_coherence(model, data.test, readers, n_images=8, K=200, seed=0)

    scale = data.decoder_dist_params["photo"]["scale"]
    densities = {
        "digit": torch.distributions.Bernoulli(logits=pictures["digit"]),
        "photo": torch.distributions.Laplace(pictures["photo"], scale),
    }
    nats = sum(-p.log_prob(data.test.data[m]).flatten(1).sum(1) for m, p in densities.items())
    assert isinstance(nats, Tensor)
    assert found.own_view == pytest.approx(float(nats.mean()) / 2, rel=1e-5)
    # z changes nothing: ln p(x) is that of the pictures, up to the noise of 200 weights p(z)/q(z).
    assert found.nll == pytest.approx(float(nats[:8].mean()), abs=0.1)
    assert found.detail == pytest.approx(0, abs=1e-8)
    # One picture is read as one digit, which is right for at most the share of the most frequent label.
    assert data.test.labels is not None
    assert found.coherence <= float(data.test.labels.bincount().max()) / 40 + 1e-9


def test_the_mean_over_runs_is_in_doubt_where_one_is() -> None:
    runs = [QualityCoherence(nll, 50.0, 0.2, 0.6, doubt) for nll, doubt in ((100.0, ""), (104.0, "not so"))]
    found = mean_nll(runs)
    assert (found.value, found.standard_error, found.n) == (102, pytest.approx(2), 2)
    assert found.diagnosis == "in 1 of 2 seeds not so"
    assert mean_nll(runs[:1]).diagnosis == ""
