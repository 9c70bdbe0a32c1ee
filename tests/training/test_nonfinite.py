from __future__ import annotations

import pytest
import torch

from mopoe import MultimodalBaseDataset
from workbench.training import NonFiniteLoss, TrainConfig, fit


def run(model, train, validation) -> None:
    fit(
        model,
        train,
        validation,
        TrainConfig(epochs=5, batch_size=4, learning_rate=0.2, device="cpu", progress=False),
    )


@pytest.mark.parametrize(
    ("term", "value", "modalities"),
    [
        ("recon_b", float("nan"), ("b",)),
        ("recon_a", float("inf"), ("a",)),
        ("joint_divergence", float("inf"), ()),
    ],
)
def test_a_broken_term_is_named_with_its_step(location, far_away, halfway, term, value, modalities) -> None:
    def spoil(model, terms):
        return terms | {term: terms[term] + value} if model.training_passes == 8 else terms

    model, untouched = location(spoil=spoil), location()
    with pytest.raises(NonFiniteLoss, match=rf"step 8 \(epoch 3, training\): {term} is {value}") as caught:
        run(model, far_away, halfway)
    assert caught.value.step == 8
    assert caught.value.terms == (term,)
    assert caught.value.modalities == modalities
    best_of_two = TrainConfig(epochs=2, batch_size=4, learning_rate=0.2, device="cpu", progress=False)
    fit(untouched, far_away, halfway, best_of_two)
    assert torch.equal(model.weight, untouched.weight)


def test_a_loss_that_breaks_in_validation_is_named(location, far_away, halfway) -> None:
    def spoil(model, terms):
        return terms if model.training else terms | {"recon_b": terms["recon_b"] / 0}

    model = location(spoil=spoil)
    with pytest.raises(NonFiniteLoss, match=r"step 3 \(epoch 1, validation\): recon_b is inf; modality 'b'"):
        run(model, far_away, halfway)
    assert model.weight.item() == 0


def test_a_gradient_that_breaks_alone_is_named(location, far_away, halfway) -> None:
    class Poisoned(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            return gradient * torch.nan

    def spoil(model, terms):
        return terms | {"recon_a": Poisoned.apply(terms["recon_a"])} if model.training_passes == 2 else terms

    model = location(spoil=spoil)
    with pytest.raises(NonFiniteLoss, match="the loss is finite, but not the gradient of weight") as caught:
        run(model, far_away, halfway)
    assert caught.value.terms == ("weight",)


def test_a_gradient_that_breaks_in_one_encoder_is_not_blamed_on_the_others(new_model, correlated) -> None:
    model = new_model()
    weight = next(model.encoders["b"].parameters())
    weight.register_hook(lambda gradient: gradient * torch.inf)
    with pytest.raises(NonFiniteLoss, match=r"not the gradient of encoders\.b.*modality 'b'\.") as caught:
        run(model, correlated, correlated)
    assert caught.value.modalities == ("b",)
    assert len(caught.value.terms) == 1


def test_the_modality_whose_encoder_broke_is_told_from_those_it_spoiled(new_model, correlated) -> None:
    model = new_model()
    with torch.no_grad():
        next(model.encoders["b"].parameters())[0] = torch.nan
    with pytest.raises(NonFiniteLoss, match=r"step 1 .*modality 'b'\.") as caught:
        run(model, correlated, correlated)
    assert "recon_a" in caught.value.terms
    assert caught.value.modalities == ("b",)


def test_a_broken_weight_of_a_decoder_is_told_by_its_modality(new_model, correlated) -> None:
    model = new_model()
    with torch.no_grad():
        next(model.decoders["a"].parameters())[0] = torch.inf
    with pytest.raises(NonFiniteLoss) as caught:
        run(model, correlated, correlated)
    assert caught.value.modalities == ("a",)
    assert caught.value.terms == ("recon_a",)


@pytest.mark.parametrize("broken", [1, 2])
def test_a_learning_rate_is_to_blame_only_where_weights_have_changed(
    location, far_away, halfway, broken
) -> None:
    def spoil(model, terms):
        return terms | {"recon_b": terms["recon_b"] / 0} if model.training_passes == broken else terms

    with pytest.raises(NonFiniteLoss, match=rf"step {broken} .* The model holds the weights") as caught:
        run(location(spoil=spoil), far_away, halfway)
    advice = "No weight has changed yet" if broken == 1 else "Try a smaller learning_rate, or gradient_clip"
    other = "No weight has changed yet" if broken == 2 else "learning_rate"
    assert advice in str(caught.value)
    assert other not in str(caught.value)


def test_steps_that_are_too_long_are_told_by_what_encoders_answer(new_model, correlated) -> None:
    long = TrainConfig(epochs=5, batch_size=25, learning_rate=1e5, device="cpu", progress=False)
    with pytest.raises(NonFiniteLoss) as caught:
        fit(new_model(), correlated, correlated, long)
    message = str(caught.value)
    assert "its encoder answers ln σ² from" in message
    assert "beyond what a variance can be. Try a smaller learning_rate" in message
    assert "Remedy" not in message


def test_data_far_from_the_unit_scale_are_told_beside_the_learning_rate(new_model, correlated) -> None:
    far = MultimodalBaseDataset({"a": 20 * correlated.data["a"], "b": correlated.data["b"]})
    long = TrainConfig(epochs=5, batch_size=25, learning_rate=1e5, device="cpu", progress=False)
    with pytest.warns(UserWarning, match="modality 'a'"), pytest.raises(NonFiniteLoss) as caught:
        fit(new_model(), far, far, long)
    message = str(caught.value)
    assert "Far from the unit scale: modality 'a': numbers from" in message
    assert "fit_scaler(train, {'a': 'standardise'}) makes. Try a smaller learning_rate" in message
    assert "modality 'b': numbers" not in message


@pytest.mark.parametrize("part", ["decoder", "density"])
def test_decoder_and_density_are_told_apart(new_model, correlated, part) -> None:
    def log_prob(recon, target):
        return -(recon - target).square() / 0

    model = new_model(decoders_dist={"b": log_prob} if part == "density" else None)
    if part == "decoder":
        model.decoders["b"].register_forward_hook(
            lambda network, z, output: {"reconstruction": output.reconstruction * torch.nan}
        )
    with pytest.raises(NonFiniteLoss, match=r"recon_b is .*; modality 'b'\. 'b': its ") as caught:
        run(model, correlated, correlated)
    words = {
        "decoder": "its decoder answers NaN",
        "density": "its log-density is not finite, though the decoder",
    }
    assert words[part] in str(caught.value)
    assert caught.value.modalities == ("b",)
