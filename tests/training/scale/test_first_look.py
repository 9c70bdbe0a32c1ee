from __future__ import annotations

import warnings

import pytest
import torch
from torch import nn
from torch.utils.data import random_split

from mopoe import IncompleteDataset, ModelOutput, MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.datasets import Splits, fit_scaler, polydigits
from workbench.training import TrainConfig, build_model, fit
from workbench.training.scale.first_look import look_at_data

WILD = {
    "thousands": lambda x: 1e3 * x,
    "tens of thousands": lambda x: 1e4 * x,
    "millions": lambda x: 1e6 * x,
    "1e30": lambda x: 1e30 * x,
    "a constant column": lambda x: torch.cat([torch.full_like(x[:, :1], 1e5), x[:, 1:]], 1),
    "counts": lambda x: torch.poisson((1e5 * x.sigmoid()), generator=torch.Generator().manual_seed(1)),
    "one slip": lambda x: x.index_put((torch.tensor(17), torch.tensor(2)), torch.tensor(5e3)),
}


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def new_model(dataset, networks=None, **settings) -> MoPoE:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = MoPoEConfig(len(dataset.modalities), latent_dim=3, input_dims=dataset.input_dims, **settings)
        return MoPoE(config, networks, networks)


def train(model, dataset, validation=None, **settings):
    config = {"epochs": 1, "batch_size": 32, "device": "cpu", "progress": False} | settings
    return fit(model, dataset, validation or dataset, TrainConfig(**config))


def state(model) -> list[torch.Tensor]:
    return [tensor.clone() for tensor in model.state_dict().values()]


@pytest.mark.parametrize("wild", WILD)
@pytest.mark.parametrize("case", ["plain", "private", "missing", "poe", "moe", "bf16-mixed", "64-true"])
def test_the_modality_that_would_break_is_refused_alone_and_before_any_work(wild, case, tmp_path) -> None:
    data = {"a": normal(80, 4), "table": WILD[wild](normal(80, 5, seed=1)), "c": normal(80, 2, 2, seed=2)}
    dataset = MultimodalBaseDataset(data)
    if case == "missing":
        masks = {"a": torch.arange(80) % 3 > 0, "table": torch.arange(80) % 2 > 0, "c": torch.ones(80)}
        dataset = IncompleteDataset(data, masks)
    private = {"a": 2, "table": 1, "c": 2} if case == "private" else None
    subsets = case if case in ("poe", "moe") else None
    model = new_model(dataset, modalities_specific_dim=private, subsets=subsets)
    before, random = state(model), torch.get_rng_state()
    precision = case if case in ("bf16-mixed", "64-true") else "32-true"
    with pytest.raises(ValueError, match=r"^train: the loss is not finite before any weight") as caught:
        train(model, dataset, precision=precision, log_dir=tmp_path / "log")
    message = str(caught.value)
    assert "modality 'table': numbers from" in message
    assert "'a'" not in message
    assert "'c'" not in message
    assert "Remedy: " in message
    assert "workbench.datasets.fit_scaler(train, {'table': " in message
    assert "learning_rate" not in message
    assert wild != "one slip" or "in column 2, sample 17 the farthest: its encoder answers" in message
    assert not (tmp_path / "log").exists()
    assert all(torch.equal(x, y) for x, y in zip(before, model.state_dict().values(), strict=True))
    assert torch.equal(random, torch.get_rng_state())
    assert next(model.parameters()).dtype == torch.float32
    assert all(weight.grad is None for weight in model.parameters())


@pytest.mark.parametrize("wild", WILD)
def test_the_scaler_makes_the_first_loss_finite(wild) -> None:
    dataset = MultimodalBaseDataset({"a": normal(80, 4), "table": WILD[wild](normal(80, 5, seed=1))})
    step = "log1p" if wild == "counts" else "standardise"
    scaled = fit_scaler(dataset, {"table": step}).transform(dataset)
    assert train(new_model(scaled), scaled).history["train"]["loss"][0] < 1000


def test_images_of_bytes_are_to_be_divided() -> None:
    pixels = (normal(40, 1, 28, 28).sigmoid() * 255).round()
    dataset = MultimodalBaseDataset({"image": pixels, "x": normal(40, 3)})
    with pytest.warns(UserWarning, match=r"'image': numbers .*Remedy: divide the pixels of 'image' by 255$"):
        train(new_model(dataset), dataset, learning_rate=1e-7)
    wider = MultimodalBaseDataset({"image": 300 * pixels, "x": normal(40, 3)})
    with pytest.raises(ValueError, match=r"'image': numbers from .* its encoder answers ln σ²"):
        train(new_model(wider, {"image": "conv28", "x": "mlp"}), wider)


