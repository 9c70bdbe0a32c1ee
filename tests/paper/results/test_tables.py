"""Tables tell measured from quoted, in HTML and in Markdown, and one seed from an interval."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from workbench.paper.results.charts import show_coherence_curves
from workbench.paper.results.published import PUBLISHED, published
from workbench.paper.results.report import write_report
from workbench.paper.results.runs import read_runs
from workbench.paper.results.summary import dropout_cost, paired_differences, summarise
from workbench.paper.results.tables import (
    Table,
    complete_table,
    curve_table,
    differences_table,
    evidence_table,
    numbers_table,
)


def test_quotes_stand_below_their_family_and_are_called_quoted(records) -> None:
    rows = curve_table(
        "Coherence", summarise(records), "coherence_legacy", published("coherence_legacy")
    ).rows
    assert [(row[0], row[1].partition(":")[0]) for row in rows] == [
        ("MVAE", "measured"),
        ("MVAE", "quoted"),
        ("MMVAE", "measured"),
        ("MMVAE", "quoted"),
        ("MoPoE", "measured"),
        ("MoPoE", "quoted"),
        ("MoPoE", "quoted"),
        ("MoPoE", "quoted"),
        ("MultiVae", "measured"),
    ]
    assert rows[5][2:] == ["0.66", "0.77", "0.81", "0.83", "", ""]
    assert rows[6][2] == "0.636" and rows[7][5] == "0.80" and rows[1][4] == "0.480"
    assert rows[4][2:] == [
        "0.460 (0.435 to 0.485)",
        "0.560 (0.535 to 0.585)",
        "0.660 (0.635 to 0.685)",
        "0.760 (0.735 to 0.785)",
        "3",
        "0.004",
    ]


def test_one_seed_says_that_its_interval_is_not_known(record_of) -> None:
    (row,) = curve_table("Coherence", summarise([record_of()]), "coherence").rows
    assert row[2] == "0.500 (one seed)" and row[-2:] == ["1", "0.004"]
    (row,) = [row for row in complete_table(summarise([record_of()])).rows if row[1] == "−ln p(x) in nats"]
    assert row[2:] == ["9000.00", "–", "–", "–", "1", "–"]


def test_numbers_in_doubt_are_marked_and_the_title_says_what_the_mark_is(records) -> None:
    doubt = "not to be believed: 3 of 50 samples have k̂ > 0.7"
    spoilt = [
        replace(one, metrics={**one.metrics, "nll": {**one.metrics["nll"], "diagnosis": doubt}})
        if one.parameters == {**one.parameters, "family": "MoPoE", "seed": 1}
        else one
        for one in records
    ]
    row = next(row for row in summarise(spoilt) if row.family == "MoPoE")
    assert row.values["nll"].diagnosis == f"in 1 of 3 seeds {doubt}"
    mark = "† not to be believed in some seed, whose run says why"
    for made, marked in ((spoilt, 1), (records, 0)):
        gaps = [*paired_differences(made, "MoPoE", "MVAE"), *paired_differences(made, "MVAE", "MMVAE")]
        for table in (
            numbers_table("NLL", summarise(made), ["nll", "coherence_1"]),
            complete_table(summarise(made)),
            differences_table("Differences", gaps),
        ):
            assert sum("†" in cell for line in table.rows for cell in line) == marked, table.title
            assert (mark in table.title) == bool(marked)


def test_single_numbers_beside_quotes(records) -> None:
    table = numbers_table(
        "Joint coherence",
        summarise(records),
        ["joint_coherence_prior", "joint_coherence_mixture", "nobody_records_this"],
        published("joint_coherence_prior"),
    )
    assert table.header == ["family", "kind", "joint coherence, prior", "joint coherence, mixture", "seeds"]
    assert table.rows[2] == ["MoPoE", "measured", "0.100 (0.100 to 0.100)", "0.220 (0.170 to 0.270)", "3"]
    assert table.rows[3] == ["MoPoE", "quoted: MultiVae, early log; dropout left on", "0.11", "–", ""]


def test_differences_have_signs_and_say_whether_zero_is_left_out(records) -> None:
    table = differences_table("MMVAE against MVAE", paired_differences(records, "MVAE", "MMVAE"), 0.9)
    assert "90% interval" in table.title
    by_measure = {row[0]: row[2:] for row in table.rows}
    assert by_measure["coherence, 1"] == ["−0.400 (−0.400 to −0.400)", "yes", "3"]
    assert by_measure["−ln p(x) in nats"] == ["+0.0 (+0.0 to +0.0)", "", "3"]
    cost = curve_table("Cost", dropout_cost(records), "dropout_cost").rows
    assert cost[0][2] == "0.050 (0.050 to 0.050)"


def test_what_was_run_is_told(records) -> None:
    told = {row[0]: row[1] for row in evidence_table(records).rows}
    assert told["runs"] == "12" and told["seed"] == "1, 0, 2" and told["epochs"] == "3"
    assert told["family"] == "MoPoE, MVAE, MultiVae, MMVAE" and told["platform"] == "linux-x86_64"
    assert told["versions"] == "python 3.11.9 torch 2.6.0"


def test_a_table_is_html_and_markdown() -> None:
    table = Table("A & b", ["x", "y"], [["1", "a|b"], ["<2>", ""]])
    assert table.to_markdown() == "**A & b**\n\n| x | y |\n| --- | --- |\n| 1 | a\\|b |\n| <2> |  |\n"
    html = table._repr_html_()
    assert "A &amp; b" in html and "&lt;2&gt;" in html


def test_every_quote_has_a_source_and_values_that_are_shares() -> None:
    assert len({(quoted.metric, quoted.family, quoted.short) for quoted in PUBLISHED}) == len(PUBLISHED)
    for quoted in PUBLISHED:
        assert quoted.source and all(0 < value < 1 for value in quoted.values.values())


def test_a_report_holds_evidence_tables_and_pictures(records, tmp_path: Path) -> None:
    rows = summarise(records)
    tables, charts = [curve_table("Coherence", rows, "coherence")], {"coherence": show_coherence_curves(rows)}
    written = write_report(tmp_path / "out", records, tables, charts)
    assert sorted(tmp_path.joinpath("out").iterdir()) == sorted(written)
    assert len(read_runs(tmp_path / "out")) == len(records)
    page = (tmp_path / "out" / "tables.md").read_text()
    assert "![coherence](coherence.svg)" in page and tables[0].to_markdown() in page
    first = (tmp_path / "out" / "coherence.svg").read_bytes()
    write_report(tmp_path / "out", records, tables, {"coherence": show_coherence_curves(rows)})
    assert (tmp_path / "out" / "coherence.svg").read_bytes() == first, "the same numbers, the same file"


def test_nothing_is_quoted_beside_another_experiment() -> None:
    assert published("coherence") and published("coherence", about="polymnist")
    assert published("coherence", "latent_accuracy", about="mnist_text") == []
