"""The numbers of the subset explorer against torch.distributions, quadrature and a model with exact answers."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch.distributions import Independent, Normal, kl_divergence

from workbench.datasets import exact_elbo, linear_gaussian
from workbench.datasets.linear_gaussian.model import linear_gaussian_model
from workbench.posteriors.planes import PlaneOfData
from workbench.posteriors.posterior import mixture_belief, product_belief, trained_within
from workbench.posteriors.samples import take_sample
from workbench.topics.subsets.analysis import SubsetAnalysis, elbo_terms
from workbench.topics.subsets.state import SubsetState

ORDER = ["photo", "grey", "text", "numbers"]


def standard(size):
    return Independent(Normal(torch.zeros(1, size), torch.ones(1, size)), 1)


def state_of(model, dataset, **values):
    return SubsetState(model.modalities, len(dataset), **values)


@pytest.mark.parametrize("policy", ["full", "all", "none"])
def test_the_lattice_holds_the_divergence_of_every_subset(model, dataset, policy):
    lattice = SubsetAnalysis(model, dataset).lattice(state_of(model, dataset, sample=2, prior_expert=policy))
    assert len(lattice.subsets) == 15
    networks = copy.deepcopy((model.encoders, model.decoders))
    other = type(model)(model.model_config.replace(prior_expert=policy), *networks)
    for subset, value in zip(lattice.subsets, lattice.values, strict=True):
        posterior = other.posterior(dataset[2], list(subset))
        assert value == pytest.approx(kl_divergence(posterior, standard(6)).item(), rel=1e-4)


def test_distance_is_from_the_posterior_of_all_the_sample_has(model, dataset):
    lattice = SubsetAnalysis(model, dataset).lattice(state_of(model, dataset, sample=3, quantity="distance"))
    full = model.posterior(dataset[3], ["grey", "text", "numbers"])
    assert lattice.available.sum() == 7
    for subset, value, there in zip(lattice.subsets, lattice.values, lattice.available, strict=True):
        assert there == ("photo" not in subset)
        if there:
            want = kl_divergence(full, model.posterior(dataset[3], list(subset))).item()
            assert value == pytest.approx(want, rel=1e-4, abs=1e-4)
        else:
            assert np.isnan(value)


def test_coherence_is_the_share_of_pictures_that_are_read_as_the_label(model, dataset):
    class Always:
        def __init__(self, label):
            self.label = label

        def classify(self, images):
            return torch.full((len(images),), self.label)

    analysis = SubsetAnalysis(model, dataset, {"photo": Always(5), "grey": Always(4)})
    lattice = analysis.lattice(state_of(model, dataset, sample=5, quantity="coherence"))
    assert lattice.values == pytest.approx(0.5)


def test_coherence_without_classifiers_says_what_is_lacking(model, dataset):
    lattice = SubsetAnalysis(model, dataset).lattice(state_of(model, dataset, quantity="coherence"))
    assert "classifiers" in lattice.remark
    assert np.isnan(lattice.values).all()


@pytest.fixture(scope="module")
def exact():
    data = linear_gaussian(3, 4, 2, noise=0.7, n_train=1, n_validation=1, n_test=8, seed=2)
    return data, linear_gaussian_model(data.truth, widening=1.3, shift=0.4)


@pytest.mark.parametrize("shown", [["m0"], ["m1", "m2"], ["m0", "m1", "m2"]])
def test_the_elbo_meets_the_exact_one(exact, shown):
    data, model = exact
    names = dict(zip(["m0", "m1", "m2"], model.modalities, strict=True))
    shown = [names[name] for name in shown]
    item = take_sample(model, data.test, 1)
    posterior = model.posterior(item, shown)
    batch = {name: value[None] for name, value in item.data.items()}
    want = exact_elbo(data.truth, batch, (posterior.mean, posterior.variance.diag_embed())).item()
    terms = elbo_terms(model, item, product_belief(model, item, shown), seed=3, n=4000)
    assert abs(terms.elbo.value - want) < 4 * terms.elbo.standard_error
    assert terms.elbo.standard_error < 0.2
    parts = sum(term.value for term in terms.reconstruction.values()) + terms.divergence.value
    assert -parts == pytest.approx(terms.elbo.value, rel=1e-5)


def test_the_lattice_of_likelihoods_meets_the_exact_ones(exact):
    data, model = exact
    lattice = SubsetAnalysis(model, data.test).lattice(
        state_of(model, data.test, sample=1, quantity="log_likelihood")
    )
    item = take_sample(model, data.test, 1)
    batch = {name: value[None] for name, value in item.data.items()}
    for subset, value, error in zip(lattice.subsets, lattice.values, lattice.errors, strict=True):
        q = model.posterior(item, list(subset))
        elbo = exact_elbo(data.truth, batch, (q.mean, q.variance.diag_embed())).item()
        want = elbo + kl_divergence(q, Independent(Normal(torch.zeros(1, 2), torch.ones(1, 2)), 1)).item()
        # Student's t of eight draws has heavy tails: 99.9 % lie within 5.4 standard errors.
        assert abs(value - want) < 8 * error


def test_the_divergence_of_a_mixture_meets_quadrature():
    data = linear_gaussian(3, 4, 1, noise=0.7, n_train=1, n_validation=1, n_test=4, seed=2)
    model = linear_gaussian_model(data.truth, shift=1.0)
    item = take_sample(model, data.test, 2)
    belief = mixture_belief(model, item, model.modalities)
    assert len(belief.weights) == 7
    grid = np.linspace(-12, 12, 200_001)
    sd = np.exp(0.5 * belief.logvars.numpy())
    parts = np.exp(-0.5 * ((grid - belief.mus.numpy()) / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
    q = parts.mean(0)
    log_p = -0.5 * grid**2 - 0.5 * np.log(2 * np.pi)
    want = np.trapezoid(np.where(q > 0, q * (np.log(np.maximum(q, 1e-300)) - log_p), 0), grid)
    got = belief.divergence(belief.draws(20_000, seed=0)["z"])
    assert abs(got.value - want) < 4 * got.standard_error
    assert got.standard_error < 0.02


def test_shares_weigh_the_means_of_the_experts(model, dataset):
    shown = ["photo", "grey", "text", "numbers"]
    found = SubsetAnalysis(model, dataset).answer(state_of(model, dataset, sample=4, shown=shown))
    experts = model.modality_encode(dataset[4])
    assert found.shares.names == [*shown, "prior"]
    np.testing.assert_allclose(found.shares.values.sum(0), 1, rtol=1e-5)
    mean = sum(
        share * experts[name].embedding[0].detach().numpy()
        for name, share in zip(shown, found.shares.values[:4], strict=True)
    )
    np.testing.assert_allclose(mean, model.posterior(dataset[4]).mean[0].detach().numpy(), atol=1e-5)


def test_the_prior_has_no_say_where_it_is_no_expert(model, dataset):
    state = state_of(model, dataset, shown=["photo", "grey"], prior_expert="none")
    assert SubsetAnalysis(model, dataset).answer(state).shares.names == ["photo", "grey"]
    everywhere = state.twin(prior_expert="all")
    assert SubsetAnalysis(model, dataset).answer(everywhere).shares.names == ["photo", "grey", "prior"]


def test_a_bell_is_the_gaussian_as_the_plane_sees_it(model, dataset):
    plane = PlaneOfData(model, dataset)
    posterior = model.posterior(dataset[1], ["grey"])
    gaussian = plane.gaussian("grey", "expert", posterior.mean[0], posterior.variance[0].log())
    seen = plane.project(posterior.sample((200_000,))[:, 0].numpy())
    np.testing.assert_allclose(gaussian.centre, seen.mean(0), atol=0.02)
    np.testing.assert_allclose(gaussian.covariance, np.cov(seen.T), atol=0.02)


def test_every_draw_of_a_mixture_comes_from_a_component_in_its_turn(model, dataset):
    belief = mixture_belief(model, take_sample(model, dataset, 0), ORDER)
    counts = torch.bincount(belief.components(45, seed=3), minlength=15)
    assert (counts == 3).all()


def test_the_same_noise_serves_product_and_mixture(model, dataset):
    item = take_sample(model, dataset, 0)
    product, mixture = product_belief(model, item, ["grey"]), mixture_belief(model, item, ["grey"])
    torch.testing.assert_close(product.draws(5, 1)["z"], mixture.draws(5, 1)["z"])


@pytest.mark.parametrize(
    ("family", "shown", "want"),
    [
        ("mopoe", ["photo", "text"], [("photo",), ("text",), ("photo", "text")]),
        ("moe", ["photo", "text"], [("photo",), ("text",)]),
        ("poe", ["photo", "text"], [("photo", "text")]),
    ],
)
def test_components_are_named_as_the_model_mixes_them(model, dataset, family, shown, want):
    trained = model.sharing_networks(subsets=family)
    assert trained_within(trained, shown) == want
    item = take_sample(model, dataset, 0)
    belief = mixture_belief(trained, item, shown)
    assert len(belief.weights) == len(want)
    for subset, mu in zip(want, belief.mus, strict=True):
        expected = model.sharing_networks(prior_expert="none").posterior(item, list(subset)).mean[0]
        if family != "poe":  # there the prior's expert stays with the full subset's part
            torch.testing.assert_close(mu, expected)


def test_a_swapped_modality_is_the_other_samples(model, dataset):
    state = state_of(model, dataset, sample=0, shown=["grey"], swap="grey", swap_sample=5)
    found = SubsetAnalysis(model, dataset).answer(state).generation
    assert (found.data["grey"] == dataset[5].data["grey"].numpy()).all()
    assert (found.data["text"] == dataset[0].data["text"].numpy()).all()
    plain = SubsetAnalysis(model, dataset).answer(state_of(model, dataset, sample=5, shown=["grey"]))
    assert (found.mean["photo"] == plain.generation.mean["photo"]).all()


def test_a_swap_for_what_is_missing_is_refused(model, dataset):
    state = state_of(model, dataset, sample=0, swap="photo", swap_sample=3)
    with pytest.raises(ValueError, match="sample 3 lacks it"):
        SubsetAnalysis(model, dataset).answer(state)
