from __future__ import annotations

import pytest

from mopoe import MoPoEConfig
from workbench.datasets import mnist_text, paper_rescaling

PAPER = {"digit": (1, 28, 28), "svhn": (3, 32, 32), "text": (8, 27)}
LIKELIHOODS = {"digit": "laplace", "svhn": "laplace", "text": "categorical"}


def test_mnist_svhn_text_is_weighed_as_in_the_paper():
    factors = paper_rescaling(PAPER, LIKELIHOODS)
    assert factors == {"digit": pytest.approx(3.918, abs=5e-4), "svhn": 1, "text": 384}
    assert factors["digit"] == 3072 / 784


def test_the_model_by_itself_counts_one_hot_entries():
    config = MoPoEConfig(3, input_dims=PAPER, uses_likelihood_rescaling=True, decoders_dist=LIKELIHOODS)
    own, paper = config.factors(list(PAPER)), paper_rescaling(PAPER, LIKELIHOODS)
    assert (own["digit"], own["svhn"]) == (paper["digit"], paper["svhn"])
    assert paper["text"] == pytest.approx(27 * own["text"])
    given = config.replace(rescale_factors=paper)
    assert given.factors(list(PAPER)) == paper


def test_a_digit_a_photograph_and_a_text():
    splits = mnist_text(n_train=10, n_validation=10, n_test=10)
    assert paper_rescaling(splits.input_dims, splits.decoders_dist) == {"digit": 3, "photo": 1, "text": 294}


def test_shapes_without_axes_and_likelihoods_that_are_functions():
    dims = {"number": (), "class": (5,), "vector": (6,), "own": (2, 3)}
    kinds = {"class": "categorical", "own": lambda recon, target: -((recon - target) ** 2)}
    assert paper_rescaling(dims, kinds) == {"number": 6, "class": 6, "vector": 1, "own": 1}


@pytest.mark.parametrize(
    ("dims", "kinds", "match"),
    [
        ({}, {}, "paper_rescaling: expected the shape of some modalities, got none"),
        ({"a": (2,)}, {"b": "normal"}, r"likelihoods: expected modalities among \['a'\], got 'b'"),
        (
            {"a": ()},
            {"a": "categorical"},
            r"input_dims\['a'\]: expected 1 or more axes for 'categorical', got \(\)",
        ),
        ({"a": (2, 0)}, {}, r"input_dims\['a'\]: expected sizes of at least 1, got \(2, 0\)"),
    ],
)
def test_what_has_no_size_is_refused(dims, kinds, match):
    with pytest.raises(ValueError, match=match):
        paper_rescaling(dims, kinds)
