"""Everything that shows a model opens on data of every kind, and goes on when another sample is chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from mopoe import MoPoE
from mopoe.data import masks_of
from tests.widgets.kinds import KINDS
from workbench.datasets.base import Splits
from workbench.datasets.checks import require_complete
from workbench.explorers import (
    Explorer,
    explore_families,
    explore_subsets,
    explore_training,
    explore_traversals,
)
from workbench.metrics import conditional_coherence, joint_coherence, latent_accuracy
from workbench.posteriors.samples import present_modalities, take_sample
from workbench.posteriors.views import show_ladder, show_samples
from workbench.samplers import fit_latent_mixture, generate
from workbench.training import TrainConfig, build_model, fit
from workbench.training.views import show_training


class Constant:
    """Reads the same in everything that has the shape of data."""

    def __init__(self, *dims: int) -> None:
        self.dims = dims

    def classify(self, data: Tensor) -> Tensor:
        assert data.shape[1:] == self.dims
        return torch.zeros(len(data), dtype=torch.long)


def model_of(data: Splits, **options: Any) -> MoPoE:
    return build_model(data, latent_dim=3, **options)


def classifiers(data: Splits) -> dict[str, Constant]:
    return {name: Constant(*dims) for name, dims in data.input_dims.items()}


def follow(explorer: Explorer, *changes: dict[str, Any]) -> None:
    """Each change is drawn without complaint; at last everything is printed and listed."""
    assert explorer.message.value == ""
    for values in changes:
        explorer.state.update(values)
        assert explorer.message.value == "", values
    assert explorer.figure().text()
    assert explorer.table()


def open_subsets(data: Splits) -> None:
    explorer = explore_subsets(model_of(data), data.test, n_draws=2, classifiers=classifiers(data))
    samples = [{"sample": i, "shown": ["odd", "plain"]} for i in range(4)]
    others = [{"quantity": name} for name in ("log_likelihood", "coherence", "distance")]
    both = [
        i for i in range(8) if len(present_modalities(take_sample(explorer.model, explorer.dataset, i))) == 2
    ]
    swap = {"sample": both[0], "swap": "odd", "swap_sample": both[1]}
    follow(explorer, *samples, *others, swap, {"posterior": "mixture"})


def open_traversals(data: Splits) -> None:
    explorer = explore_traversals(model_of(data), data.test, classifiers=classifiers(data))
    line = {"mode": "line", "basis": "principal", "to_sample": 2}
    follow(explorer, {"sample": 1}, {"offsets": [1.0], "shown": ["odd"]}, line)


def open_families(data: Splits) -> None:
    models = {"MoPoE": model_of(data), "MVAE": model_of(data, subsets="poe")}
    explorer = explore_families(models, data.test, K=8, n_draws=1)
    follow(explorer, {"sample": 1}, {"sample": 2, "shown": ["odd"], "posterior": "mixture"}, {"n_images": 4})


def open_training(data: Splits) -> None:
    follow(explore_training(data, step=1), {"step": 2, "sample": 1, "pictured": "odd"}, {"shown": ["odd"]})


def show(data: Splits) -> None:
    model = model_of(data)
    assert repr(data) and data._repr_html_() and model._repr_html_()
    assert show_samples(data.test, range(4)).png
    for sample in (1, 2):
        assert show_ladder(model, data.test, sample, classifiers(data)).png


def measure(data: Splits) -> None:
    model = model_of(data)
    assert generate(model, 3)["plain"].shape == (3, 3)
    assert joint_coherence(model, classifiers(data), seed=0, n=8)._repr_html_()
    assert latent_accuracy(model, data.train, data.test, n_labelled=12, n_draws=2, seed=0)._repr_html_()
    part = data.test[[i for i in range(12) if len(present_modalities(take_sample(model, data.test, i))) == 2]]
    if masks_of(part) is None:
        assert fit_latent_mixture(model, part, n_components=1, seed=0).latent_dim == 3
        assert conditional_coherence(model, part, classifiers(data), seed=0)._repr_html_()
    else:
        with pytest.raises(ValueError, match="expected complete data, got missing entries"):
            require_complete(part)
        with pytest.raises(ValueError, match="expected complete data, got missing entries"):
            conditional_coherence(model, part, classifiers(data), seed=0)
        with pytest.raises(ValueError, match="expected complete data, got missing entries"):
            fit_latent_mixture(model, part, n_components=1, seed=0)


def train(data: Splits) -> None:
    config = TrainConfig(epochs=1, device="cpu", progress=False)
    result = fit(model_of(data), data.train, data.validation, config)
    assert show_training(result).get_axes()


USES: dict[str, Callable[[Splits], None]] = {
    use.__name__: use
    for use in (open_subsets, open_traversals, open_families, open_training, show, measure, train)
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_shows_a_model_takes_data_of_every_kind(kind: str, use: str) -> None:
    USES[use](KINDS[kind]())
