"""Networks on offer: MLPs for any shape, the paper's convolutions for images and text."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from mopoe import NETWORKS, MoPoE, MoPoEConfig
from mopoe.networks import make_decoder, make_encoder


def n_parameters(*modules: torch.nn.Module) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())


def check_shapes(name: str, dims: tuple[int, ...], length: int) -> None:
    for style in (0, 3):
        encoder, decoder = make_encoder(name, dims, 4, style), make_decoder(name, dims, 4, style)
        output = encoder(torch.randn(length, *dims))
        assert output.embedding.shape == output.log_covariance.shape == (length, 4)
        assert ("style_embedding" in output) == bool(style)
        if style:
            assert output.style_embedding.shape == output.style_log_covariance.shape == (length, 3)
        assert decoder(torch.randn(length, 4 + style)).reconstruction.shape == (length, *dims)


@pytest.mark.parametrize("name", ["mlp", "multivae_mlp"])
@pytest.mark.parametrize("style", [0, 3])
def test_perceptrons_may_be_told_which_entries_are_missing(name: str, style: int) -> None:
    told, plain = (make_encoder(name, (2, 3), 4, style, masked=masked) for masked in (True, False))
    assert n_parameters(told) - n_parameters(plain) == 6 * 512
    x, seen = torch.zeros(2, 2, 3), torch.ones(2, 2, 3, dtype=torch.bool)
    seen[0, 1, 2] = False
    means, complete = told(x, mask=seen).embedding, told(x).embedding
    assert not torch.equal(means[0], complete[0])
    assert torch.equal(means[1], complete[1])


@pytest.mark.parametrize("length", [1, 2])
@pytest.mark.parametrize("dims", [(), (1,), (7,), (1, 1), (3, 5), (2, 3, 4), (2, 3, 4, 5), (1, 28, 28)])
def test_mlps_take_any_shape(dims: tuple[int, ...], length: int) -> None:
    check_shapes("mlp", dims, length)
    check_shapes("multivae_mlp", dims, length)


@pytest.mark.parametrize("name", ["conv28", "conv28_half"])
@pytest.mark.parametrize("channels", [1, 3])
def test_convolutions_for_images_keep_the_shape(name: str, channels: int) -> None:
    check_shapes(name, (channels, 28, 28), 2)


@pytest.mark.parametrize("channels", [1, 3])
def test_convolutions_for_larger_images_keep_the_shape(channels: int) -> None:
    check_shapes("conv32", (channels, 32, 32), 2)


@pytest.mark.parametrize("length", [2, 3, 4, 5, 7, 8, 9, 31, 32])
@pytest.mark.parametrize("alphabet", [1, 27, 71])
def test_convolutions_for_text_keep_any_length(length: int, alphabet: int) -> None:
    check_shapes("text1d", (length, alphabet), 2)


def test_the_papers_image_networks_have_its_number_of_parameters() -> None:
    pair = make_encoder("conv28", (3, 28, 28), 512), make_decoder("conv28", (3, 28, 28), 512)
    assert n_parameters(*pair) == 2_811_395
    # By hand: three convolutions, a hidden layer, two heads; a layer and three transposed convolutions back.
    encoder = (
        (27 * 32 + 32) + (288 * 64 + 64) + (576 * 128 + 128) + (2048 * 512 + 512) + 2 * (512 * 512 + 512)
    )
    decoder = (512 * 2048 + 2048) + (1152 * 64 + 64) + (576 * 32 + 32) + (288 * 3 + 3)
    assert (n_parameters(pair[0]), n_parameters(pair[1])) == (encoder, decoder)


def test_the_papers_networks_for_house_numbers_have_its_number_of_parameters() -> None:
    pair = make_encoder("conv32", (3, 32, 32), 20), make_decoder("conv32", (3, 32, 32), 20)
    # By hand: four convolutions of 4 × 4 and two heads; a layer and four transposed convolutions back.
    encoder = (48 * 32 + 32) + (512 * 64 + 64) + (1024 * 64 + 64) + (1024 * 128 + 128) + 2 * (128 * 20 + 20)
    decoder = (20 * 128 + 128) + (2048 * 64 + 64) + (1024 * 64 + 64) + (1024 * 32 + 32) + (512 * 3 + 3)
    assert (n_parameters(pair[0]), n_parameters(pair[1])) == (encoder, decoder)
    assert encoder + decoder == 470_123


def test_half_width_is_smaller() -> None:
    half = n_parameters(
        make_encoder("conv28_half", (3, 28, 28), 64), make_decoder("conv28_half", (3, 28, 28), 64)
    )
    full = n_parameters(make_encoder("conv28", (3, 28, 28), 64), make_decoder("conv28", (3, 28, 28), 64))
    assert half < full / 2


@pytest.mark.parametrize("name", [*NETWORKS])
def test_every_input_reaches_the_encoding_and_every_output_but_multivaes_is_free_of_bounds(name: str) -> None:
    dims = {"mlp": (2, 3), "conv32": (3, 32, 32), "text1d": (8, 5)}.get(name, (3, 28, 28))
    torch.manual_seed(0)
    encoder, decoder = make_encoder(name, dims, 4), make_decoder(name, dims, 4)
    x = torch.randn(1, *dims, requires_grad=True)
    encoder(x).embedding.sum().backward()
    assert float((x.grad != 0).float().mean()) > 0.95
    # A sigmoid, a tanh or a ReLU at the end would hold large latents inside its bounds.
    recon = decoder(1000 * torch.randn(20, 4)).reconstruction.detach()
    if name == "multivae_mlp":
        assert (float(recon.min()), float(recon.max())) == (0, 1), "MultiVae's ends with a sigmoid"
        return
    assert float(recon.min()) < -1.5
    assert float(recon.max()) > 1.5


@pytest.mark.parametrize(
    ("name", "dims", "message"),
    [
        ("conv28", (3, 32, 32), r"conv28: expected images of shape \(C, 28, 28\), got \(3, 32, 32\)"),
        ("conv28", (28, 28), "conv28"),
        ("conv28_half", (784,), "conv28"),
        ("conv32", (3, 28, 28), r"conv32: expected images of shape \(C, 32, 32\), got \(3, 28, 28\)"),
        ("conv32", (32, 32), "conv32"),
        ("text1d", (1, 27), r"text1d: expected one-hot text of shape \(L, A\) with L >= 2, got \(1, 27\)"),
        ("text1d", (27,), "text1d"),
        ("resnet", (3, 28, 28), "networks: expected one of mlp, .*, got 'resnet'"),
    ],
)
def test_data_that_a_network_is_not_made_for_is_refused(
    name: str, dims: tuple[int, ...], message: str
) -> None:
    for make in (make_encoder, make_decoder):
        with pytest.raises(ValueError, match=message):
            make(name, dims, 4)


def test_networks_are_chosen_by_name_and_by_modality() -> None:
    dims = {"image": (1, 28, 28), "text": (8, 5), "vector": (3,)}
    chosen = {"image": "conv28_half", "text": "text1d", "vector": "mlp"}
    kinds = {"image": "bernoulli", "text": "categorical"}
    model = MoPoE(MoPoEConfig(3, 4, dims, decoders_dist=kinds), chosen, chosen)
    assert model.network_names == {"encoders": chosen, "decoders": chosen}
    assert model.model_config.custom_architectures == []
    batch = {
        "image": (torch.rand(3, 1, 28, 28) > 0.5).float(),
        "text": torch.eye(5)[torch.randint(5, (3, 8))],
        "vector": torch.randn(3, 3),
    }
    output = model(batch)
    output.loss.backward()
    assert all(p.grad is not None and bool(torch.isfinite(p.grad).all()) for p in model.parameters())
    assert {m: tuple(x.shape) for m, x in model.predict(batch, "text", N=2).items()} == {
        m: (3, 2, *d) for m, d in dims.items()
    }


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("dims", [(), (1,), (7,), (2, 3, 4, 5)])
def test_a_default_model_works_end_to_end_for_any_shape(dims: tuple[int, ...], private: bool) -> None:
    styles = {"x": 1, "y": 2} if private else None
    model = MoPoE(MoPoEConfig(2, 3, {"x": dims, "y": (2,)}, modalities_specific_dim=styles))
    batch = {"x": torch.randn(4, *dims), "y": torch.randn(4, 2)}
    model(batch).loss.backward()
    assert model.predict(batch, "y", "x", N=2).x.shape == (4, 2, *dims)
    assert model.generate_from_prior(6).x.shape == (6, *dims)
    assert math.isfinite(float(model.compute_joint_nll(batch, K=4)))
    one = {m: x[0] for m, x in batch.items()}
    assert model.encode(one).z.shape == (1, 3)


def test_modalities_may_bear_odd_names(tmp_path: Path) -> None:
    dims = {"0": (2,), "mod 1": (3,), "größe": (1,), "-": (2,)}
    model = MoPoE(MoPoEConfig(4, 2, dims))
    batch = {m: torch.randn(3, *d) for m, d in dims.items()}
    model(batch).loss.backward()
    assert len(model.subsets) == 15
    model.save_pretrained(tmp_path)
    loaded = MoPoE.from_pretrained(tmp_path)
    assert torch.equal(
        loaded.encode(batch, "größe", return_mean=True).z, model.encode(batch, "größe", return_mean=True).z
    )
