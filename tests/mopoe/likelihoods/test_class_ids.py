"""Class ids and tokens: the one-hot likelihood without the one-hot vectors, and entries that padding marks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.special import log_softmax
from torch import Tensor

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig, MultimodalBaseDataset, collate, length_masks
from mopoe.likelihoods import CategoricalLikelihood, event_axes, make_likelihood, traits
from tests.mopoe.likelihoods import promises
from workbench.datasets import paper_rescaling
from workbench.training.build import suggest_networks

V, LENGTH = 11, 6


def ids_of(length: int = 5, seed: int = 0) -> Tensor:
    return torch.randint(V, (length, LENGTH), generator=torch.Generator().manual_seed(seed))


def recon_of(*leading: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return 2 * torch.randn(*leading, LENGTH, V, dtype=torch.float64, generator=generator)


def model_of(
    dims: tuple[int, ...] = (LENGTH,), n_classes: int = V, name: str = "mlp", **params: Any
) -> MoPoE:
    torch.manual_seed(0)
    config = MoPoEConfig(
        2,
        3,
        {"text": dims, "x": (2,)},
        decoders_dist={"text": "categorical"},
        decoder_dist_params={"text": {"n_classes": n_classes} | params},
        prior_expert="none",
    )
    networks = {"text": name, "x": "mlp"}
    return MoPoE(config, networks, networks)


@pytest.mark.parametrize("leading", [(5,), (2, 5)])
def test_density_and_means_are_those_of_scipy_and_of_one_hot_vectors(leading: tuple[int, ...]) -> None:
    likelihood, recon, ids = CategoricalLikelihood(V), recon_of(*leading), ids_of()
    each = np.broadcast_to(ids.numpy(), (*leading, LENGTH))[..., None]
    expected = np.take_along_axis(log_softmax(recon.numpy(), -1), each, -1)[..., 0]
    promises.density_is(likelihood, recon, ids, lambda *_: expected)
    one_hot = CategoricalLikelihood()
    torch.testing.assert_close(likelihood.total(recon, ids), one_hot.total(recon, F.one_hot(ids, V).double()))
    assert torch.equal(likelihood.mean(recon), one_hot.mean(recon))
    assert torch.equal(likelihood.point(recon), recon.argmax(-1))
    assert likelihood.recon_dims((LENGTH,)) == (LENGTH, V) and one_hot.recon_dims((LENGTH, V)) == (LENGTH, V)


@pytest.mark.parametrize("dtype", [torch.int64, torch.float64])
def test_promises_are_kept(dtype: torch.dtype) -> None:
    promises.hold(CategoricalLikelihood(V), recon_of(5), ids_of().to(dtype))
    promises.sums_to_one(CategoricalLikelihood(V), recon_of(1)[0, :1], torch.arange(V)[:, None])


def test_draws_come_as_often_as_their_probabilities_say() -> None:
    likelihood, recon = CategoricalLikelihood(V), recon_of()
    draws = likelihood.sample(recon.expand(20_000, LENGTH, V), torch.Generator().manual_seed(0))
    shares, p = F.one_hot(draws, V).double().mean(0), likelihood.mean(recon)
    assert bool(((shares - p).abs() <= 5 * (p * (1 - p) / 20_000).sqrt()).all())


@pytest.mark.parametrize("size", [1e4, 1e30])
def test_extreme_logits_stay_finite(size: float) -> None:
    promises.stays_finite(CategoricalLikelihood(V), size * recon_of(5), ids_of())


@pytest.mark.parametrize(
    ("value", "shown"), [(-1.0, "-1"), (11.0, "11"), (2.5, "2.5"), (float("nan"), "nan")]
)
@pytest.mark.parametrize("method", ["forward", "encode"])
def test_what_is_no_id_is_refused_by_the_modality(method: str, value: float, shown: str) -> None:
    ids = ids_of().double()
    ids[2, 3] = value
    with pytest.raises(
        ValueError, match=rf"modality 'text': expected ids, whole numbers from 0 to 10, got {shown}"
    ):
        getattr(model_of(), method)({"text": ids, "x": torch.randn(5, 2)})


@pytest.mark.parametrize(
    "dtype", [torch.uint8, torch.uint16, torch.uint64, torch.int32, torch.float32, torch.float64]
)
@pytest.mark.parametrize("masked", [False, True])
def test_ids_of_any_type_are_read(dtype: torch.dtype, masked: bool) -> None:
    data = [{"text": ids_of().to(t), "x": torch.ones(5, 2)} for t in (torch.int64, dtype)]
    masks = {"text": torch.tensor([1, 0, 1, 1, 1]), "x": torch.ones(5)}
    both = [IncompleteDataset(given, masks) if masked else given for given in data]
    losses = [model_of()(given, generator=torch.Generator().manual_seed(0)).loss for given in both]
    assert torch.equal(*losses)


@pytest.mark.parametrize("name", ["mlp", "mlp256", "text1d", "multivae_mlp"])
def test_networks_by_name_read_ids_and_return_logits(name: str) -> None:
    model, inputs = model_of(name=name), {"text": ids_of(), "x": torch.randn(5, 2)}
    loss = model(inputs).loss
    loss.backward()
    assert all(p.grad is not None and bool(torch.isfinite(p.grad).all()) for p in model.parameters())
    assert model.predict(inputs, "x", "text", N=2).text.shape == (5, 2, LENGTH, V)
    drawn = model.predict(inputs, "x", "text", noise=True).text
    assert drawn.shape == (5, LENGTH) and drawn.dtype == torch.int64
    assert bool(torch.isfinite(model.estimate_nll(inputs, K=5).nll).all())
    z = model.encode(inputs, "text", return_mean=True).z
    torch.testing.assert_close(model.encode({"text": ids_of()[2:3]}, "text", return_mean=True).z, z[2:3])


def test_one_class_a_sample_needs_no_axis() -> None:
    model, inputs = model_of(dims=()), {"text": ids_of()[:, 0], "x": torch.randn(5, 2)}
    model(inputs).loss.backward()
    assert model.predict(inputs, "x", "text").text.shape == (5, V)
    single = {name: x[0] for name, x in inputs.items()}
    torch.testing.assert_close(
        model.encode(single, return_mean=True).z, model.encode(inputs, return_mean=True).z[:1]
    )
    z = torch.randn(5, 3)
    expected = F.cross_entropy(model.decoders["text"](z).reconstruction, inputs["text"], reduction="none")
    torch.testing.assert_close(model.log_likelihood(inputs, z).text, -expected)


@pytest.mark.parametrize("name", ["mlp", "text1d"])
def test_thousands_of_classes_take_weights_in_proportion_to_them(name: str) -> None:
    """64 numbers for each class in either network, however long a text is."""
    sizes = []
    for n_classes in (5_000, 10_000):
        model = model_of(dims=(20,), n_classes=n_classes, name=name)
        sizes.append(sum(p.numel() for p in model.parameters()))
    assert sizes[1] - sizes[0] == 5_000 * (64 + 65)
    tokens = torch.randint(10_000, (3, 20))
    assert bool(torch.isfinite(model({"text": tokens, "x": torch.randn(3, 2)}).loss))


def test_density_makes_no_one_hot_vectors() -> None:
    """Of the size of the logits it keeps one tensor for the gradient; one-hot vectors would be another."""
    kept: list[Tensor] = []
    recon, ids = torch.randn(4, 50, 1_000, requires_grad=True), torch.randint(1_000, (4, 50))
    with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(x) or x, lambda x: x):
        CategoricalLikelihood(1_000).total(recon, ids)
    assert len({x.data_ptr() for x in kept if x.numel() >= recon.numel()}) == 1


# --- lengths and padding ---


def test_padding_and_lengths_leave_out_the_same_entries() -> None:
    lengths = torch.tensor([6, 2, 1, 4, 3])
    shown = length_masks(lengths, LENGTH)
    assert shown.sum(1).tolist() == lengths.tolist() and bool(shown[:, 0].all())
    data, z = {"text": ids_of(), "x": torch.randn(5, 2)}, torch.randn(5, 3)
    by_length = IncompleteDataset(data, {"text": shown, "x": torch.ones(5)})
    answers = []
    for padding in (None, 0, -100, V):
        inputs: Any = by_length
        if padding is not None:
            # An id that stands for padding stands nowhere else.
            text = data["text"].where(shown, padding)
            inputs = {"text": text.where(~shown | (text != padding), 1), "x": data["x"]}
            by_length.data["text"] = inputs["text"].where(shown, 0)
        model = model_of(padding=padding)
        expected = torch.log_softmax(model.decoders["text"](z).reconstruction, -1)
        expected = expected.gather(-1, by_length.data["text"][..., None]).squeeze(-1)
        torch.testing.assert_close(model.log_likelihood(inputs, z).text, (expected * shown).sum(1))
        same = model_of()
        for given in (inputs, by_length):
            which = model if given is inputs else same
            answers.append(which.estimate_nll(given, K=6, generator=torch.Generator().manual_seed(0)).nll)
        torch.testing.assert_close(*answers[-2:])


@pytest.mark.parametrize("padding", [0, -100])
def test_what_is_padded_has_no_gradient_and_no_say(padding: int) -> None:
    model, text = model_of(padding=padding), ids_of().clamp(min=1)
    text[:, 4:] = padding
    x = torch.randn(5, 2)
    recon = recon_of(5).requires_grad_()
    likelihood = model.likelihoods["text"]
    (gradient,) = torch.autograd.grad(likelihood.total(recon, text).sum(), recon)
    assert bool((gradient[:, 4:] == 0).all()) and bool((gradient[:, :4] != 0).all())
    found = model({"text": text, "x": x}, generator=torch.Generator().manual_seed(0))
    found.loss.backward()
    vectors = model.encoders["text"].vectors.weight.grad
    assert bool((vectors[0] == 0).all()) and bool((vectors[text[:, :4].flatten()] != 0).any(-1).all())


def test_a_sequence_of_padding_alone_is_missing() -> None:
    model, text = model_of(padding=0), ids_of().clamp(min=1)
    text[1] = 0
    dataset = MultimodalBaseDataset({"text": text, "x": torch.randn(5, 2)})
    weights = model.inference(dataset)["weights"]
    assert bool((weights[[0, 2], 1] == 0).all()) and bool((weights[[0, 2], 0] > 0).all())
    with pytest.raises(ValueError, match=r"samples \[1\]"):
        model.encode(dataset, "text")
    batch = next(iter(torch.utils.data.DataLoader(dataset, batch_size=5, collate_fn=collate)))
    assert torch.equal(model.inference(batch)["weights"], weights)


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([1, 7], "whole numbers from 0 to 6, one a sample, got 7"),
        ([-1, 2], "got -1"),
        ([0.5, 2], "got 0.5"),
        ([float("nan")], "got nan"),
        ([[1]], r"got shape \(1, 1\)"),
    ],
)
def test_lengths_that_make_no_sense_are_refused(lengths: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        length_masks(lengths, 6)


# --- settings ---


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"n_classes": 0}, ValueError, r"\['text'\]\['n_classes'\]: expected at least 1, got 0"),
        ({"n_classes": 2.5}, TypeError, r"\['n_classes'\]: expected a whole number"),
        ({"padding": 0}, ValueError, r"\['padding'\]: expected n_classes beside it"),
        ({"n_classes": 3, "padding": 0.5}, TypeError, r"\['padding'\]: expected an id, got 0.5"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    params: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make_likelihood("categorical", params, "text")


def test_names_tell_the_settings() -> None:
    promises.names_its_settings(CategoricalLikelihood(V, padding=0), "11 classes", "padding 0")
    assert str(CategoricalLikelihood()) == "categorical"


def test_others_learn_how_ids_are_laid_out() -> None:
    dims, kinds = (
        {"text": (8,), "class": (), "hot": (8, 5), "x": (3,)},
        dict.fromkeys(["text", "class", "hot"], "categorical"),
    )
    params = {"text": {"n_classes": 9}, "class": {"n_classes": 9}}
    assert event_axes("categorical") == event_axes("categorical", {}) == 1
    assert (
        event_axes("categorical", {"n_classes": 3}) == 0
        and traits("categorical", {"n_classes": 3}).n_ids == 3
    )
    assert event_axes("ordinal") == event_axes(None) == event_axes("unknown") == 0
    assert suggest_networks(dims, kinds, params) == {
        "text": "text1d",
        "class": "mlp256",
        "hot": "text1d",
        "x": "mlp256",
    }
    assert paper_rescaling(dims, kinds, params) == {"text": 1.0, "class": 8.0, "hot": 1.0, "x": 8 / 3}
