"""The same on a CUDA device; skipped where there is none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig, subset_products
from tests.mopoe.likelihoods.examples import WORDS, settings

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")

STYLES = {"a": 1, "b": 2, "c": 3}


@pytest.fixture(params=["complete", "missing", "entries missing"])
def inputs(
    request: pytest.FixtureRequest,
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> IncompleteDataset:
    data = support_data()
    masks = {
        "complete": {m: torch.ones(5) for m in "abc"},
        "missing": some_masks,
        "entries missing": {m: torch.arange(x.numel()).view(x.shape) % 3 > 0 for m, x in data.items()},
    }
    return IncompleteDataset(data, masks[request.param])


@pytest.mark.parametrize("subsets", ["poe", "moe", "mopoe", [["a"], ["b", "c"]]])
def test_posteriors_and_means_agree_with_the_cpu(
    subsets: object, inputs: IncompleteDataset, small_model: Callable[..., MoPoE]
) -> None:
    model = small_model(subsets=subsets, modalities_specific_dim=STYLES)
    found = model.inference(inputs)
    predicted = model.predict(inputs, return_mean=True, ignore_incomplete=True)
    model = model.cuda()
    on_device = inputs.to("cuda")
    assert inputs.data["a"].device.type == "cpu"
    there = model.inference(on_device)
    for key in ("mus", "logvars", "weights"):
        torch.testing.assert_close(there[key].cpu(), found[key], rtol=1e-10, atol=1e-12)
    for name, x in model.predict(on_device, return_mean=True, ignore_incomplete=True).items():
        torch.testing.assert_close(x.cpu(), predicted[name], rtol=1e-10, atol=1e-12)


def test_training_estimating_and_generating_run_there(
    inputs: IncompleteDataset, small_model: Callable[..., MoPoE]
) -> None:
    model, on_device = small_model(modalities_specific_dim=STYLES).cuda(), inputs.to("cuda")
    generator = torch.Generator("cuda").manual_seed(0)
    output = model(on_device, generator=generator)
    output.loss.backward()
    assert output.loss.device.type == "cuda"
    assert all(bool(torch.isfinite(p.grad).all()) for p in model.parameters() if p.grad is not None)
    assert bool(torch.isfinite(model.compute_joint_nll(on_device, K=5, generator=generator)))
    found = model.estimate_nll(on_device, K=50)  # a generator of its own, on the device
    assert found.nll.device.type == "cuda" and found.pareto_k.device.type == "cuda"
    assert len(found - model.estimate_nll(on_device, K=50, proposal="prior")) == 5
    assert model.estimate_nll(on_device, K=5, proposal="refined").nll.device.type == "cuda"
    assert "cuda" in str(model.estimate_bounds(on_device, K=2, repeats=3).mixture.value.device)
    assert model.generate_from_prior(3, generator=generator).a.device.type == "cuda"
    assert model.joint_posterior(on_device).sample((2,)).device.type == "cuda"


def test_autocast_keeps_posteriors_in_single_precision(
    inputs: IncompleteDataset, small_model: Callable[..., MoPoE]
) -> None:
    model, on_device = small_model(dtype=torch.float32).cuda(), inputs.to("cuda")
    with torch.autocast("cuda", dtype=torch.bfloat16):
        assert model.inference(on_device)["mus"].dtype == torch.float32
        assert bool(torch.isfinite(model(on_device).loss))


def test_a_checkpoint_of_a_model_on_a_device_loads_on_the_cpu(tmp_path: Path) -> None:
    model = MoPoE(MoPoEConfig(1, 2, {"a": (3,)})).cuda()
    model.save_pretrained(tmp_path)
    loaded = MoPoE.from_pretrained(tmp_path)
    assert loaded.device.type == "cpu"
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor.cpu(), loaded.state_dict()[name])


def test_data_on_another_device_is_refused(
    inputs: IncompleteDataset, small_model: Callable[..., MoPoE]
) -> None:
    with pytest.raises(ValueError, match="modality 'a': expected a tensor on cuda:0 as the model, got cpu"):
        small_model().cuda()(inputs)


def test_products_of_any_subsets_are_not_rounded_by_tf32() -> None:
    mus, logvars = torch.randn(2, 3, 64, 16, generator=torch.Generator().manual_seed(0))
    membership = torch.tensor([[True, True, False], [True, True, True]])
    expected = subset_products(mus.double(), logvars.double(), membership)
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        found = subset_products(mus.cuda(), logvars.cuda(), membership.cuda())
    finally:
        torch.set_float32_matmul_precision(before)
    for got, exact in zip(found, expected, strict=True):
        torch.testing.assert_close(got.cpu().double(), exact, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", WORDS)
def test_densities_agree_with_the_cpu_and_draws_stay_there(
    kind: str,
    inputs: IncompleteDataset,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
) -> None:
    model, z = small_model(**settings(kind)), torch.randn(5, 2, dtype=torch.float64)
    data = IncompleteDataset(support_data(kind), inputs.masks)
    expected = model.log_likelihood(data, z)
    model = model.cuda()
    found = model.log_likelihood(data.to("cuda"), z.cuda())
    drawn = model.decode(z.cuda(), noise=True, generator=torch.Generator("cuda").manual_seed(0))
    for name, value in expected.items():
        torch.testing.assert_close(found[name].cpu(), value, rtol=1e-10, atol=1e-11)
        assert drawn[name].device.type == "cuda"
        model.likelihoods[name].check(drawn[name])
