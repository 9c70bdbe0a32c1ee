"""With SVHN's files in a folder, the experiment on three kinds of data is the paper's."""

from __future__ import annotations

import pytest

from workbench.datasets import load_dataset, paper_rescaling
from workbench.paper.mixed import load_mixed, paper_networks
from workbench.paper.weights import weights_table
from workbench.training.build import build_model

SMALL = {"n_train": 60, "n_validation": 20, "n_test": 20, "seed": 0}


def test_house_numbers_with_the_papers_networks_and_weights(small_svhn):
    options = {"svhn_digests": small_svhn.digests} | SMALL
    data = load_mixed(str(small_svhn.folder), **options)
    assert data.train.digest() == (
        load_dataset("mnist_svhn_text", svhn_dir=small_svhn.folder, **options).train.digest()
    )
    names = paper_networks(data)
    assert names == {"digit": "mlp", "svhn": "conv32", "text": "text1d"}
    assert build_model(data, networks=names, latent_dim=4)(data.train).loss.isfinite()
    factors = paper_rescaling(data.input_dims, data.decoders_dist)
    assert factors == pytest.approx({"digit": 3072 / 784, "svhn": 1, "text": 384})
    assert [row[3] for row in weights_table(data, factors).rows] == ["3.918", "1", "384"]


def test_drawings_come_from_the_folder_of_mnist(small_mnist):
    options = {"digests": small_mnist.digests} | SMALL
    data = load_mixed(data_dir=str(small_mnist.folder), **options)
    assert data.train.digest() == (
        load_dataset("mnist_text", data_dir=small_mnist.folder, **options).train.digest()
    )
