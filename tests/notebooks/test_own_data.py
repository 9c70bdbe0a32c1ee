"""The networks, likelihoods and arrays of the lesson on data of one's own, held against independent oracles."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.distributions import Binomial
from torch.distributions import StudentT as TorchStudentT

from mopoe import MoPoE, MoPoEConfig

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture(scope="module")
def own() -> SimpleNamespace:
    """The three files beside the notebook, imported as the notebook does."""
    sys.path.insert(0, str(NOTEBOOKS))
    try:
        names = ("arrays", "likelihoods", "networks")
        return SimpleNamespace(**{name: importlib.import_module(f"own_data.{name}") for name in names})
    finally:
        sys.path.remove(str(NOTEBOOKS))


@pytest.fixture(scope="module")
def model(own: SimpleNamespace) -> MoPoE:
    torch.manual_seed(0)
    config = MoPoEConfig(
        2,
        latent_dim=3,
        input_dims={"drawing": (8, 8), "table": (6,)},
        decoders_dist={"drawing": own.likelihoods.BinomialCounts(), "table": own.likelihoods.StudentT()},
    )
    nets = own.networks
    encoders = {"drawing": nets.CountsEncoder(3), "table": nets.TableEncoder(6, 3)}
    return MoPoE(config, encoders, {"drawing": nets.CountsDecoder(3), "table": nets.TableDecoder(6, 3)})


@pytest.mark.parametrize("expected", [0.02, 3.7, 15.98])
def test_counts_are_those_of_a_binomial(own: SimpleNamespace, expected: float) -> None:
    counts = torch.arange(17, dtype=torch.float64)
    recon = torch.full_like(counts, expected)
    oracle = Binomial(16, torch.tensor(expected / 16, dtype=torch.float64)).log_prob(counts)
    torch.testing.assert_close(
        own.likelihoods.BinomialCounts()(recon, counts), oracle, rtol=1e-10, atol=1e-10
    )


def test_entries_are_those_of_students_t(own: SimpleNamespace) -> None:
    recon = torch.randn(7, 4, dtype=torch.float64)
    target = recon + 50 * torch.randn(7, 4, dtype=torch.float64) ** 3
    oracle = TorchStudentT(2.5, recon, 0.4).log_prob(target)
    found = own.likelihoods.StudentT(freedom=2.5, scale=0.4)(recon, target)
    torch.testing.assert_close(found, oracle, rtol=1e-10, atol=1e-10)


def test_expected_counts_stay_between_none_and_all(own: SimpleNamespace) -> None:
    decoder = own.networks.CountsDecoder(3)
    counts = decoder(1e4 * torch.randn(50, 3)).reconstruction
    assert counts.shape == (50, 8, 8)
    assert 0.1 > counts.min() > 0 and 16 > counts.max() > 15.9
    log_prob = own.likelihoods.BinomialCounts()(counts, torch.randint(17, counts.shape).float())
    assert torch.isfinite(log_prob).all()


def test_an_absurd_entry_moves_an_expert_no_further_than_a_large_one(own: SimpleNamespace) -> None:
    encoder = own.networks.TableEncoder(6, 3)
    row = torch.zeros(1, 6)
    large, absurd = row.clone(), row.clone()
    large[0, 2], absurd[0, 2] = 30.0, 1e6
    torch.testing.assert_close(encoder(large).embedding, encoder(absurd).embedding)
    assert not torch.allclose(encoder(row).embedding, encoder(large).embedding)


def test_they_are_networks_of_a_model(own: SimpleNamespace, model: MoPoE) -> None:
    drawings, _ = own.arrays.read_drawings()
    table = torch.from_numpy(own.arrays.measure(drawings[:5])).float()
    data = {"drawing": torch.from_numpy(drawings[:5]), "table": table}
    model.zero_grad()
    model(data).loss.backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in model.parameters())
    assert model.predict(data, "table", "drawing", N=2).drawing.shape == (5, 2, 8, 8)


def test_measurements_of_drawings_that_can_be_measured_by_hand(own: SimpleNamespace) -> None:
    bar = np.zeros((8, 8))
    bar[2:6, 3] = 16  # upright
    falling = np.diag(np.full(8, 4.0))  # down and to the right
    table = own.arrays.measure(np.stack([bar + 1e-12, falling]))
    found = dict(zip(own.arrays.COLUMNS, table.T, strict=True))
    np.testing.assert_allclose(found["ink"], [64, 32])
    np.testing.assert_allclose(found["right"], [3, 3.5])
    np.testing.assert_allclose(found["down"], [3.5, 3.5])
    np.testing.assert_allclose(found["width"], [0, np.std(range(8))], atol=1e-5)
    np.testing.assert_allclose(found["height"], [np.std([2, 3, 4, 5]), np.std(range(8))])
    np.testing.assert_allclose(found["slant"][1], 1)


def test_slips_are_ten_times_too_large_and_as_many_as_asked_for(own: SimpleNamespace) -> None:
    table = np.arange(1.0, 40_001).reshape(-1, 4)
    typed = own.arrays.slip(table, 0.02, seed=3)
    ratio = typed / table
    assert set(np.unique(ratio.round(9))) == {1.0, 10.0}
    assert abs((ratio > 5).mean() - 0.02) < 4 * (0.02 * 0.98 / table.size) ** 0.5
    assert np.array_equal(typed, own.arrays.slip(table, 0.02, seed=3))


def test_words_are_one_hot_and_read_back(own: SimpleNamespace) -> None:
    letters = own.arrays.spell(np.arange(10))
    assert letters.shape == (10, 5, 16)
    assert np.array_equal(letters.sum(-1), np.ones((10, 5)))
    assert [own.arrays.read_word(word) for word in letters] == list(own.arrays.WORDS)
    assert own.arrays.read_word(torch.from_numpy(letters[7])) == "seven"
