from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import Subset

from mopoe import IncompleteDataset, MultimodalBaseDataset
from mopoe.reading.unit_interval import kept_tensors, names_of_bytes
from workbench.datasets import MultimodalDataset, Scaler, fit_scaler, polydigits


def masked(data, masks) -> MultimodalBaseDataset:
    """A data set whose masks may be by entry."""
    dataset = MultimodalBaseDataset(data)
    dataset.masks = masks
    return dataset


@st.composite
def tables(draw):
    """Numbers of any scale with whole samples and single entries missing, one constant column among them."""
    seed = draw(st.integers(0, 2**32 - 1))
    n, columns = draw(st.integers(2, 30)), draw(st.integers(1, 4))
    scale, shift = 10.0 ** draw(st.integers(-12, 12)), 10.0 ** draw(st.integers(-6, 6))
    generator = torch.Generator().manual_seed(seed)
    x = scale * torch.randn(n, columns, generator=generator, dtype=torch.float64) + shift
    x[:, 0] = shift
    seen = torch.rand(n, columns, generator=generator) < draw(st.sampled_from([0.3, 0.8, 1.0]))
    return masked({"x": x.where(seen, torch.nan)}, {"x": seen})


@given(tables())
def test_observed_columns_have_mean_0_and_sd_1(dataset) -> None:
    scaled = fit_scaler(dataset, {"x": "standardise"}).transform(dataset)
    for column in range(dataset.data["x"].shape[1]):
        seen = dataset.masks["x"][:, column]
        before, after = dataset.data["x"][seen, column], scaled.data["x"][seen, column]
        rounding = float(1e-14 * before.abs().max() / before.std()) if len(before) > 1 else 0.0
        if len(before) > 1 and before.max() > before.min() and rounding < 1e-3:
            assert after.mean().item() == pytest.approx(0, abs=1e-9 + rounding)
            assert after.std(unbiased=False).item() == pytest.approx(1, abs=1e-9 + rounding)
        elif len(before) and before.max() == before.min():
            assert torch.equal(after, torch.zeros_like(after))


@given(tables(), st.sampled_from(["standardise", ["standardise", "standardise"]]))
def test_the_inverse_gives_back_what_was_transformed(dataset, steps) -> None:
    scaler = fit_scaler(dataset, {"x": steps})
    back = scaler.inverse_transform(scaler.transform(dataset))
    seen, x = dataset.masks["x"], dataset.data["x"]
    assert torch.allclose(back.data["x"][seen], x[seen], rtol=1e-12, atol=1e-12 * float(x[seen].abs().sum()))


@given(
    st.lists(st.floats(0, 1e9), min_size=1, max_size=20),
    st.sampled_from(["log1p", ["log1p", "standardise"], ["standardise"]]),
)
def test_counts_come_back(values, steps) -> None:
    x = torch.tensor(values, dtype=torch.float64)
    scaler = fit_scaler(MultimodalBaseDataset({"x": x}), {"x": steps})
    back = scaler.inverse_transform(scaler.transform({"x": x}))["x"]
    assert torch.allclose(back, x, rtol=1e-11, atol=1e-14 * float(1 + x.max()))


