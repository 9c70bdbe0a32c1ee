"""Calls as MultiVae's page writes them: the order of draws by ``layout``, and keywords without a use."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from mopoe import MoPoE


def latents(model: MoPoE, data: dict[str, Tensor], N: int, **keywords: object) -> dict[str, Tensor]:
    noise = torch.Generator().manual_seed(0)
    found = model.encode(data, ["a", "b"], N, generator=noise, **keywords)
    return {"z": found.z, **found.modalities_z}


def predicted(model: MoPoE, data: dict[str, Tensor], N: int, **keywords: object) -> dict[str, Tensor]:
    return dict(model.predict(data, "a", "all", N, generator=torch.Generator().manual_seed(0), **keywords))


@pytest.mark.parametrize("method", [latents, predicted])
@pytest.mark.parametrize("return_mean", [False, True])
def test_the_same_draws_stand_in_multivaes_order(
    method: Callable[..., dict[str, Tensor]], return_mean: bool, model: MoPoE, data: dict[str, Tensor]
) -> None:
    ours = method(model, data, 4, return_mean=return_mean)
    theirs = method(model, data, 4, return_mean=return_mean, layout="multivae")
    flat = method(model, data, 4, return_mean=return_mean, layout="multivae", flatten=True)
    for name, draws in ours.items():
        assert draws.shape[:2] == (5, 4)
        assert theirs[name].shape == (4, 5, *draws.shape[2:])
        for sample in range(5):
            for n in range(4):
                torch.testing.assert_close(theirs[name][n, sample], draws[sample, n], rtol=1e-12, atol=1e-12)
        # Draw 1 of all samples first: labels are stacked N times over by MultiVae's evaluators.
        torch.testing.assert_close(flat[name], theirs[name].reshape(20, *draws.shape[2:]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("method", [latents, predicted])
def test_one_draw_has_one_order(
    method: Callable[..., dict[str, Tensor]], model: MoPoE, data: dict[str, Tensor]
) -> None:
    for flatten in (False, True):
        first, second = (
            method(model, data, 1, layout=word, flatten=flatten) for word in ("mopoe", "multivae")
        )
        for name, draws in first.items():
            assert len(draws) == 5
            assert torch.equal(draws, second[name])


def test_another_layout_is_refused(model: MoPoE, data: dict[str, Tensor]) -> None:
    for method in (model.encode, model.predict):
        with pytest.raises(ValueError, match="layout: expected one of 'mopoe', 'multivae', got 'theirs'"):
            method(data, layout="theirs")


def test_a_keyword_without_a_use_is_taken_and_named(model: MoPoE, data: dict[str, Tensor]) -> None:
    for name in ("encode", "predict", "inference", "modality_encode"):
        # predict hands its keywords to encode.
        said = f"{name.replace('predict', 'encode')}: makes no use of the keyword 'epoch'"
        with pytest.warns(UserWarning, match=said):
            getattr(model, name)(data, epoch=3)
    with pytest.warns(UserWarning, match="generate_from_prior: makes no use of the keyword 'epoch', 'ratio'"):
        model.generate_from_prior(2, epoch=3, ratio=0.5)
    model(data, epoch=3, dataset_size=5, uses_ddp=False)
