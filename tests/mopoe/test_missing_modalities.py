"""Missing modalities: what stands under a missing entry never matters, and what is left is still exact."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import LogNormal

from mopoe import IncompleteDataset, ModelOutput, MoPoE, MoPoEConfig

STYLES = {"a": 1, "b": 2, "c": 3}


def run(model: MoPoE, inputs: object, seed: int = 3) -> tuple[Tensor, list[Tensor], dict]:
    """Loss, gradients and posteriors at a fixed seed."""
    model.zero_grad(set_to_none=False)
    output = model(inputs, generator=torch.Generator().manual_seed(seed))
    output.loss.backward()
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad.clone() for p in model.parameters()]
    return (
        output.loss.detach(),
        gradients,
        model.inference(inputs, generator=torch.Generator().manual_seed(seed)),
    )


def filled(data: dict[str, Tensor], masks: dict[str, Tensor], value: float) -> dict[str, Tensor]:
    return {
        name: torch.where(masks[name].reshape(-1, *[1] * (x.ndim - 1)), x, value) for name, x in data.items()
    }


@pytest.mark.parametrize("junk", [math.nan, math.inf, -math.inf, 1e30, 0.0, 7.0])
@pytest.mark.parametrize("kind", ["normal", "laplace", "bernoulli", "categorical"])
@pytest.mark.parametrize("private", [False, True])
def test_the_value_under_a_missing_entry_changes_no_bit(
    private: bool,
    kind: str,
    junk: float,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model = small_model(
        decoders_dist=dict.fromkeys("abc", kind),
        modalities_specific_dim=STYLES if private else None,
        dtype=torch.float32,
    )
    data = support_data(kind, dtype=torch.float32)
    loss, gradients, posteriors = run(model, IncompleteDataset(data, some_masks))
    other = IncompleteDataset(filled(data, some_masks, junk), some_masks)
    other_loss, other_gradients, other_posteriors = run(model, other)
    assert bool(torch.isfinite(loss))
    assert torch.equal(loss, other_loss)
    assert all(torch.equal(g, h) for g, h in zip(gradients, other_gradients, strict=True))
    for key in ("mus", "logvars", "weights"):
        assert torch.equal(posteriors[key], other_posteriors[key])
    for inputs in (data, other.data):
        z = [
            model.encode(
                IncompleteDataset(inputs, some_masks),
                N=3,
                ignore_incomplete=True,
                generator=torch.Generator().manual_seed(0),
            )
        ]
        nll = model.compute_joint_nll(
            IncompleteDataset(inputs, some_masks), K=20, generator=torch.Generator().manual_seed(0)
        )
        if inputs is data:
            first_z, first_nll = z, nll
    assert torch.equal(first_z[0].z, z[0].z)
    assert torch.equal(first_nll, nll)


def test_batch_statistics_do_not_see_what_stands_under_a_missing_entry(some_masks: dict[str, Tensor]) -> None:
    class Normalising(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm, self.head = nn.BatchNorm1d(3), nn.Linear(3, 4)

        def forward(self, x: Tensor) -> ModelOutput:
            mu, logvar = self.head(self.norm(x)).chunk(2, -1)
            return ModelOutput(embedding=mu, log_covariance=logvar)

    torch.manual_seed(0)
    model = MoPoE(
        MoPoEConfig(3, latent_dim=2, input_dims=dict.fromkeys("abc", (3,))), {m: Normalising() for m in "abc"}
    )
    data = {m: torch.randn(5, 3) for m in "abc"}
    losses, gradients, _ = zip(
        *(run(model, IncompleteDataset(filled(data, some_masks, v), some_masks)) for v in (0.0, math.nan)),
        strict=True,
    )
    assert torch.equal(*losses)
    assert all(torch.equal(g, h) for g, h in zip(*gradients, strict=True))


@pytest.mark.parametrize("private", [False, True])
def test_networks_of_a_modality_missing_everywhere_get_a_gradient_of_exactly_zero(
    private: bool, small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model = small_model(modalities_specific_dim=STYLES if private else None)
    data = support_data()
    data["b"] = torch.full_like(data["b"], math.nan)
    seen = torch.ones(5, dtype=torch.bool)
    loss, _, _ = run(model, IncompleteDataset(data, {"a": seen, "b": ~seen, "c": seen}))
    assert bool(torch.isfinite(loss))
    for part in (model.encoders, model.decoders):
        for name, network in part.items():
            sizes = [float(p.grad.abs().max()) for p in network.parameters()]
            assert sizes == [0.0] * len(sizes) if name == "b" else min(sizes) > 0


def test_a_likelihood_that_is_infinite_at_zero_stays_harmless_where_its_modality_is_missing_everywhere(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model = small_model(
        decoders_dist={"b": lambda recon, target: LogNormal(recon, 1.0, validate_args=False).log_prob(target)}
    )
    seen = torch.ones(5, dtype=torch.bool)
    loss, gradients, _ = run(model, IncompleteDataset(support_data(), {"a": seen, "b": ~seen, "c": seen}))
    assert bool(torch.isfinite(loss))
    assert all(bool(torch.isfinite(g).all()) for g in gradients)


@pytest.mark.parametrize("prior_expert", ["full", "all", "none"])
def test_poe_with_a_modality_missing_everywhere_is_the_model_of_the_others(
    prior_expert: str, small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    """MVAE on the observed modalities, built as a model of its own with the same networks."""
    model = small_model(subsets="poe", prior_expert=prior_expert)
    data, seen = support_data(), torch.ones(5, dtype=torch.bool)
    masked, _, found = run(model, IncompleteDataset(data, {"a": seen, "b": ~seen, "c": seen}))
    dims = {name: model.model_config.input_dims[name] for name in "ac"}
    config = MoPoEConfig(2, latent_dim=2, input_dims=dims, subsets="poe", prior_expert=prior_expert)
    smaller = MoPoE(config, *({m: part[m] for m in "ac"} for part in (model.encoders, model.decoders)))
    alone, _, expected = run(smaller, {m: data[m] for m in "ac"})
    torch.testing.assert_close(masked, alone, rtol=1e-13, atol=0)
    torch.testing.assert_close(found["joint"], expected["joint"], rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("family", ["poe", "moe", "mopoe", [["a"], ["b", "c"]]])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_masks_that_hide_nothing_change_nothing(
    dtype: torch.dtype,
    family: object,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
) -> None:
    model, data = small_model(subsets=family, dtype=dtype), support_data(dtype=dtype)
    masks = {m: torch.ones(5) for m in "abc"}
    complete, complete_gradients, complete_posteriors = run(model, data)
    masked, masked_gradients, masked_posteriors = run(model, IncompleteDataset(data, masks))
    precision = {"rtol": 8 * torch.finfo(dtype).eps, "atol": 8 * torch.finfo(dtype).eps}
    torch.testing.assert_close(masked, complete, **precision)
    torch.testing.assert_close(
        masked_gradients, complete_gradients, rtol=1e3 * precision["rtol"], atol=precision["atol"]
    )
    assert masked_posteriors["weights"].dtype == dtype
    for key in ("mus", "logvars", "weights"):
        torch.testing.assert_close(masked_posteriors[key], complete_posteriors[key], **precision)


def test_weights_are_uniform_over_the_observed_subsets(
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    found = small_model().inference(IncompleteDataset(support_data(), some_masks))
    keys = ["a", "b", "c", "a_b", "a_c", "b_c", "a_b_c"]
    assert list(found["subsets"]) == keys
    observed = [["a", "b", "c"], ["a"], ["b", "c"], ["c"], ["a", "b"]]
    for b, seen in enumerate(observed):
        usable = [set(key.split("_")) <= set(seen) for key in keys]
        expected = torch.tensor([u / sum(usable) for u in usable], dtype=torch.float64)
        torch.testing.assert_close(found["weights"][:, b], expected, rtol=1e-15, atol=0)
    torch.testing.assert_close(found["weights"].sum(0), torch.ones(5).double(), rtol=1e-15, atol=0)


def test_a_sample_without_any_whole_subset_uses_the_parts_it_has(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model, data = small_model(subsets=[["a"], ["b", "c"]]), support_data()
    only_b = {"a": torch.zeros(5), "b": torch.ones(5), "c": torch.zeros(5)}
    found = model.inference(IncompleteDataset(data, only_b))
    expert = found["modalities"]["b"]
    assert found["weights"].tolist() == [[0.0] * 5, [1.0] * 5]
    torch.testing.assert_close(found["joint"][0], expert.embedding, rtol=1e-13, atol=1e-14)
    torch.testing.assert_close(found["joint"][1], expert.log_covariance, rtol=1e-13, atol=1e-14)


def test_a_sample_that_shares_nothing_with_any_subset_is_refused_by_number(
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model = small_model(subsets=[["a"], ["a", "b"]])
    with pytest.raises(ValueError, match=r"samples \[3\] show no modality of any configured subset"):
        model(IncompleteDataset(support_data(), some_masks))


def test_conditioning_on_an_unobserved_modality_is_refused_by_number(
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model, data = small_model(), IncompleteDataset(support_data(), some_masks)
    with pytest.raises(ValueError, match=r"\['b'\].*samples \[1, 3\]"):
        model.encode(data, "b")
    with pytest.raises(ValueError, match=r"samples \[1, 2, 3, 4\]"):
        model.predict(data)
    with pytest.raises(ValueError, match=r"samples \[1, 3, 4\]"):
        model.posterior(data, ["b", "c"])
    assert model.encode(data[[0, 2]], ["b", "c"]).z.shape == (2, 2)


def test_ignore_incomplete_uses_what_was_observed_and_the_prior_otherwise(
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model = small_model(prior_expert="none", modalities_specific_dim=STYLES)
    data = IncompleteDataset(support_data(), some_masks)
    experts = model.modality_encode(data)
    found = model.encode(data, ["a", "b"], return_mean=True, ignore_incomplete=True)
    torch.testing.assert_close(found.z[1], experts["a"].embedding[1], rtol=1e-13, atol=1e-14)
    torch.testing.assert_close(found.z[2], experts["b"].embedding[2], rtol=1e-13, atol=1e-14)
    assert torch.equal(found.z[3], torch.zeros(2).double())
    assert torch.equal(found.modalities_z["b"][1], torch.zeros(2).double())
    torch.testing.assert_close(
        found.modalities_z["b"][2], experts["b"].style_embedding[2], rtol=1e-13, atol=0
    )
    with torch.no_grad():
        generator = torch.Generator().manual_seed(0)
        draws = model.encode(data, ["a", "b"], N=4000, ignore_incomplete=True, generator=generator)
    # Sample 3 shows neither: mean 0 ± 1/√4000 and variance 1 ± √(2/4000), each within five deviations.
    for prior_draws in (draws.z[3], draws.modalities_z["a"][3]):
        assert float(prior_draws.mean(0).abs().max()) < 5 / 4000**0.5
        assert float((prior_draws.var(0) - 1).abs().max()) < 5 * (2 / 4000) ** 0.5
