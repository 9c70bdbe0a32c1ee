"""The charts of limits and of balance show the numbers that they were given."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from matplotlib.lines import Line2D

from mopoe import Summary
from workbench.datasets.linear_gaussian.model import linear_gaussian_model
from workbench.topics.limits.arrays import DecodedWorld, FamilyGap, QualityCoherence
from workbench.topics.limits.charts import gap_chart
from workbench.topics.limits.views import show_gaps, show_trade_off, show_variety
from workbench.topics.limits.world import shared_and_private
from workbench.topics.rescaling.arrays import Certainty, LinearBalance, ViewBalance
from workbench.topics.rescaling.views import show_cost, show_explained, show_words
from workbench.topics.rescaling.world import large_and_small


def heights(line: Line2D) -> list[float]:
    return np.asarray(line.get_ydata()).tolist()


def share(value: float) -> Summary:
    return Summary(value, 0.01, unit="")


def gap(value: float) -> FamilyGap:
    return FamilyGap(Summary(value, 0.1), Summary(value / 2, 0.1), Summary(value / 4, 0.1), 16, value - 0.2)


def test_gaps_stand_beside_their_floors_and_bounds_at_the_largest_variation() -> None:
    gaps = {"MVAE": {0.5: gap(1.0), 1.0: gap(2.0)}, "MMVAE": {0.5: gap(3.0), 1.0: gap(8.0)}}
    left, right = gap_chart(gaps, [0.5, 1.0], {"MVAE": [0.8, 1.8], "MMVAE": [2.8, 7.8]}).axes
    dashed = [heights(line) for line in left.lines if line.get_linestyle() == "--"]
    assert [0.8, 1.8] in dashed and [2.8, 7.8] in dashed
    assert [3.0, 8.0] in [heights(line) for line in left.lines]
    assert [8.0, 4.0, 2.0] in [heights(line) for line in right.lines]
    assert "t = 1" in right.get_title()


def test_the_line_of_the_best_encoders_is_that_of_the_family() -> None:
    """Without a shared factor a single view leaves t²/σ² of half a nat for each unseen number, by hand."""
    worlds = partial(shared_and_private, 2, shared=0.0, noise=1.0, private_dim=1)
    trained = {"MMVAE": {t: linear_gaussian_model(worlds(t), subsets="moe") for t in (1.0, 2.0)}}
    left, _ = show_gaps({"MMVAE": {1.0: gap(1.0), 2.0: gap(2.0)}}, trained, worlds).axes
    line = next(line for line in left.lines if line.get_linestyle() == "--")
    assert heights(line)[0] == pytest.approx(0.5) and heights(line)[-1] == pytest.approx(2.0)


def test_variety_is_a_share_of_the_data_s() -> None:
    world = DecodedWorld([0.4, 0.6], 1.0, 0.5, 0.5, Summary(0.3, 0.05))
    left, right = show_variety({"MMVAE": {0.5: world, 2.0: world}}, noise=0.5).axes
    drawn = [heights(line) for line in left.lines]
    assert [0.4, 0.4] in drawn and [0.6, 0.6] in drawn
    algebra = next(heights(line) for line in left.lines if len(heights(line)) > 2)
    # ω = 1/2: at t = σ just the noise is left, and half of everything beyond.
    assert algebra[0] == pytest.approx(0.5) and algebra[-1] == pytest.approx(0.5)
    assert [0.3, 0.3] in [heights(line) for line in right.lines]


def test_better_likelihood_is_further_up() -> None:
    runs = [QualityCoherence(100.0, 50.0, 0.2, 0.6), QualityCoherence(110.0, 55.0, 0.4, 0.8)]
    left, right = show_trade_off({"MVAE": runs}).axes
    bottom, top = left.get_ylim()
    assert top < bottom
    assert [105.0] in [heights(line) for line in left.lines]
    assert [pytest.approx(0.7)] in [heights(line) for line in right.lines]


def test_marks_of_trained_models_stand_on_the_panel_of_their_latent() -> None:
    trained = [
        LinearBalance(r, size, {"large": share, "small": 1 - share}, -70.0, -60.0)
        for size, share in ((1, 0.25), (2, 0.125))
        for r in (1.0, 50.0)
    ]
    chart = show_explained(large_and_small((8, 2)), trained)
    assert [axes.get_title() for axes in chart.axes] == ["A latent of 1 number", "A latent of 2 numbers"]
    for axes, share in zip(chart.axes, (0.25, 0.125), strict=True):
        assert [share, share] in [heights(line) for line in axes.lines]


def test_words_have_a_mark_a_seed() -> None:
    runs = [
        ViewBalance(1.0, {"digit": nats, "text": 9.0}, {"digit": 30.0, "text": 12.0}, 0.1, 0.8, ["one"])
        for nats in (100.0, 120.0)
    ]
    words, picture, shares = show_words({1.0: runs}, {"digit": 270.0, "text": 14.0}).axes
    assert words.get_title() == "text, from itself"
    drawn = [heights(line) for line in picture.lines]
    assert [110.0] in drawn and [100.0, 120.0] in drawn
    legend = shares.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "word read back",
        "digit imagined",
    ]


def test_models_worse_than_a_guess_stay_on_the_chart() -> None:
    run = ViewBalance(1.0, {"digit": 310.0, "text": 16.0}, {"digit": 0.0, "text": 0.0}, 0.0, 0.1, ["one"])
    words, picture, _ = show_words({1.0: [run, run]}, {"digit": 270.0, "text": 14.0}).axes
    assert words.get_ylim()[1] > 16.0 and picture.get_ylim()[1] > 310.0


def test_costs_are_drawn_against_the_evidence_and_the_claimed_level() -> None:
    trained = [LinearBalance(r, 2, {}, value, -74.0) for r, value in ((1.0, -75.0), (50.0, 40.0))]
    claims = [Certainty(1.0, 0.3, 0.3, share(0.95)), Certainty(50.0, 0.05, 0.3, share(0.2))]
    left, right = show_cost(trained, claims).axes
    assert [-75.0, 40.0] in [heights(line) for line in left.lines]
    assert [-74.0, -74.0] in [heights(line) for line in left.lines]
    assert [0.95, 0.2] in [heights(line) for line in right.lines]