def test_what_is_missing_has_no_part_in_it() -> None:
    x = torch.randn(40, 3, generator=torch.Generator().manual_seed(0)) * 5 + 2
    by_sample, by_entry = torch.ones(40, dtype=torch.bool), torch.ones(40, 3, dtype=torch.bool)
    by_sample[::3], by_entry[1::4, 1] = False, False
    expected = fit_scaler(MultimodalBaseDataset({"x": x[by_sample]}), {"x": "standardise"}).to_dict()
    expected = expected["steps"]["x"][0]["standardise"]
    for rubbish in (torch.nan, torch.inf, 1e30, -7.0):
        hidden = x.clone()
        hidden[~by_sample] = rubbish
        dataset = IncompleteDataset({"x": hidden, "y": x}, {"x": by_sample, "y": torch.ones(40)})
        scaler = fit_scaler(dataset, {"x": "standardise"})
        constants = scaler.to_dict()["steps"]["x"][0]["standardise"]
        assert constants["mean"] == pytest.approx(expected["mean"], rel=1e-12)
        assert constants["sd"] == pytest.approx(expected["sd"], rel=1e-12)
        scaled = scaler.transform(dataset)
        assert type(scaled) is IncompleteDataset
        assert scaled.masks is dataset.masks
        assert torch.equal(scaled.data["y"], x)
        hidden = x.where(by_entry, rubbish)
        scaler = fit_scaler(masked({"x": hidden}, {"x": by_entry}), {"x": "standardise"})
        sd = scaler.to_dict()["steps"]["x"][0]["standardise"]["sd"]
        assert sd[1] == pytest.approx(np.std(x[by_entry[:, 1], 1].double().numpy()), rel=1e-12)
    nan_alone = fit_scaler(MultimodalBaseDataset({"x": x.where(by_entry, torch.nan)}), {"x": "standardise"})
    assert nan_alone.to_dict() == scaler.to_dict()


def test_what_nobody_observed_and_what_never_varies_is_not_divided() -> None:
    x = torch.tensor([[1e8, torch.nan, 1.0], [1e8, torch.nan, 3.0]])
    scaler = fit_scaler(MultimodalBaseDataset({"x": x}), {"x": "standardise"})
    constants = scaler.to_dict()["steps"]["x"][0]["standardise"]
    assert constants == {"mean": [1e8, 0.0, 2.0], "sd": [1.0, 1.0, 1.0]}


@pytest.mark.parametrize(
    ("per", "expected"),
    [("column", (2, 4, 5)), ("channel", (2, 1, 1)), ("modality", (1, 1, 1)), (None, (1, 1, 1))],
)
def test_what_shares_a_mean(per, expected) -> None:
    images = torch.randint(
        0, 256, (30, 2, 4, 5), generator=torch.Generator().manual_seed(1), dtype=torch.uint8
    )
    dataset = MultimodalBaseDataset({"image": images})
    scaler = fit_scaler(dataset, {"image": "standardise"}, per=per and {"image": per})
    axes = tuple(axis for axis, size in enumerate(expected, 1) if size == 1)
    constants = scaler.to_dict()["steps"]["image"][0]["standardise"]
    numbers = images.double().numpy()
    assert np.shape(constants["sd"]) == expected
    assert np.allclose(constants["mean"], numbers.mean((0, *axes), keepdims=True)[0])
    assert np.allclose(constants["sd"], numbers.std((0, *axes), keepdims=True)[0])
    scaled = scaler.transform(dataset).data["image"]
    assert scaled.dtype == torch.float32
    assert scaled.double().square().mean().item() == pytest.approx(1)


def test_predictions_of_any_leading_axes_come_back_with_their_gradient() -> None:
    dataset = MultimodalBaseDataset({"x": torch.arange(6.0).reshape(3, 2) * 100, "y": torch.zeros(3)})
    scaler = fit_scaler(dataset, {"x": "standardise"})
    draws = torch.zeros(5, 3, 2, requires_grad=True)
    back = scaler.inverse_transform({"x": draws})["x"]
    back.sum().backward()
    assert torch.equal(back, torch.tensor([200.0, 300.0]).expand(5, 3, 2))
    assert torch.allclose(
        draws.grad, torch.tensor(scaler.to_dict()["steps"]["x"][0]["standardise"]["sd"]).float()
    )
    assert torch.equal(scaler.inverse_transform({"y": np.ones(4)})["y"], torch.ones(4, dtype=torch.float64))


