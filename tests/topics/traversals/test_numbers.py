"""Numbers of the traversal explorer against torch.distributions and hand-made decoding."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from tests.widgets.every_kind import DIMS
from workbench.topics.traversals.explorer import explore_traversals

ORDER = list(DIMS)


class Parity:
    """Reads whether the sum of a picture is large."""

    def classify(self, images):
        return (images.flatten(1).mean(1) > 0.5).long()


def full_posterior(model, dataset, rows):
    """The product of the experts of samples that lack nothing, by hand: the prior is one expert of it."""
    with torch.no_grad():
        experts = model.modality_encode(dataset[torch.as_tensor(rows)])
    precision = 1 + sum(torch.exp(-e.log_covariance) for e in experts.values())
    mean = sum(torch.exp(-e.log_covariance) * e.embedding for e in experts.values()) / precision
    return Normal(mean, precision.rsqrt())


def posteriors_of_all(model, dataset):
    """As above, and of sample 3, which lacks the photo: three experts, and no prior among them."""
    full = full_posterior(model, dataset, [i for i in range(12) if i != 3])
    with torch.no_grad():
        experts = model.modality_encode(dataset[torch.tensor([3])])
    there = [experts[name] for name in ORDER[1:]]
    precision = sum(torch.exp(-e.log_covariance) for e in there)
    mean = sum(torch.exp(-e.log_covariance) * e.embedding for e in there) / precision
    return Normal(torch.cat([full.mean, mean]), torch.cat([full.stddev, precision.rsqrt()]))


def test_the_axes_are_ranked_by_the_mean_kl_of_each_dimension(explorer, model, dataset):
    exact = kl_divergence(posteriors_of_all(model, dataset), Normal(0.0, 1.0)).mean(0).numpy()
    axes = explorer.current.axes
    assert [int(number) for number in axes.numbers] == np.argsort(-exact).tolist()
    assert axes.nats == pytest.approx(np.sort(exact)[::-1], rel=1e-4, abs=1e-6)
    assert (axes.directions == np.eye(6)[np.argsort(-exact)]).all()


def test_principal_directions_are_those_of_the_covariance_of_the_means(explorer, model, dataset):
    explorer.state.basis = "principal"
    posteriors = posteriors_of_all(model, dataset)
    _, vectors = np.linalg.eigh(np.cov(posteriors.mean.numpy().T.astype(float)))
    axes = explorer.current.axes
    assert np.abs(axes.directions @ vectors[:, ::-1]) == pytest.approx(np.eye(6), abs=2e-3)
    largest = np.take_along_axis(axes.directions, np.abs(axes.directions).argmax(1)[:, None], 1)
    assert (largest > 0).all()
    # The KL along a direction is that of the marginal, whose variance is a full covariance's quadratic form.
    for direction, nats in zip(torch.as_tensor(axes.directions), axes.nats, strict=True):
        spread = torch.stack([direction @ torch.diag(v) @ direction for v in posteriors.variance]).sqrt()
        marginal = Normal(posteriors.mean @ direction, spread)
        assert nats == pytest.approx(kl_divergence(marginal, Normal(0.0, 1.0)).mean().item(), rel=1e-3)


def test_the_moved_latent_is_the_posterior_mean_plus_the_offsets(explorer, model, dataset):
    explorer.state.offsets = [1.5, 0, -2]
    z = full_posterior(model, dataset, [1]).mean
    moved = z.clone()
    numbers = [int(number) for number in explorer.current.axes.numbers]
    moved[0, numbers[0]] += 1.5
    moved[0, numbers[2]] -= 2
    for name in ORDER:
        before, after = (model.decode(latent)[name][0].numpy() for latent in (z, moved))
        assert explorer.current.unmoved[name] == pytest.approx(before, abs=1e-5)
        assert explorer.current.moved[name] == pytest.approx(after, abs=1e-5)
        assert explorer.current.changes[name] == pytest.approx(np.abs(after - before).mean(), abs=1e-6)


def test_the_strip_replaces_the_walked_offset_and_keeps_the_others(explorer, model, dataset):
    explorer.state.update({"offsets": [1.0, 0.4], "walked": 1})
    z = full_posterior(model, dataset, [1]).mean.repeat(9, 1)
    first, second = (int(number) for number in explorer.current.axes.numbers[:2])
    z[:, first] += 1.0
    z[:, second] += torch.linspace(-3, 3, 9)
    wanted = model.decode(z)
    strip = explorer.current.strip
    for name in ORDER:
        assert strip.data[name] == pytest.approx(wanted[name].numpy(), abs=1e-5)
    assert strip.share == pytest.approx((0.4 + 3) / 6)
    assert strip.headings[0] == "−3" and strip.headings[4] == "0" and strip.headings[-1] == "+3"
    assert "+0.4 sd" in explorer.views["ruler"].svg


def test_a_line_goes_straight_from_mean_to_mean(explorer, model, dataset):
    explorer.state.update({"mode": "line", "to_sample": 7, "position": 0.25})
    ends = full_posterior(model, dataset, [1, 7]).mean
    here = model.decode(0.75 * ends[:1] + 0.25 * ends[1:])
    last = model.decode(ends[1:])
    for name in ORDER:
        assert explorer.current.moved[name] == pytest.approx(here[name][0].numpy(), abs=1e-5)
        assert explorer.current.strip.data[name][-1] == pytest.approx(last[name][0].numpy(), abs=1e-5)
        assert (explorer.current.target[name] == dataset[7].data[name].numpy()).all()
    assert explorer.is_shown("line") and not explorer.is_shown("strip")
    assert explorer.views["line"].layout.display == "" and explorer.views["strip"].layout.display == "none"
    assert "25% of the way to sample 7" in explorer.status.value


def test_private_axes_rank_samples_that_have_the_modality(private, dataset):
    rows = torch.tensor([i for i in range(12) if i != 3])
    with torch.no_grad():
        expert = private.model.modality_encode(dataset[rows])["photo"]
    q = Normal(expert.style_embedding, torch.exp(0.5 * expert.style_log_covariance))
    exact = kl_divergence(q, Normal(0.0, 1.0)).mean(0).numpy()
    found = private.analysis.axes("private:photo", "dimensions").nats
    assert found == pytest.approx(np.sort(exact)[::-1], rel=1e-4, abs=1e-6)


def test_nothing_shown_starts_at_the_mean_of_the_prior(explorer, model):
    explorer.state.shown = []
    wanted = model.decode(torch.zeros(1, 6))["numbers"][0].numpy()
    assert explorer.current.unmoved["numbers"] == pytest.approx(wanted, abs=1e-6)
    assert "sees nothing" in explorer.status.value


def test_classifiers_read_every_picture(model, dataset):
    explorer = explore_traversals(model, dataset, classifiers={"grey": Parity()}, offsets=[3.0])
    answer = explorer.current
    for read, values in (
        (answer.readings["grey"], [answer.unmoved["grey"], answer.moved["grey"]]),
        (answer.strip.readings["grey"], answer.strip.data["grey"]),
    ):
        assert read == [int(value.mean() > 0.5) for value in values]


def test_texts_are_written(model, dataset):
    asked = []
    explore_traversals(model, dataset, texts={"text": lambda values: asked.append(values.shape) or "word"})
    assert set(asked) == {(8, 27)} and len(asked) >= 3 + 9
