"""Small models and data in the support of their likelihoods, shared by the tests of the core library."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mopoe import BaseDecoder, BaseMultilatentEncoder, ModelOutput, MoPoE, MoPoEConfig
from tests.mopoe.likelihoods.examples import EXAMPLES
from workbench.datasets import LinearGaussian
from workbench.datasets.linear_gaussian.model import linear_gaussian_model

DIMS = {"a": (3,), "b": (2, 2), "c": (2, 3)}
STYLES = {"a": 1, "b": 2, "c": 3}


class SmallEncoder(BaseMultilatentEncoder):
    """One linear map to each head."""

    def __init__(self, dims: tuple[int, ...], latent_dim: int, style_dim: int) -> None:
        super().__init__()
        sizes = {"embedding": latent_dim, "log_covariance": latent_dim}
        if style_dim:
            sizes |= {"style_embedding": style_dim, "style_log_covariance": style_dim}
        self.heads = nn.ModuleDict({name: nn.Linear(math.prod(dims), size) for name, size in sizes.items()})

    def forward(self, x: Tensor) -> ModelOutput:
        flat = x.reshape(len(x), -1)
        return ModelOutput({name: head(flat) for name, head in self.heads.items()})


class SmallDecoder(BaseDecoder):
    """One linear map, through a tanh so that the objective is not quadratic."""

    def __init__(self, dims: tuple[int, ...], latent_dim: int) -> None:
        super().__init__()
        self.dims = dims
        self.linear = nn.Linear(latent_dim, math.prod(dims))

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=(3 * torch.tanh(self.linear(z))).reshape(len(z), *self.dims))


@pytest.fixture(scope="session")
def small_model() -> Callable[..., MoPoE]:
    """A function that builds a small model; keywords go to the config."""

    def build(seed: int = 0, dtype: torch.dtype = torch.float64, **settings: Any) -> MoPoE:
        dims: Mapping[str, tuple[int, ...]] = settings.pop("input_dims", DIMS)
        config = MoPoEConfig(len(dims), input_dims=dict(dims), **({"latent_dim": 2} | settings))
        styles = config.modalities_specific_dim or {}
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            encoders = {m: SmallEncoder(d, config.latent_dim, styles.get(m, 0)) for m, d in dims.items()}
            asked = {m: config.make_likelihood(m).recon_dims(d) for m, d in dims.items()}
            decoders = {m: SmallDecoder(d, config.latent_dim + styles.get(m, 0)) for m, d in asked.items()}
        return MoPoE(config, encoders, decoders).to(dtype)

    return build


@pytest.fixture(scope="session")
def support_data() -> Callable[..., dict[str, Tensor]]:
    """A function that draws data on which the likelihood ``kind`` has support."""

    def draw(
        kind: str = "normal",
        length: int = 5,
        dims: Mapping[str, tuple[int, ...]] = DIMS,
        seed: int = 1,
        dtype: torch.dtype = torch.float64,
    ) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        data = {}
        for name, shape in dims.items():
            x = torch.randn(length, *shape, generator=generator, dtype=torch.float64)
            data[name] = EXAMPLES[kind].data(x).to(dtype)
        return data

    return draw


@pytest.fixture(params=[None, STYLES], ids=["shared", "private"])
def model(request: pytest.FixtureRequest, small_model: Callable[..., MoPoE]) -> MoPoE:
    """A small model, without and with private latents."""
    return small_model(modalities_specific_dim=request.param)


@pytest.fixture
def data(support_data: Callable[..., dict[str, Tensor]]) -> dict[str, Tensor]:
    """Five samples for it."""
    return support_data()


@pytest.fixture(scope="session")
def some_masks() -> dict[str, Tensor]:
    """Five samples of three modalities: all, one, two, another one, another two."""
    patterns = torch.tensor([[1, 1, 1], [1, 0, 0], [0, 1, 1], [0, 0, 1], [1, 1, 0]], dtype=torch.bool)
    return dict(zip("abc", patterns.T, strict=True))


@pytest.fixture(scope="session")
def same() -> Callable[..., Any]:
    """A function that asserts two models alike to the last bit, weights, config and loss."""

    def compare(first: MoPoE, second: MoPoE, data: dict[str, Tensor]) -> None:
        assert second.model_config == first.model_config
        assert second.subsets == first.subsets
        assert second.modalities == first.modalities
        weights, others = first.state_dict(), second.state_dict()
        assert weights.keys() == others.keys()
        for name, tensor in weights.items():
            assert tensor.dtype == others[name].dtype
            assert torch.equal(tensor, others[name])
        results = [m.eval()(data, generator=torch.Generator().manual_seed(0)).loss for m in (first, second)]
        assert torch.equal(*results)

    return compare


@pytest.fixture(scope="session")
def run() -> Callable[..., Any]:
    """A function that gives a model's loss, gradients and posteriors at a fixed seed."""

    def measure(model: MoPoE, inputs: object, seed: int = 3) -> tuple[Tensor, list[Tensor], dict]:
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

    return measure


@dataclass(frozen=True)
class World:
    """A linear-Gaussian model, data drawn from it, and a MoPoE with its decoders and imperfect encoders."""

    truth: LinearGaussian
    data: dict[str, Tensor]
    model: MoPoE

    def repeated(self, sample: int, times: int) -> dict[str, Tensor]:
        """One sample, ``times`` over: estimates of it are independent replications."""
        return {name: x[sample].expand(times, -1) for name, x in self.data.items()}


@pytest.fixture(scope="session")
def linear_world() -> Callable[..., World]:
    """A function that makes a world; keywords go to the model."""

    def make(
        n_modalities: int,
        private: bool = False,
        length: int = 4,
        latent_dim: int = 2,
        noise: float = 1.0,
        widening: float = 2.0,
        shift: float = 0.3,
        **settings: Any,
    ) -> World:
        dims = dict(zip("abcde"[:n_modalities], (2, 3, 2, 1, 3), strict=False))
        truth = LinearGaussian.random(
            dims,
            latent_dim,
            noise,
            private_dims=dict.fromkeys(dims, 1) if private else None,
            seed=n_modalities,
        )
        model = linear_gaussian_model(truth, widening=widening, shift=shift, **settings)
        return World(truth, truth.sample(length, seed=1)[0], model)

    return make