def test_it_is_written_to_the_last_bit() -> None:
    x = torch.rand(30, 3, generator=torch.Generator().manual_seed(0)) * 1e5
    scaler = fit_scaler(
        MultimodalBaseDataset({"x": x, "n": x[:, 0]}), {"x": ["log1p", "standardise"], "n": "log1p"}
    )
    again = Scaler.from_dict(json.loads(json.dumps(scaler.to_dict())))
    assert again.to_dict() == scaler.to_dict()
    assert torch.equal(again.transform({"x": x})["x"], scaler.transform({"x": x})["x"])
    assert repr(again) == "Scaler(x: log1p then standardise, n: log1p)"
    with pytest.raises(ValueError, match="expected standardise or log1p with its constants, got 'rank'"):
        Scaler.from_dict({"dims": {"x": [3]}, "steps": {"x": [{"rank": {}}]}})
    with pytest.raises(ValueError, match="expected 'dims' and the 'steps'"):
        Scaler.from_dict({"steps": {}})
    spoilt = scaler.to_dict()
    spoilt["steps"]["x"][1]["standardise"]["sd"][0] = 0.0
    with pytest.raises(ValueError, match="positive standard deviations"):
        Scaler.from_dict(spoilt)


def test_splits_are_scaled_by_their_training_data() -> None:
    splits = polydigits(n_train=50)
    name = splits.train.modalities[0]
    scaler = fit_scaler(splits, {name: "standardise"})
    assert scaler.to_dict() == fit_scaler(splits.train, {name: "standardise"}).to_dict()
    scaled = scaler.transform(splits)
    assert scaled.decoders_dist == splits.decoders_dist
    for before, after in zip(splits, scaled, strict=True):
        assert type(after) is MultimodalDataset
        assert torch.equal(after.data[name], scaler.transform(before).data[name])
        assert torch.equal(after.labels, before.labels)
    assert scaled.train.data[name].mean().item() == pytest.approx(0, abs=1e-5)
    assert abs(scaled.test.data[name].mean().item()) > 1e-5


def test_parts_and_lists_of_samples_are_taken() -> None:
    dataset = MultimodalBaseDataset({"x": torch.arange(12.0).reshape(6, 2)})
    part = Subset(dataset, [4, 1])
    scaler = fit_scaler(part, {"x": "standardise"})
    expected = scaler.transform(dataset[[4, 1]]).data["x"]
    assert torch.equal(expected, torch.tensor([[1.0, 1.0], [-1.0, -1.0]]))
    assert torch.equal(scaler.transform(part).data["x"], expected)
    assert torch.equal(scaler.transform([dataset[4], dataset[1]]).data["x"], expected)
    assert torch.equal(scaler.log_jacobian(part)["x"], scaler.log_jacobian(dataset)["x"][:2])


def test_some_columns_of_a_table_alone() -> None:
    table = torch.tensor([[1e4, 3.0, -1.0, 0.0], [2e4, 7.0, -2.0, 99.0], [3e4, 7.0, torch.nan, 9.0]])
    dataset = MultimodalBaseDataset({"x": table})
    scaler = fit_scaler(dataset, {"x": {"standardise": [0, 2], "log1p": 3}})
    alone = fit_scaler(dataset, {"x": "standardise"}).transform(dataset).data["x"]
    scaled = scaler.transform(dataset).data["x"]
    assert torch.allclose(scaled[:, [0, 2]], alone[:, [0, 2]], equal_nan=True)
    assert torch.equal(scaled[:, 1], table[:, 1])
    assert torch.equal(scaled[:, 3], torch.log1p(table[:, 3]))
    assert torch.allclose(scaler.inverse_transform({"x": scaled})["x"], table, equal_nan=True)
    sd = np.nanstd(table.double().numpy(), 0)
    slopes = -np.log(sd[0]) - np.log(sd[2]) * np.array([1, 1, 0]) - np.log1p([0.0, 99.0, 9.0])
    assert np.allclose(scaler.log_jacobian(dataset)["x"].numpy(), slopes)
    again = Scaler.from_dict(json.loads(json.dumps(scaler.to_dict())))
    assert again.to_dict() == scaler.to_dict()
    assert repr(again) == "Scaler(x: standardise of columns 0, 2 then log1p of columns 3)"
    gradient = scaled.nan_to_num(0).requires_grad_()
    scaler.inverse_transform({"x": gradient})["x"].sum().backward()
    assert gradient.grad[:, 1].tolist() == [1, 1, 1]
    for columns in ([4], [-1], 4, [True, False, True, True]):
        with pytest.raises(
            ValueError, match=r"steps\['x'\]\['log1p'\]: expected some columns of a table, got"
        ):
            fit_scaler(dataset, {"x": {"log1p": columns}})
    with pytest.raises(ValueError, match="expected 'column' where a step is of some columns, got 'modality'"):
        fit_scaler(dataset, {"x": {"standardise": 0}}, per={"x": "modality"})
    with pytest.raises(ValueError, match="at least 0 for 'log1p', got -2"):
        fit_scaler(dataset, {"x": {"log1p": [2, 3]}})


