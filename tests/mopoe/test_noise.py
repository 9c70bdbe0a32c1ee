"""Data are drawn with their noise where ``noise=True``, and are means where not."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mopoe import MoPoE, MoPoEConfig

KINDS = {"n": "normal", "l": "laplace", "b": "bernoulli", "c": "categorical"}
DIMS = {"n": (2,), "l": (1, 2), "b": (3,), "c": (2, 4)}
SCALES = {"n": {"scale": 0.5}, "l": {"scale": 2.0}}


@pytest.fixture
def model() -> MoPoE:
    torch.manual_seed(1)
    return MoPoE(MoPoEConfig(4, 2, DIMS, decoders_dist=KINDS, decoder_dist_params=SCALES)).double()


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_draws_scatter_around_the_mean_as_the_likelihood_says(model: MoPoE) -> None:
    z, n = torch.randn(2, dtype=torch.float64), 40_000
    means, drawn = model.decode(z), model.decode(z.expand(n, 2), noise=True, generator=seeded())
    p, q = means.b, means.c
    variances = {"n": torch.tensor(0.5**2), "l": torch.tensor(2 * 2.0**2), "b": p * (1 - p), "c": q * (1 - q)}
    for name, mean in means.items():
        variance = variances[name].expand_as(mean).double()
        assert bool(((drawn[name].mean(0) - mean).abs() < 5 * (variance / n).sqrt()).all())
        if name in "nl":
            torch.testing.assert_close(drawn[name].var(0), variance, rtol=0.08, atol=0)


def test_what_is_drawn_is_data(model: MoPoE) -> None:
    made = model.generate_from_prior(7, seeded(), noise=True)
    data = {name: made[name] for name in DIMS}
    assert bool(torch.isfinite(model(data).loss)) and set(data["b"].unique().tolist()) <= {0.0, 1.0}
    assert model.predict(data, "n", N=3, noise=True).c.shape == (7, 3, 2, 4)


def test_one_generator_repeats_latents_and_noise(model: MoPoE) -> None:
    data = {name: model.generate_from_prior(3, seeded(), noise=True)[name] for name in DIMS}

    def predicted(seed: int) -> Tensor:
        return model.predict(data, "n", "l", N=2, noise=True, generator=seeded(seed)).l

    assert torch.equal(predicted(4), predicted(4)) and not torch.equal(predicted(4), predicted(5))


def test_the_mean_stays_the_default(model: MoPoE) -> None:
    z = torch.randn(5, 2, dtype=torch.float64)
    assert torch.equal(model.decode(z).n, model.decode(z).n)
    assert torch.equal(model.decode(z).n, model.decoders["n"](z).reconstruction)


def test_a_function_cannot_be_drawn_from_and_drawn_data_have_no_gradient(model: MoPoE) -> None:
    def own(recon: Tensor, target: Tensor) -> Tensor:
        return -(recon - target).square()

    without = MoPoE(MoPoEConfig(1, 2, {"x": (3,)}, decoders_dist={"x": own}))
    with pytest.raises(NotImplementedError, match=r"own: expected a likelihood that says how to draw data"):
        without.generate_from_prior(2, noise=True)
    with pytest.raises(ValueError, match="differentiable: expected the mean"):
        model.decode(torch.randn(2).double(), noise=True, differentiable=True)
