"""Means over seeds, Student's intervals and paired differences, against numbers computed by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from workbench.paper.results.summary import dropout_cost, paired_differences, rises, summarise
from workbench.uncertainty import student_interval, student_reach

T_2_95, T_2_68 = 4.302653, 1.311578  # Student's t with two degrees of freedom, at 0.975 and 0.84


def test_means_errors_and_intervals_over_seeds(records) -> None:
    rows = summarise(records)
    assert [row.label for row in rows] == ["MVAE", "MMVAE", "MoPoE", "MultiVae"]
    value = rows[2].values["coherence_2"]  # 0.60, 0.61, 0.62
    error = 0.01 / math.sqrt(3)
    assert value.value == pytest.approx(0.61) and value.n == 3
    assert value.standard_error == pytest.approx(error)
    assert student_interval(value) == pytest.approx((0.61 - T_2_95 * error, 0.61 + T_2_95 * error))
    assert student_reach(value) == pytest.approx(T_2_95 * error)
    assert rows[2].image_errors["coherence_2"] == pytest.approx(0.004)
    assert rows[2].values["nll"].unit == "nats" and value.unit == ""
    assert "nll" not in rows[2].image_errors
    assert student_reach(value, 0.68) == pytest.approx(T_2_68 * error, rel=1e-5)


def test_curves_hold_their_own_metric_alone(records) -> None:
    row = summarise(records)[2]
    assert list(row.curve("coherence")) == [1, 2, 3, 4]
    assert row.curve("coherence")[4].value == pytest.approx(0.81)
    assert row.curve("coherence_legacy")[4].value == pytest.approx(0.76)
    assert list(row.curve("latent_accuracy")) == [1, 2, 3, 4, 5]
    assert row.curve("joint_coherence") == {}


def test_one_seed_has_no_interval_but_its_error_over_images(record_of) -> None:
    (row,) = summarise([record_of()])
    value = row.values["coherence_1"]
    assert value.value == 0.5 and value.n == 1 and row.image_errors["coherence_1"] == 0.004
    assert math.isnan(value.standard_error) and math.isnan(student_reach(value))


def test_what_varies_besides_the_seed_makes_rows_of_its_own(record_of) -> None:
    rows = summarise([record_of(seed=seed, beta=beta) for beta in (2.5, 1.0) for seed in (0, 1)])
    assert [row.label for row in rows] == ["MoPoE, beta = 2.5", "MoPoE, beta = 1"]
    assert [row.values["nll"].n for row in rows] == [2, 2]


def test_a_metric_that_some_runs_lack_is_the_mean_of_the_others(record_of) -> None:
    short = replace(record_of(seed=1), metrics={"nll": {"value": 9002.0}})
    (row,) = summarise([record_of(), short])
    assert row.values["nll"].n == 2 and row.values["coherence_1"].n == 1


def test_differences_are_paired_by_seed(records, record_of) -> None:
    (row,) = paired_differences([*records, record_of("MoPoE", 7)], "MMVAE", "MVAE")
    assert row.label == "MMVAE − MVAE"
    value = row.values["coherence_2"]
    assert value.n == 3, "a seed that one of them lacks is no pair"
    assert value.value == pytest.approx(0.3) and student_reach(value) == pytest.approx(0, abs=1e-12)
    assert row.image_errors["coherence_2"] == pytest.approx(0.004 * math.sqrt(2))
    assert row.values["nll"].unit == "nats", "a difference has the unit of both"
    (row,) = paired_differences(records, "MMVAE", "MoPoE")
    assert row.values["coherence_1"].value == pytest.approx(0.1)


def test_differences_need_families_and_common_seeds(records, record_of) -> None:
    with pytest.raises(ValueError, match="one of the families MVAE, MMVAE, MoPoE, MultiVae, got 'other'"):
        paired_differences(records, "MoPoE", "other")
    with pytest.raises(ValueError, match="no seed in common"):
        paired_differences([record_of("MoPoE", 0), record_of("MVAE", 1)], "MoPoE", "MVAE")
    with pytest.raises(ValueError, match="no seed in common"):
        paired_differences([record_of("MoPoE", beta=1.0), record_of("MVAE", beta=2.0)], "MoPoE", "MVAE")


def test_dropout_costs_what_the_two_coherences_differ_by(records) -> None:
    rows = dropout_cost(records)
    assert [row.family for row in rows] == ["MVAE", "MMVAE", "MoPoE", "MultiVae"]
    assert list(rows[0].curve("dropout_cost")) == [1, 2, 3, 4]
    assert all(value.value == pytest.approx(0.05) for row in rows for value in row.values.values())


def test_rises_are_from_the_first_place_to_the_last(records) -> None:
    found = {row.label: row.values["rise"] for row in rises(records, "coherence")}
    assert found["MoPoE"].value == pytest.approx(0.3) and found["MMVAE"].value == pytest.approx(0)
    assert found["MoPoE"].n == 3 and student_reach(found["MoPoE"]) == pytest.approx(0, abs=1e-12)
    assert rises(records, "nothing") == []


def test_a_run_without_a_family_is_refused(record_of) -> None:
    with pytest.raises(ValueError, match="polymnist has no parameter 'family'"):
        summarise([replace(record_of(), parameters={"seed": 0})])
