"""Data that are no pictures are written: by the user's functions, and tables by their numbers."""

from __future__ import annotations

import numpy as np
import torch

from mopoe import MoPoE, MoPoEConfig
from tests.widgets.kinds import KINDS
from workbench.posteriors.renderers import MOST_NUMBERS, renderers
from workbench.posteriors.samples import data_to_draw, take_sample
from workbench.training import build_model


def test_a_function_is_given_ids_of_data_and_of_what_is_expected():
    data = KINDS["padded_tokens"]()
    model = build_model(data, latent_dim=3)
    write = renderers(model, {"odd": lambda ids: " ".join(map(str, ids.tolist()))})["odd"]
    drawn = data_to_draw(model, take_sample(model, data.test, 4))["odd"]
    assert write(drawn) == " ".join(map(str, data.test.data["odd"][4].tolist()))
    expected = model.decode(torch.zeros(3))["odd"].numpy()
    assert write(expected) == " ".join(map(str, expected.argmax(-1).tolist()))


def test_functions_of_other_data_stay_as_they_are(model):
    def write(values):
        return "text"

    assert renderers(model, {"text": write}) == {"text": write}
    assert renderers(model, None) == {}


def test_a_short_table_is_written_number_by_number():
    data = KINDS["table_with_gaps"]()
    write = renderers(build_model(data, latent_dim=3), None)["odd"]
    assert write(np.array([5.125, np.nan, -12345.0, 2.0])) == "5.12\n–\n−1.23e+04\n2"


def test_a_long_table_is_drawn_as_bars():
    n = MOST_NUMBERS + 1
    parts = {"parts": [{"columns": list(range(n)), "likelihood": "normal"}]}
    config = MoPoEConfig(
        2,
        2,
        {"a": (n,), "b": (2,)},
        decoders_dist={"a": "mixed"},
        decoder_dist_params={"a": parts},
    )
    assert renderers(MoPoE(config), None) == {}


def test_a_single_number_is_written():
    config = MoPoEConfig(
        4,
        2,
        {"price": (1,), "age": (), "two": (2,), "kind": ()},
        decoders_dist={"kind": "categorical"},
        decoder_dist_params={"kind": {"n_classes": 3}},
    )
    found = renderers(MoPoE(config), None)
    assert set(found) == {"price", "age"}
    assert found["price"](np.array([1234.0])) == "1.23e+03" and found["age"](np.array(np.nan)) == "–"