def test_what_only_trains_badly_is_warned_of_once_and_trains() -> None:
    dataset = MultimodalBaseDataset({"a": normal(80, 4), "b": 25 * normal(80, 3, seed=1)})
    with pytest.warns(UserWarning) as caught:
        train(new_model(dataset), dataset)
    assert len(caught) == 1
    assert str(caught[0].message).startswith(
        "train: numbers far from the unit scale train badly. modality 'b': "
    )
    assert "'a'" not in str(caught[0].message)
    assert caught[0].filename == __file__


def test_validation_data_that_nobody_transformed_are_told_of() -> None:
    dataset = MultimodalBaseDataset({"a": normal(80, 4), "b": 30 * normal(80, 3, seed=1)})
    scaled = fit_scaler(dataset, {"b": "standardise"}).transform(dataset)
    with pytest.warns(UserWarning, match="^validation: .*transform both by one scaler. modality 'b'"):
        train(new_model(scaled), scaled, dataset)
    wild = MultimodalBaseDataset({"a": normal(80, 4), "b": 1e4 * normal(80, 3, seed=1)})
    with pytest.raises(ValueError, match=r"^validation: the loss is not finite before .*modality 'b'"):
        train(new_model(scaled), scaled, wild)


def test_what_stands_under_a_mask_is_not_looked_at() -> None:
    seen = torch.arange(60) % 2 > 0
    x = normal(60, 3).where(seen[:, None], 1e9)
    dataset = IncompleteDataset({"x": x, "y": normal(60, 2)}, {"x": seen, "y": torch.ones(60)})
    train(new_model(dataset), dataset)


class Shrinking(nn.Module):
    """An encoder that brings thousands to scale by itself, and counts how often it is asked."""

    def __init__(self, size: int, latent_dim: int) -> None:
        super().__init__()
        self.heads = nn.Linear(size, 2 * latent_dim)
        self.norm = nn.BatchNorm1d(size)

    def forward(self, x: torch.Tensor) -> ModelOutput:
        mean, logvar = self.heads(self.norm(x)).chunk(2, -1)
        return ModelOutput(embedding=mean, log_covariance=logvar)


def test_an_encoder_of_ones_own_may_bring_its_data_to_scale() -> None:
    dataset = MultimodalBaseDataset({"x": 1e4 * normal(64, 3), "y": normal(64, 2)})
    config = MoPoEConfig(2, latent_dim=3, input_dims=dataset.input_dims, decoders_dist={"x": "laplace"})
    model = MoPoE(config, {"x": Shrinking(3, 3), "y": "mlp"})
    statistics = []
    model.encoders["x"].norm.register_forward_pre_hook(
        lambda norm, inputs: statistics.append(norm.running_mean.abs().sum().item())
    )
    train(model, dataset)
    assert len(statistics) > 3
    assert statistics[:3] == [0, 0, 0]  # the looks at training and validation data left no trace


def test_a_model_that_is_broken_itself_is_not_blamed_on_data() -> None:
    dataset = MultimodalBaseDataset({"a": 30 * normal(80, 4), "b": normal(80, 3, seed=1)})
    model = new_model(dataset)
    with torch.no_grad():
        next(model.encoders["b"].parameters())[0] = torch.nan
    with pytest.warns(UserWarning, match="modality 'a'"), pytest.raises(FloatingPointError) as caught:
        train(model, dataset)
    assert "modality 'b'. 'b': weights of its encoder are not finite. No weight has changed yet" in str(
        caught.value
    )


