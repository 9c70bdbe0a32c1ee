"""A likelihood is a module, and a decoder returns what it asks for, whatever the shape of the data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Categorical, Normal

from mopoe import (
    BaseDecoder,
    BaseEncoder,
    IncompleteDataset,
    Likelihood,
    ModelOutput,
    MoPoE,
    MoPoEConfig,
)


class Encoder(BaseEncoder):
    def forward(self, x: Tensor) -> ModelOutput:
        mean = x.flatten(1).float().mean(1, keepdim=True).expand(-1, 2)
        return ModelOutput(embedding=mean, log_covariance=-torch.ones_like(mean))


class Decoder(BaseDecoder):
    def __init__(self, *dims: int) -> None:
        super().__init__()
        self.dims = dims
        self.layer = nn.Linear(2, int(torch.tensor(dims).prod()))

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=self.layer(z).reshape(-1, *self.dims))


class SpreadByModality(Likelihood):
    """A normal whose spread is learned; means of all but the first entry are differences to it."""

    event_axes = 1

    def __init__(self) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.zeros(()))

    def recon_dims(self, dims: Sequence[int]) -> tuple[int, ...]:
        return (2, *dims)

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return Normal(recon.sum(-2), self.log_scale.exp()).log_prob(target).sum(-1)

    def mean(self, recon: Tensor) -> Tensor:
        return recon.sum(-2)


def model_of(likelihood: object, *recon: int, dims: tuple[int, ...] = (3,)) -> MoPoE:
    config = MoPoEConfig(1, 2, {"x": dims}, decoders_dist={"x": likelihood})
    return MoPoE(config, {"x": Encoder()}, {"x": Decoder(*recon)})


def test_a_function_is_given_the_decoders_output_as_it_is() -> None:
    def heteroscedastic(recon: Tensor, target: Tensor) -> Tensor:
        return Normal(recon[:, 0], recon[:, 1].exp()).log_prob(target)

    model, x = model_of(heteroscedastic, 2, 3), torch.randn(5, 3)
    z = torch.randn(4, 5, 2)
    recon = model.decoders["x"](z.reshape(-1, 2)).reconstruction.reshape(4, 5, 2, 3)
    expected = Normal(recon[..., 0, :], recon[..., 1, :].exp()).log_prob(x).sum(-1)
    torch.testing.assert_close(model.log_likelihood({"x": x}, z).x, expected)
    assert bool(torch.isfinite(model({"x": x}).loss)) and bool(
        torch.isfinite(model.compute_joint_nll({"x": x}, K=7))
    )
    assert model.decode(z).x.shape == (4, 5, 2, 3)


def test_a_function_takes_ids_of_tokens_with_logits() -> None:
    def tokens(recon: Tensor, target: Tensor) -> Tensor:
        return Categorical(logits=recon).log_prob(target)

    model, ids = model_of(tokens, 7, 20, dims=(7,)), torch.randint(20, (5, 7))
    z = torch.randn(5, 2)
    expected = Categorical(logits=model.decoders["x"](z).reconstruction).log_prob(ids).sum(-1)
    torch.testing.assert_close(model.log_likelihood({"x": ids}, z).x, expected)


def test_parameters_of_a_likelihood_are_trained_and_saved(tmp_path: Path) -> None:
    model, x = model_of(SpreadByModality(), 2, 3), torch.randn(5, 3)
    model({"x": x}).loss.backward()
    spread = model.likelihoods["x"].log_scale
    assert spread.grad is not None and bool(spread.grad != 0)
    assert any(parameter is spread for parameter in model.parameters())
    with torch.no_grad():
        spread.fill_(0.7)
    model.save_pretrained(tmp_path)
    own = ({"x": Encoder()}, {"x": Decoder(2, 3)})
    with pytest.raises(ValueError, match=r"decoders_dist: expected your own log_prob for \['x'\]"):
        MoPoE.from_pretrained(tmp_path, *own)
    again = MoPoE.from_pretrained(tmp_path, *own, decoders_dist={"x": SpreadByModality()})
    z = torch.randn(5, 2)
    torch.testing.assert_close(again.log_likelihood({"x": x}, z).x, model.log_likelihood({"x": x}, z).x)


def test_a_function_that_is_a_module_is_trained_too() -> None:
    class Spread(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.log_scale = nn.Parameter(torch.zeros(3))

        def forward(self, recon: Tensor, target: Tensor) -> Tensor:
            return Normal(recon, self.log_scale.exp()).log_prob(target)

    model = model_of(Spread(), 3)
    model({"x": torch.randn(5, 3)}).loss.backward()
    assert [name for name, _ in model.named_parameters() if "log_scale" in name] == [
        "likelihoods.x.function.log_scale"
    ]
    assert all(p.grad is not None for name, p in model.named_parameters() if "log_scale" in name)


def test_a_decoder_that_returns_another_shape_is_named() -> None:
    with pytest.raises(ValueError, match=r"decoders\['x'\]: expected a reconstruction of shape \(2, 3\)"):
        model_of(SpreadByModality(), 3)({"x": torch.randn(5, 3)})


def test_networks_that_have_a_name_return_what_the_likelihood_asks_for() -> None:
    config = MoPoEConfig(1, 2, {"x": (3,)}, decoders_dist={"x": SpreadByModality()})
    model = MoPoE(config)
    assert model.decoders["x"](torch.randn(4, 2)).reconstruction.shape == (4, 2, 3)
    assert model.decode(torch.randn(4, 2)).x.shape == (4, 3)


@pytest.mark.parametrize(("side", "name"), [(28, "conv28"), (32, "conv32")])
def test_images_have_several_numbers_for_each_entry(side: int, name: str) -> None:
    class TwoNumbers(SpreadByModality):
        def recon_dims(self, dims: Sequence[int]) -> tuple[int, ...]:
            return (*dims, 2)

    config = MoPoEConfig(1, 2, {"x": (3, side, side)}, decoders_dist={"x": TwoNumbers()})
    recon = MoPoE(config, name, name).decoders["x"](torch.randn(4, 2)).reconstruction
    assert recon.shape == (4, 3, side, side, 2)


class Summed(Likelihood):
    """A density whose own sum goes too far."""

    def __init__(self, *axes: int) -> None:
        super().__init__()
        self.axes = axes

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return -(recon - target).square().sum(self.axes)


# As many samples as entries: what is summed over the wrong axis would broadcast.
@pytest.mark.parametrize(("axes", "masked"), [((-1,), True), ((-2,), True), ((-2,), False), ((-1, -2), True)])
def test_densities_of_another_shape_are_refused_before_they_broadcast(
    axes: tuple[int, ...], masked: bool
) -> None:
    model = model_of(Summed(*axes), 3)
    x, seen = torch.randn(3, 3), torch.tensor([[1, 1, 0], [1, 1, 1], [0, 1, 1]])
    data = IncompleteDataset({"x": x}, {"x": seen}) if masked else {"x": torch.randn(4, 3)}
    with pytest.raises(ValueError, match=r"log_prob of Summed: expected .*, got (shape )?\("):
        model(data)


def test_a_density_may_sum_over_all_entries_where_none_is_missing() -> None:
    model, x = model_of(Summed(-1), 3), {"x": torch.randn(3, 3)}
    z = torch.randn(2, 3, 2)
    expected = -(model.decode(z).x - x["x"]).square().sum(-1)
    torch.testing.assert_close(model.log_likelihood(x, z).x, expected)


def test_shapes_may_be_told_as_lists() -> None:
    class Listed(Summed):
        def recon_dims(self, dims: Sequence[int]) -> Any:
            return list(dims)

    assert bool(torch.isfinite(model_of(Listed(-1), 3)({"x": torch.randn(4, 3)}).loss))


def test_a_class_is_no_likelihood_and_one_that_is_given_is_made_with_nothing_more() -> None:
    with pytest.raises(
        TypeError, match=r"decoders_dist\['x'\]: expected an instance, Summed\(...\), got the class"
    ):
        model_of(Summed, 3)
    with pytest.raises(
        ValueError, match=r"\['x'\]: decoders_dist\['x'\], which is given, takes no parameters, got"
    ):
        MoPoEConfig(1, decoders_dist={"x": Summed(-1)}, decoder_dist_params={"x": {"scale": 2}})