def test_bytes_stay_bytes_unless_they_are_scaled() -> None:
    pixels = torch.arange(8, dtype=torch.uint8).reshape(2, 2, 2) * 30
    dataset = MultimodalBaseDataset({"x": pixels, "y": pixels}, unit_interval=["x", "y"])
    scaler = fit_scaler(dataset, {"x": "standardise"})
    scaled = scaler.transform(dataset)
    assert names_of_bytes(scaled.data) == ("y",)
    assert kept_tensors(scaled.data)["y"] is kept_tensors(dataset.data)["y"]
    assert scaled.data["x"].double().mean().item() == pytest.approx(0, abs=1e-6)
    assert torch.allclose(scaler.inverse_transform(scaled).data["x"], pixels / 255, atol=1e-6)


def test_refusals() -> None:
    x = torch.randn(5, 3)
    dataset = MultimodalBaseDataset({"x": x, "y": x[:, :1]})
    for steps, per, message in (
        ({"z": "log1p"}, None, r"steps: expected modalities among \['x', 'y'\], got 'z'"),
        ({"x": "rank"}, None, r"steps\['x'\]: expected standardise or log1p, got 'rank'"),
        ({"x": "log1p"}, None, "modality 'x': expected numbers of at least 0 for 'log1p', got -"),
        ({"x": "standardise"}, {"x": "row"}, r"per\['x'\]: expected one of column, channel, modality"),
        ({"x": "standardise"}, {"x": "channel"}, r"per\['x'\].*got 'channel' for \(3,\)"),
        ({"x": "standardise"}, {"z": "column"}, r"per: expected modalities among"),
    ):
        with pytest.raises(ValueError, match=message):
            fit_scaler(dataset, steps, per=per)
    with pytest.raises(ValueError, match="modality 'x': expected finite numbers, got infinite ones"):
        fit_scaler(MultimodalBaseDataset({"x": x / 0}), {"x": "standardise"})
    with pytest.raises(TypeError, match="steps: expected a dict of modality to words, got str"):
        fit_scaler(dataset, "standardise")
    with pytest.raises(TypeError, match="fit_scaler: expected a multimodal data set or splits, got a dict"):
        fit_scaler({"x": x}, {"x": "standardise"})
    scaler = fit_scaler(dataset, {"x": "standardise"})
    with pytest.raises(ValueError, match=r"the modalities \['x', 'y'\] that the scaler .* got 'w'"):
        scaler.transform(MultimodalBaseDataset({"w": x}))
    with pytest.raises(ValueError, match=r"modality 'x': expected shape \(\.\.\., 3\) .* got \(5, 4\)"):
        scaler.inverse_transform({"x": torch.zeros(5, 4)})
    with pytest.raises(TypeError, match="inputs: expected a data set, a batch, a sample"):
        scaler.transform([x])
