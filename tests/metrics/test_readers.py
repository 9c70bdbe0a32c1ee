"""Readers are given data, whatever the shape of what is expected of them."""

from __future__ import annotations

import torch

from tests.widgets.kinds import KINDS
from workbench.metrics.readers import readers_of
from workbench.training import build_model


class First:
    """Reads the first id."""

    def classify(self, ids: torch.Tensor, *, legacy: bool = False) -> torch.Tensor:
        return ids[:, 0] + 100 * legacy


def test_probabilities_of_ids_are_read_by_the_most_probable_ones():
    model = build_model(KINDS["many_classes"](), latent_dim=3)
    expected = model.generate_from_prior(5)
    readers = readers_of(model, {"odd": First(), "plain": First()})
    ids = expected["odd"].argmax(-1)
    assert torch.equal(readers["odd"].classify(expected["odd"]), ids[:, 0])
    assert torch.equal(readers["odd"].classify(expected["odd"], legacy=True), ids[:, 0] + 100)
    assert torch.equal(readers["plain"].classify(expected["plain"]), expected["plain"][:, 0])


def test_readers_for_models_of_others_stay_as_they_are():
    readers = {"a": First()}
    assert readers_of(object(), readers) == readers
