"""The arrays behind the pictures are the model's own answers."""

from __future__ import annotations

import pytest
import torch

from workbench.posteriors.generation import conditional_generation


def test_mean_is_decoded_from_the_posterior_mean(model, dataset):
    got = conditional_generation(model, dataset, 2, ["grey", "text"])
    want = model.decode(model.encode(dataset[2], ["grey", "text"], return_mean=True))
    for name in model.modalities:
        torch.testing.assert_close(torch.from_numpy(got.mean[name]), want[name][0].detach())


def test_the_same_seed_gives_the_same_draws_whatever_was_drawn_before(model, dataset):
    first = conditional_generation(model, dataset, 0, ["photo"], seed=4)
    torch.rand(100)
    again = conditional_generation(model, dataset, 0, ["photo"], seed=4)
    assert (first.draws["grey"] == again.draws["grey"]).all()


def test_classifiers_read_the_mean_and_every_draw(model, dataset):
    class Brightness:
        def classify(self, images):
            return (images.mean((1, 2, 3)) > 0.5).long()

    got = conditional_generation(model, dataset, 1, ["photo"], n_draws=4, classifiers={"grey": Brightness()})
    pictures = [got.mean["grey"], *got.draws["grey"]]
    assert got.readings["grey"] == [int(picture.mean() > 0.5) for picture in pictures]


def test_asking_for_a_missing_modality_is_refused(model, dataset):
    with pytest.raises(ValueError, match="photo"):
        conditional_generation(model, dataset, 3, ["photo"])


def test_generating_leaves_the_global_random_state_alone(model, dataset):
    before = torch.get_rng_state()
    conditional_generation(model, dataset, 0, ["photo"])
    conditional_generation(model, dataset, 0, [])
    assert torch.equal(before, torch.get_rng_state())
