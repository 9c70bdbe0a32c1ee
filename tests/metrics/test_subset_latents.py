"""Beliefs of all subsets at once, against the model's own posterior of each."""

from __future__ import annotations

import pytest
import torch

from mopoe import MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.metrics.subset_generation import generate_unseen
from workbench.metrics.subset_latents import SubsetLatents

NAMES = ("a", "b", "c")
B = 4000


def make_model(subsets: object = "mopoe", **settings: object) -> MoPoE:
    torch.manual_seed(3)
    return MoPoE(MoPoEConfig(3, 2, dict.fromkeys(NAMES, (4,)), subsets=subsets, **settings)).double()


def one_sample_many_times(n: int = B) -> dict[str, torch.Tensor]:
    torch.manual_seed(4)
    return {name: torch.randn(1, 4, dtype=torch.float64).expand(n, -1) for name in NAMES}


@pytest.mark.parametrize("subsets", ["mopoe", "poe", "moe"])
@pytest.mark.parametrize("prior_expert", ["full", "all", "none"])
def test_products_are_the_posteriors_of_the_model(subsets: str, prior_expert: str) -> None:
    model, batch = make_model(subsets, prior_expert=prior_expert), one_sample_many_times(2)
    every = model.all_subsets()
    mus, logvars = SubsetLatents(model, every).posterior(batch)
    assert mus.shape == (7, 2, 2)
    for mu, logvar, subset in zip(mus, logvars, every, strict=True):
        expected = model.posterior(batch, list(subset)).base_dist
        torch.testing.assert_close(mu, expected.loc)
        torch.testing.assert_close(logvar, 2 * expected.scale.log())


def test_draws_of_a_product_have_its_moments() -> None:
    torch.manual_seed(0)
    model, batch = make_model(), one_sample_many_times()
    latents = SubsetLatents(model, [("a",), ("b", "c")])
    mus, logvars = latents.posterior(batch)
    z = latents.draw(batch)
    deviations = (0.5 * logvars[:, 0]).exp()
    assert bool(((z.mean(1) - mus[:, 0]).abs() < 5 * deviations / B**0.5).all())
    assert torch.allclose(z.std(1), deviations, rtol=5 / (2 * B) ** 0.5)


def test_a_mixture_takes_each_expert_within_the_subset_equally_often() -> None:
    torch.manual_seed(0)
    model, batch = make_model("moe"), one_sample_many_times()
    experts = {name: model.posterior(batch, name).base_dist.loc[0] for name in NAMES}
    mus, _ = SubsetLatents(model, [("b",), ("a", "c"), NAMES], "mixture").posterior(batch)
    for means, members in zip(mus, [("b",), ("a", "c"), NAMES], strict=True):
        taken = {name: int(torch.isclose(means, experts[name]).all(1).sum()) for name in NAMES}
        assert sum(taken.values()) == B
        for name in NAMES:
            p = 1 / len(members) if name in members else 0
            assert abs(taken[name] - p * B) <= 5 * (p * (1 - p) * B) ** 0.5


def test_draws_of_a_mixture_have_the_moments_of_the_joint_posterior() -> None:
    torch.manual_seed(0)
    model, batch = make_model([["a"], ["b"], ["a", "b"], ["c"]]), one_sample_many_times()
    expected = model.joint_posterior(batch, within=["a", "b"])
    z = SubsetLatents(model, [("a", "b")], "mixture").draw(batch)[0]
    deviation = expected.variance[0].sqrt()
    assert bool(((z.mean(0) - expected.mean[0]).abs() < 5 * deviation / B**0.5).all())
    assert torch.allclose(z.var(0), expected.variance[0], rtol=0.2)


def test_what_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="posterior: expected one of product, mixture, got 'mean'"):
        SubsetLatents(make_model(), [("a",)], "mean")
    with pytest.raises(ValueError, match=r"expected a configured subset within \['a', 'b'\]"):
        SubsetLatents(make_model("poe"), [NAMES, ("a", "b")], "mixture")
    with pytest.raises(ValueError, match="posterior: expected 'product' for a model that is no MoPoE"):
        generate_unseen(object(), {("a",): ["b"]}, "mixture")


@pytest.mark.parametrize("private", [None, dict.fromkeys(NAMES, 2)])
def test_unseen_views_are_those_that_predict_makes(private: dict[str, int] | None) -> None:
    """The same distribution: moments of what is generated, by one pass and by one ``predict`` a subset."""
    torch.manual_seed(0)
    model = make_model(modalities_specific_dim=private)
    batch = MultimodalBaseDataset(one_sample_many_times())
    targets = {("a",): ["b", "c"], ("a", "c"): ["b"]}
    found = {(subset, name): shown for subset, name, shown in generate_unseen(model, targets)(batch)}
    assert list(found) == [(("a",), "b"), (("a", "c"), "b"), (("a",), "c")]
    for (subset, name), shown in found.items():
        expected = model.predict(batch, cond_mod=list(subset), gen_mod=name)[name]
        error = (shown.var(0) + expected.var(0)).div(B).sqrt()
        assert bool(((shown.mean(0) - expected.mean(0)).abs() < 5 * error).all())
        assert torch.allclose(shown.std(0), expected.std(0), rtol=0.15)


def test_the_number_decoded_at_once_changes_nothing(monkeypatch) -> None:
    model, batch = make_model(), MultimodalBaseDataset(one_sample_many_times(6))
    targets = {subset: [name for name in NAMES if name not in subset] for subset in model.all_subsets()[:-1]}

    def shown() -> list:
        torch.manual_seed(0)
        return list(generate_unseen(model, targets)(batch))

    whole = shown()
    monkeypatch.setattr("workbench.metrics.subset_generation._DECODED_AT_ONCE", 7)
    for (subset, name, images), expected in zip(shown(), whole, strict=True):
        assert (subset, name) == expected[:2]
        torch.testing.assert_close(images, expected[2])
