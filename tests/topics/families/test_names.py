"""The table of families against what was published, and why MVAE has the prior in every product."""

from __future__ import annotations

from itertools import combinations

import pytest
import torch

from mopoe import IncompleteDataset, MoPoE, MultimodalBaseDataset
from workbench.datasets.linear_gaussian.model import LinearEncoder, linear_gaussian_model
from workbench.datasets.linear_gaussian.world import LinearGaussian
from workbench.drawing.family_marks import FAMILY_LOOKS
from workbench.topics.families.looks import FUSION_LOOKS
from workbench.topics.families.names import FAMILIES, FUSIONS

SUBSETS = [subset for size in (1, 2, 3) for subset in combinations("abc", size)]
ALONE, ALL = SUBSETS[:3], SUBSETS[-1]
# Trained product → how many N(0, I) experts join it. Wu and Goodman 2018: p(z) ∏ q(z|x_m) of all modalities. Shi et
# al. 2019: q(z|x_m) of each. Sutter et al. 2021, and their code: every product, the prior in that of all modalities.
TRAINED = {
    "MVAE": {ALL: 1},
    "MMVAE": dict.fromkeys(ALONE, 0),
    "MoPoE": {subset: int(subset == ALL) for subset in SUBSETS},
}
# What a family believes given any modalities: one product, or a mixture of experts.
READ = {
    "MVAE": {subset: {subset: 1} for subset in SUBSETS},
    "MMVAE": {subset: {(name,): 0 for name in subset} for subset in SUBSETS},
    "MoPoE": {subset: {subset: int(subset == ALL)} for subset in SUBSETS},
}


def model_of(truth: LinearGaussian, name: str) -> MoPoE:
    return linear_gaussian_model(truth, widening=1.5, shift=0.3, **FAMILIES[name].settings)


def product(model: MoPoE, data: MultimodalBaseDataset, names: tuple[str, ...], priors: int):
    """Mean and variance, (B, D), by adding up natural parameters."""
    experts = model.modality_encode(data)
    precision = priors + sum(torch.exp(-experts[name].log_covariance) for name in names)
    weighted = sum(torch.exp(-experts[name].log_covariance) * experts[name].embedding for name in names)
    return weighted / precision, 1 / precision


def test_there_are_the_three_families_in_this_order() -> None:
    assert list(FAMILIES) == ["MVAE", "MMVAE", "MoPoE"]
    assert [family.name for family in FAMILIES.values()] == list(FAMILIES)
    assert [family.place for family in FAMILIES.values()] == [0, 1, 2]
    assert list(FUSIONS) == ["product", "mixture", "MoPoE"]
    assert FAMILIES["MVAE"].description == "product of experts (MVAE)"


@pytest.mark.parametrize("name", list(TRAINED))
def test_a_family_trains_the_products_of_its_publication(truth, data, name: str) -> None:
    model = model_of(truth, name)
    found = model.inference(data)
    assert set(model.subsets.values()) == set(TRAINED[name])
    for row, subset in enumerate(model.subsets.values()):
        mean, variance = product(model, data, subset, TRAINED[name][subset])
        torch.testing.assert_close(found["mus"][row], mean)
        torch.testing.assert_close(found["logvars"][row].exp(), variance)


@pytest.mark.parametrize("name", list(READ))
@pytest.mark.parametrize("shown", SUBSETS, ids=" ".join)
def test_a_family_is_read_as_it_was_published(truth, data, name: str, shown: tuple[str, ...]) -> None:
    model, family = model_of(truth, name), FAMILIES[name]
    expected = [product(model, data, subset, priors) for subset, priors in READ[name][shown].items()]
    if family.posterior == "product":
        q = model.posterior(data, list(shown))
        found = [(q.mean, q.variance)]
    else:
        q = model.joint_posterior(data, within=list(shown)).component_distribution
        found = [(q.mean[:, i], q.variance[:, i]) for i in range(len(shown))]
    assert len(found) == len(expected)
    for (mean, variance), (its_mean, its_variance) in zip(found, expected, strict=True):
        torch.testing.assert_close(mean, its_mean)
        torch.testing.assert_close(variance, its_variance)


def test_looks_tell_families_apart() -> None:
    looks = [FUSION_LOOKS[family.fusion] for family in FAMILIES.values()]
    assert looks == list(FAMILY_LOOKS[: len(FAMILIES)])
    assert len({look.mark for look in looks}) == len({look.colour for look in looks}) == len(FAMILIES)


# --- what the prior in every product is for, on models whose answers are known ---


def of_likelihoods(model: MoPoE, truth: LinearGaussian) -> MoPoE:
    """Each expert is p(x_m | z) as a function of z, of one dimension: to be right, products lack the prior."""
    for name, encoder in model.encoders.items():
        assert isinstance(encoder, LinearEncoder)
        loading = truth.loadings[name]
        encoder.gain.copy_(loading / loading.square().sum())
        encoder.constant.copy_(-truth.offsets[name] @ encoder.gain)
        encoder.log_variance.copy_(torch.log(truth.noise[name] ** 2 / loading.square().sum())[None])
    return model


@pytest.fixture(scope="module")
def line() -> LinearGaussian:
    return LinearGaussian.random({"a": 2, "b": 3, "c": 2}, 1, noise=0.8, seed=3)


@pytest.mark.parametrize("shown", SUBSETS, ids=" ".join)
def test_mvae_can_be_right_about_every_subset_at_once(line, shown: tuple[str, ...]) -> None:
    """With the prior in the full product alone, the same experts are right about all modalities, and no fewer."""
    data = line.sample(20, seed=1)[0]
    mean, covariance = line.posterior(data, list(shown))

    def off(prior_expert: str) -> float:
        model = linear_gaussian_model(line, **FAMILIES["MVAE"].settings | {"prior_expert": prior_expert})
        q = of_likelihoods(model, line).posterior(data, list(shown))
        return float((q.mean - mean).abs().max() + (q.variance - covariance[0]).abs().max())

    assert off(FAMILIES["MVAE"].prior_expert) < 1e-12
    assert (off("full") < 1e-12) == (shown == ALL)


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
def test_training_does_not_tell_where_else_mvae_has_the_prior(truth, data, missing: bool) -> None:
    """One loss under "full" and "all": what is left of the full subset keeps its prior."""
    masks = {name: torch.arange(20) % 3 != i for i, name in enumerate(truth.modalities)}
    some = IncompleteDataset(data.data, masks) if missing else data

    def loss(prior_expert: str) -> torch.Tensor:
        model = model_of(truth, "MVAE").sharing_networks(prior_expert=prior_expert)
        return model(some, generator=torch.Generator().manual_seed(0)).loss

    assert torch.equal(loss("all"), loss("full"))
    assert not torch.equal(loss("all"), loss("none"))


@pytest.mark.parametrize("shown", SUBSETS[:-1], ids=" ".join)
def test_mvae_believes_what_it_is_trained_to_where_modalities_are_missing(
    truth, data, shown: tuple[str, ...]
) -> None:
    model = model_of(truth, "MVAE")
    masks = {name: torch.full((20,), name in shown) for name in truth.modalities}
    (trained,) = model.inference(IncompleteDataset(data.data, masks))["mus"]
    torch.testing.assert_close(model.posterior(data, list(shown)).mean, trained)
    other = model.sharing_networks(prior_expert="full").posterior(data, list(shown)).mean
    assert (other - trained).abs().max() > 0.01