def test_nothing_is_said_of_healthy_data() -> None:
    splits = polydigits(n_train=100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train(build_model(splits, latent_dim=4), splits.train, splits.validation)


def test_tokens_are_exempt() -> None:
    class Tokens(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(9001, 6)

        def forward(self, x: torch.Tensor) -> ModelOutput:
            mean, logvar = self.table(x).mean(1).chunk(2, -1)
            return ModelOutput(embedding=mean, log_covariance=logvar)

    def log_prob(recon: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return -(recon - target / 9000).square()

    ids = torch.randint(0, 9001, (50, 7), generator=torch.Generator().manual_seed(0))
    dataset = MultimodalBaseDataset({"text": ids, "y": normal(50, 2)})
    config = MoPoEConfig(2, latent_dim=3, input_dims=dataset.input_dims, decoders_dist={"text": log_prob})
    train(MoPoE(config, {"text": Tokens(), "y": "mlp"}), dataset)


def test_single_entries_that_are_missing_are_not_looked_at() -> None:
    seen = torch.rand(60, 3, generator=torch.Generator().manual_seed(0)) < 0.6
    x = normal(60, 3)
    for hidden in (1e9, torch.nan):
        data = {"x": x.where(seen, hidden), "y": normal(60, 2)}
        dataset = IncompleteDataset(data, {"x": seen, "y": torch.ones(60)})
        train(new_model(dataset, masked_entries=["x"]), dataset)
    wild = IncompleteDataset(data | {"x": 1e5 * x}, {"x": seen, "y": torch.ones(60)})
    with pytest.raises(ValueError, match="modality 'x': numbers from"):
        train(new_model(wild, masked_entries=["x"]), wild)
    scaled = fit_scaler(wild, {"x": "standardise"}).transform(wild)
    train(new_model(scaled, masked_entries=["x"]), scaled)


def test_ids_of_classes_in_a_table_are_exempt_and_its_numbers_are_not() -> None:
    ids = torch.randint(0, 200, (60, 1), generator=torch.Generator().manual_seed(0)).float()
    parts = [
        {"columns": 0, "likelihood": "categorical", "n_classes": 200},
        {"columns": [1, 2], "likelihood": "normal"},
    ]
    settings = {"decoders_dist": {"table": "mixed"}, "decoder_dist_params": {"table": {"parts": parts}}}
    healthy = MultimodalBaseDataset({"table": torch.cat([ids, normal(60, 2)], 1), "y": normal(60, 2)})
    train(new_model(healthy, **settings), healthy)
    wild = MultimodalBaseDataset({"table": torch.cat([ids, 1e5 * normal(60, 2)], 1), "y": normal(60, 2)})
    # Ids beyond 50 are not to be scaled: the remedy that is told leaves them alone.
    remedy = r"Remedy: standardise, .*fit_scaler\(train, \{'table': \{'standardise': \[1, 2\]\}\}\) makes$"
    with pytest.raises(ValueError, match=r"^train: .*modality 'table': .*, in columns 1, 2.*" + remedy):
        train(new_model(wild, **settings), wild)
    scaled = fit_scaler(wild, {"table": {"standardise": [1, 2]}}).transform(wild)
    train(new_model(scaled, **settings), scaled)


@pytest.mark.parametrize("word", ["poisson", "negative_binomial", "zero_inflated_negative_binomial"])
def test_counts_are_told_to_encoders_by_their_logarithm_and_nothing_is_said(word) -> None:
    rate = 1e4 * normal(60, 4).exp()
    counts = torch.poisson(rate, generator=torch.Generator().manual_seed(0))
    dataset = MultimodalBaseDataset({"rna": counts, "y": normal(60, 2)})
    assert counts.max() > 5e4
    train(new_model(dataset, decoders_dist={"rna": word}), dataset)


@pytest.mark.parametrize("dtype", [torch.int64, torch.float32])
def test_class_ids_are_exempt(dtype: torch.dtype) -> None:
    ids = torch.randint(0, 3000, (60, 2), generator=torch.Generator().manual_seed(0)).to(dtype)
    dataset = MultimodalBaseDataset({"word": ids, "y": normal(60, 2)})
    params = {"word": {"n_classes": 3000}}
    train(new_model(dataset, decoders_dist={"word": "categorical"}, decoder_dist_params=params), dataset)


def test_the_farthest_sample_is_one_that_was_observed() -> None:
    x, seen = normal(60, 3), torch.arange(60) != 10
    x[10], x[33, 1] = 1e9, 7e3
    dataset = IncompleteDataset({"x": x, "y": normal(60, 2)}, {"x": seen, "y": torch.ones(60)})
    with pytest.raises(ValueError, match=r"from -.* to 7000, .*, in column 1, sample 33 the farthest"):
        train(new_model(dataset), dataset)


def test_what_double_precision_can_hold_is_not_refused_there() -> None:
    dataset = MultimodalBaseDataset({"a": 150 * normal(80, 4), "b": normal(80, 3, seed=1)})
    with pytest.raises(ValueError, match="modality 'a'"):
        train(new_model(dataset), dataset)
    with pytest.warns(UserWarning, match="modality 'a'"):
        train(new_model(dataset), dataset, precision="64-true")


def test_samples_that_are_drawn_when_asked_for_leave_the_random_state_and_have_no_number() -> None:
    class Noisy(MultimodalBaseDataset):
        def __getitem__(self, index):
            return {name: x[index] + torch.randn(()) for name, x in self.data.items()}

    dataset = Noisy({"x": 1e5 * normal(60, 3), "y": normal(60, 2)})
    model, before = new_model(dataset), torch.get_rng_state()
    with pytest.raises(ValueError, match="modality 'x'") as caught:
        look_at_data(model, dataset, dataset, TrainConfig())
    assert torch.equal(before, torch.get_rng_state())
    assert "sample" not in str(caught.value)


def test_parts_of_data_sets_are_scaled_and_trained() -> None:
    dataset = MultimodalBaseDataset({"x": 1e5 * normal(60, 3), "y": normal(60, 2)})
    splits = Splits(*random_split(dataset, [40, 10, 10], torch.Generator().manual_seed(0)))
    with pytest.raises(ValueError, match=r"^train: .*modality 'x'"):
        train(build_model(splits, latent_dim=3), splits.train, splits.validation)
    scaled = fit_scaler(splits, {"x": "standardise"}).transform(splits)
    train(build_model(scaled, latent_dim=3), scaled.train, scaled.validation)
