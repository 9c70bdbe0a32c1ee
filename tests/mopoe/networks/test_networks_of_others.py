"""Networks written for other libraries plug in by duck typing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mopoe import BaseDecoder, BaseEncoder, MoPoE, MoPoEConfig

DIMS = {"image": (1, 4, 4), "vector": (3,)}
STYLES = {"image": 2, "vector": 1}


class TheirOutput(OrderedDict):
    """Answers to key, attribute and position, as outputs of pythae do."""

    def __getitem__(self, key: Any) -> Any:
        return dict(self.items())[key] if isinstance(key, str) else tuple(self.values())[key]

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        super().__setattr__(name, value)


class Attributes:
    """An output with attributes only."""

    def __init__(self, **entries: Any) -> None:
        self.__dict__.update(entries)


def their_output(**entries: Any) -> TheirOutput:
    output = TheirOutput()
    for name, value in entries.items():
        setattr(output, name, value)
    return output


OUTPUTS: dict[str, Callable[..., Any]] = {"dict": dict, "theirs": their_output, "attributes": Attributes}


class Encoder(nn.Module):
    def __init__(self, name: str, output: Callable[..., Any], squeeze: bool) -> None:
        super().__init__()
        self.linear = nn.Linear(16 if name == "image" else 3, 4 + 2 * STYLES[name])
        self.output, self.squeeze, self.style = output, squeeze, STYLES[name]

    def forward(self, x: Tensor) -> Any:
        parts = self.linear(x.flatten(1)).split([2, 2, self.style, self.style], -1)
        parts = [p.squeeze() for p in parts] if self.squeeze else parts
        names = ("embedding", "log_covariance", "style_embedding", "style_log_covariance")
        return self.output(**dict(zip(names, parts, strict=True)), transformed=None)


class Decoder(nn.Module):
    def __init__(self, name: str, output: Callable[..., Any], squeeze: bool, private: bool) -> None:
        super().__init__()
        self.linear = nn.Linear(2 + private * STYLES[name], 16 if name == "image" else 3)
        self.output, self.squeeze, self.dims = output, squeeze, DIMS[name]

    def forward(self, z: Tensor) -> Any:
        recon = self.linear(z).reshape(-1, *self.dims)
        return self.output(reconstruction=recon.squeeze() if self.squeeze and len(z) == 1 else recon)


def build(
    output: Callable[..., Any] = dict, squeeze: bool = False, private: bool = False, **settings: Any
) -> MoPoE:
    torch.manual_seed(0)
    config = MoPoEConfig(
        2, 2, **({"input_dims": DIMS} | settings), modalities_specific_dim=STYLES if private else None
    )
    return MoPoE(
        config,
        {m: Encoder(m, output, squeeze) for m in DIMS},
        {m: Decoder(m, output, squeeze, private) for m in DIMS},
    )


def data(length: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {m: torch.randn(length, *d, generator=generator) for m, d in DIMS.items()}


def results(model: MoPoE, inputs: dict[str, Tensor]) -> list[Tensor]:
    def seed() -> torch.Generator:
        return torch.Generator().manual_seed(1)

    return [
        model(inputs, generator=seed()).loss,
        model.predict(inputs, generator=seed()).image,
        model.predict(inputs, "vector", N=2, flatten=True, generator=seed()).image,
        model.compute_joint_nll(inputs, K=3, batch_size_K=1, generator=seed()),
    ]


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("length", [1, 4])
@pytest.mark.parametrize("output", list(OUTPUTS))
def test_every_kind_of_output_is_read(output: str, length: int, private: bool) -> None:
    expected = results(build(private=private), data(length))
    for found, value in zip(
        results(build(OUTPUTS[output], private=private), data(length)), expected, strict=True
    ):
        assert torch.equal(found, value)


@pytest.mark.parametrize("private", [False, True])
def test_networks_that_squeeze_a_batch_of_one_are_forgiven(private: bool) -> None:
    expected = results(build(private=private), data(1))
    for found, value in zip(results(build(squeeze=True, private=private), data(1)), expected, strict=True):
        assert found.shape == value.shape
        assert torch.equal(found, value)


def test_any_module_will_do_and_base_classes_are_modules() -> None:
    for base in (BaseEncoder, BaseDecoder):
        assert issubclass(base, nn.Module)
        with pytest.raises(NotImplementedError):
            base()(torch.zeros(1))


def test_shapes_need_not_be_known_with_own_networks() -> None:
    known, unknown = build(), build(input_dims=None)
    assert unknown.modalities == ["image", "vector"]
    for found, value in zip(results(unknown, data(3)), results(known, data(3)), strict=True):
        assert torch.equal(found, value)


def test_own_networks_are_used_not_copied_and_follow_the_order_of_the_shapes() -> None:
    encoders = {m: Encoder(m, dict, False) for m in reversed(DIMS)}
    model = MoPoE(MoPoEConfig(2, 2, DIMS), encoders)
    assert model.modalities == ["image", "vector"]
    assert all(model.encoders[m] is encoders[m] for m in DIMS)
    assert model.model_config.custom_architectures == ["encoders"]


def test_own_and_named_networks_mix_by_modality() -> None:
    model = MoPoE(MoPoEConfig(2, 2, DIMS), {"image": Encoder("image", dict, False), "vector": "mlp"}, "mlp")
    assert model.network_names == {
        "encoders": {"image": None, "vector": "mlp"},
        "decoders": {"image": "mlp", "vector": "mlp"},
    }
    assert bool(torch.isfinite(model(data(3)).loss))


def test_a_module_dict_of_networks_is_a_dictionary_too() -> None:
    model = MoPoE(MoPoEConfig(2, 2, DIMS), nn.ModuleDict({m: Encoder(m, dict, False) for m in DIMS}))
    assert bool(torch.isfinite(model(data(3)).loss))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"embedding": None}, r"encoders\['image'\]: expected an output with 'embedding', got dict without"),
        ({"embedding": torch.zeros(4, 3)}, r"expected 'embedding' of shape \(4, 2\), got \(4, 3\)"),
        ({"log_covariance": torch.zeros(2)}, r"expected 'log_covariance' of shape \(4, 2\), got \(2,\)"),
        ({"log_covariance": torch.zeros(2, 4)}, r"expected 'log_covariance' of shape \(4, 2\), got \(2, 4\)"),
    ],
)
def test_an_encoder_with_a_wrong_output_is_named(change: dict[str, Any], message: str) -> None:
    model = build()
    right = model.encoders["image"].output
    model.encoders["image"].output = lambda **entries: right(**(entries | change))
    with pytest.raises(ValueError, match=message):
        model(data(4))


def test_an_encoder_without_a_private_part_is_named() -> None:
    model = build(private=True)
    model.encoders["vector"].output = lambda **entries: {k: v for k, v in entries.items() if "style" not in k}
    with pytest.raises(ValueError, match=r"encoders\['vector'\]: expected an output with 'style_embedding'"):
        model(data(4))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: {}, r"decoders\['image'\]: expected a 'reconstruction' of length 4, got dict without"),
        (lambda r: {"reconstruction": r[:2]}, r"expected a 'reconstruction' of length 4, got \(2, 1, 4, 4\)"),
        (
            lambda r: {"reconstruction": r.flatten(1)},
            r"expected a reconstruction of shape \(1, 4, 4\) for 'normal, scale 1' and .*, got \(16,\)",
        ),
        (
            lambda r: {"reconstruction": r[:, 0]},
            r"expected a reconstruction of shape \(1, 4, 4\) for 'normal, scale 1' and .*, got \(4, 4\)",
        ),
        (lambda r: {"reconstruction": r.sum()}, r"expected a 'reconstruction' of length 4, got \(\)"),
    ],
)
def test_a_decoder_with_a_wrong_output_is_named(
    change: Callable[[Tensor], dict[str, Tensor]], message: str
) -> None:
    model = build()
    model.decoders["image"].output = lambda reconstruction: change(reconstruction)
    with pytest.raises(ValueError, match=message):
        model(data(4))
    with pytest.raises(ValueError, match=message):
        model.decode(torch.zeros(4, 2))


def test_a_batch_of_one_that_was_squeezed_is_forgiven_where_data_tell_the_shape() -> None:
    known, unknown = build(squeeze=True), build(squeeze=True, input_dims=None)
    unknown.load_state_dict(known.state_dict())
    z, x = torch.randn(1, 2), data(1)
    assert unknown.log_likelihood(x, z) == known.log_likelihood(x, z)
