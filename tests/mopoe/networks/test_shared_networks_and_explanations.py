"""Other subsets over the same networks, who decides in a product, and how well latents explain data."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from torch.distributions import Independent, Laplace, Normal

from mopoe import MoPoE, MoPoEConfig
from mopoe.fusion.gaussians import precision_shares, product_of_experts

DIMS = {"a": (3,), "b": (2, 2), "c": (5,)}


@pytest.fixture
def model():
    torch.manual_seed(0)
    likelihoods = {"a": "laplace"}
    scales = {"a": {"scale": 0.7}, "b": {"scale": 0.4}}
    return MoPoE(MoPoEConfig(3, 4, DIMS, decoders_dist=likelihoods, decoder_dist_params=scales)).eval()


@pytest.fixture
def data():
    generator = torch.Generator().manual_seed(1)
    return {name: torch.randn(6, *dims, generator=generator) for name, dims in DIMS.items()}


def test_the_twin_has_the_same_weights_and_answers_as_a_model_built_so(model, data):
    twin = model.sharing_networks(subsets="moe", prior_expert="all", beta=3.0)
    built = MoPoE(
        model.model_config.replace(subsets="moe", prior_expert="all", beta=3.0),
        *deepcopy((model.encoders, model.decoders)),
    )
    for name in ("mus", "logvars", "weights"):
        torch.testing.assert_close(twin.inference(data)[name], built.inference(data)[name])
    losses = [m(data, generator=torch.Generator().manual_seed(2)).loss for m in (twin, built)]
    torch.testing.assert_close(*losses)
    assert all(p is q for p, q in zip(twin.parameters(), model.parameters(), strict=True))


def test_the_model_itself_stays_as_it_was(model, data):
    before = model.inference(data)["mus"]
    model.sharing_networks(subsets="poe", prior_expert="all")
    assert model.model_config.prior_expert == "full" and len(model.subsets) == 7
    torch.testing.assert_close(model.inference(data)["mus"], before)


def test_what_the_networks_were_built_by_cannot_be_changed(model):
    with pytest.raises(
        ValueError,
        match="some of subsets, prior_expert, beta, beta_style, subset_draws, added_variance, got 'latent_dim'",
    ):
        model.sharing_networks(latent_dim=2)


@pytest.mark.parametrize("prior", [False, True])
def test_shares_are_precisions_over_their_sum(prior):
    logvars = torch.randn(3, 5, 4, dtype=torch.float64)
    shares = precision_shares(logvars, prior)
    precisions = [1 / v.exp() for v in logvars] + ([torch.ones(5, 4, dtype=torch.float64)] if prior else [])
    for share, precision in zip(shares, precisions, strict=True):
        torch.testing.assert_close(share, precision / sum(precisions))


def test_the_mean_of_a_product_is_weighed_by_shares():
    mus, logvars = torch.randn(2, 3, 5, 4, dtype=torch.float64)
    weighed = (precision_shares(logvars) * mus).sum(0)
    torch.testing.assert_close(weighed, product_of_experts(mus, logvars)[0])


def test_shares_are_finite_where_precisions_overflow():
    shares = precision_shares(torch.tensor([[-200.0], [-190.0], [80.0]]))
    torch.testing.assert_close(shares.sum(0), torch.ones(1))
    assert shares[0] > 0.999


def test_log_likelihood_is_that_of_the_decoders_distribution(model, data):
    z = torch.randn(7, 6, 4)
    got = model.log_likelihood(data, z)
    for name, oracle, scale in (("a", Laplace, 0.7), ("b", Normal, 0.4), ("c", Normal, 1.0)):
        mean = model.decode(z)[name]
        event = Independent(oracle(mean, torch.full_like(mean, scale)), len(DIMS[name]))
        torch.testing.assert_close(got[name], event.log_prob(data[name]))
    assert got["a"].shape == (7, 6)


def test_log_likelihood_of_a_missing_modality_is_zero(model, data):
    masks = {name: torch.ones(6, dtype=torch.bool) for name in DIMS}
    masks["b"][2] = False
    got = model.log_likelihood({"data": data, "masks": masks}, torch.randn(6, 4))
    assert got["b"][2] == 0 and (got["b"][[0, 1, 3, 4, 5]] != 0).all()


def test_latents_of_another_batch_are_refused(model, data):
    with pytest.raises(ValueError, match=r"expected z of shape \(\*, 6, 4\), got \(3, 4\)"):
        model.log_likelihood(data, torch.randn(3, 4))


def test_the_mixture_within_some_modalities_leaves_out_the_others(model, data):
    within = model.joint_posterior(data, within=["a", "c"])
    means = [model.posterior(data, list(s)).mean for s in (["a"], ["c"], ["a", "c"])]
    weights = within.mixture_distribution.probs
    assert (weights > 0).sum(1).tolist() == [3] * 6
    used = within.component_distribution.mean[weights > 0].reshape(6, 3, 4)
    torch.testing.assert_close(used, torch.stack(means, 1))
