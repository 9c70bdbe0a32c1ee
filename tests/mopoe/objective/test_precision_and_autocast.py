"""float32, float64 and bfloat16 autocast on the CPU."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from mopoe import IncompleteDataset, MoPoE, subset_products

STYLES = {"a": 1, "b": 2, "c": 3}
KINDS = {"a": "laplace", "b": "bernoulli", "c": "categorical"}


def seed() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def mixed_data(support_data: Callable[..., dict[str, Tensor]]) -> dict[str, Tensor]:
    return {m: support_data(kind, dtype=torch.float32)[m] for m, kind in KINDS.items()}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_everything_stays_in_the_models_precision(
    dtype: torch.dtype,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model = small_model(dtype=dtype, modalities_specific_dim=STYLES)
    for inputs in (support_data(), IncompleteDataset(support_data(), some_masks)):
        output, found = model(inputs), model.inference(inputs)
        encoded = model.encode(inputs, N=2, ignore_incomplete=True)
        tensors = [output.loss, output.loss_sum, *output.metrics.values()]
        tensors += [found["mus"], found["logvars"], found["weights"], *found["joint"]]
        tensors += [encoded.z, *encoded.modalities_z.values(), *model.decode(encoded).values()]
        tensors += [model.generate_from_prior(3).z, model.joint_posterior(inputs).mean]
        assert {t.dtype for t in tensors} == {dtype}


def test_single_precision_is_near_double(
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    """At the posterior means, so that no draw depends on the precision."""
    models = [small_model(dtype=dtype) for dtype in (torch.float32, torch.float64)]
    inputs = IncompleteDataset(support_data(), some_masks)
    single, double = (
        [
            m.encode(inputs, return_mean=True, ignore_incomplete=True).z.double(),
            m.inference(inputs)["logvars"].double(),
        ]
        for m in models
    )
    torch.testing.assert_close(single, double, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("subsets", ["poe", "moe", "mopoe", [["a"], ["b", "c"]]])
@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("private", [False, True])
def test_bfloat16_autocast_gives_single_precision_posteriors_and_a_near_loss(
    private: bool,
    missing: bool,
    subsets: object,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model = small_model(
        dtype=torch.float32,
        subsets=subsets,
        decoders_dist=KINDS,
        modalities_specific_dim=STYLES if private else None,
    )
    data = mixed_data(support_data)
    inputs = IncompleteDataset(data, some_masks) if missing else data
    plain = model(inputs, generator=seed())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert model.encoders["a"](data["a"]).embedding.dtype == torch.bfloat16  # autocast is on
        output, found = model(inputs, generator=seed()), model.inference(inputs)
        assert found["mus"].dtype == found["logvars"].dtype == found["weights"].dtype == torch.float32
        torch.testing.assert_close(found["weights"].sum(0), torch.ones(5))
        nll = model.compute_joint_nll(inputs, K=5, generator=seed())
        assert bool(torch.isfinite(nll))
    assert output.loss.dtype == torch.float32
    # bfloat16 keeps 8 bits: 0.4% a number.
    torch.testing.assert_close(output.loss, plain.loss, rtol=0.02, atol=0)
    output.loss.backward()
    assert all(bool(torch.isfinite(p.grad).all()) for p in model.parameters() if p.grad is not None)


def test_sums_of_precisions_are_not_rounded_by_autocast() -> None:
    """1 + 1/512 + … has more bits than a bfloat16 holds."""
    mus = torch.ones(3, 1, 1)
    logvars = torch.log(torch.tensor([1.0, 512.0, 4096.0]))[:, None, None]
    membership = torch.tensor([[True, True, True]])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        _, logvar = subset_products(mus, logvars, membership)
    expected = -torch.log(torch.tensor(1 + 1 / 512 + 1 / 4096, dtype=torch.float64))
    torch.testing.assert_close(logvar.double().squeeze(), expected, rtol=1e-5, atol=0)
