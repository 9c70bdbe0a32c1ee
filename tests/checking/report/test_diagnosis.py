"""A number that must not be believed says so in every format of the report, whatever its verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from workbench.checking.judge import judge
from workbench.checking.metric_values import MetricValues, gather_metrics
from workbench.checking.report.as_html import as_html
from workbench.checking.report.as_json import as_json
from workbench.checking.report.as_junit import as_junit
from workbench.checking.report.as_markdown import as_markdown
from workbench.checking.result import CheckReport, MetricResult, NotebookResult, Verdict
from workbench.checking.update import differences
from workbench.cli.check_summary import check_summary

DOUBT = "not to be believed: 3 of 50 samples have k̂ > 0.7"
ENTRY = {"value": 1.0, "unit": "nats", "compared": "within", "margin": 0.5}


def entries(*diagnoses: str) -> MetricValues:
    """One value a seed, those with words in doubt."""
    return MetricValues.of_entries(
        {seed: ENTRY | ({"diagnosis": words} if words else {}) for seed, words in enumerate(diagnoses)}
    )


@pytest.mark.parametrize(
    ("diagnoses", "words"),
    [
        (("",), ""),
        ((DOUBT,), DOUBT),
        (("", "", ""), ""),
        (("", DOUBT, "another"), f"in 2 of 3 seeds {DOUBT}"),
    ],
)
def test_one_text_stands_for_all_seeds(diagnoses: tuple[str, ...], words: str) -> None:
    assert entries(*diagnoses).diagnosis == words


def test_it_comes_from_the_files_of_the_runs() -> None:
    runs = {
        seed: SimpleNamespace(metrics={"nll": entry}, data={}, examples=Path("none"))
        for seed, entry in enumerate((ENTRY, ENTRY | {"diagnosis": DOUBT}))
    }
    assert gather_metrics(runs)["nll"].diagnoses == {1: DOUBT}


@pytest.mark.parametrize("known", [{"nll": entries("")}, {}], ids=["same", "new"])
def test_it_changes_no_verdict(known: dict[str, MetricValues]) -> None:
    verdicts = []
    for words in (DOUBT, ""):
        [found] = judge({"a": known}, {"a": {"nll": entries(words)}})["a"]
        assert found.diagnosis == words
        verdicts.append(found.verdict)
    assert verdicts[0] == verdicts[1] == (Verdict.SAME if known else Verdict.NEW)


def of(*metrics: MetricResult) -> CheckReport:
    notebook = NotebookResult("a", Path("a.ipynb"), "finished", metrics=metrics)
    provenance = {"commit": None, "platform": "linux", "versions": {}}
    return CheckReport(
        (notebook,),
        "fast",
        (0,),
        "2026-11-23T13:40:00+00:00",
        1.0,
        provenance,
        level=0.95,
        false_alarms=0.001,
    )


@pytest.mark.parametrize("verdict", [Verdict.SAME, Verdict.WORSE, Verdict.NEW])
@pytest.mark.parametrize(
    "written",
    [as_markdown, as_junit, as_json, as_html, lambda report: "\n".join(check_summary(report))],
    ids=["Markdown", "JUnit", "JSON", "HTML", "terminal"],
)
def test_every_format_says_it(written: Callable[[CheckReport], str], verdict: Verdict) -> None:
    metric = MetricResult("nll", verdict, 1.0, 1.0, 0.0, -0.1, 0.1, 0.5, 0.5, diagnosis=DOUBT)
    text = written(of(metric, MetricResult("other", Verdict.SAME, 1.0, 1.0, 0.0, how="exact")))
    text = json.dumps(json.loads(text), ensure_ascii=False) if written is as_json else text
    assert "not to be believed: 3 of 50 samples have k̂" in text
    assert "to be believed" not in written(of(MetricResult("nll", verdict, 1.0, 1.0, 0.0)))


def test_the_page_has_a_table_of_what_is_in_doubt_where_all_is_fine() -> None:
    def tables(diagnosis: str) -> int:
        metric = MetricResult("nll", Verdict.SAME, 1.0, 1.0, 0.0, how="exact", diagnosis=diagnosis)
        return as_html(of(metric)).count('<table class="metrics">')

    assert tables(DOUBT) == tables("") + 1


@pytest.mark.parametrize(
    ("count", "rest"),
    [
        (1, ""),
        (2, "; 1 more is in doubt, as the report says"),
        (4, "; 3 more are in doubt, as the report says"),
    ],
)
def test_of_many_in_doubt_the_terminal_names_one_and_counts_the_rest(count: int, rest: str) -> None:
    metrics = [MetricResult(f"nll {i}", Verdict.SAME, 1.0, 1.0, diagnosis=DOUBT) for i in range(count)]
    assert f"[yellow]nll 0[/yellow] of a: {DOUBT}{rest}" in check_summary(of(*metrics))


def test_the_log_of_baselines_says_it() -> None:
    new = MetricResult("nll", Verdict.NEW, 1.0, diagnosis=DOUBT)
    worse = MetricResult("elbo", Verdict.WORSE, 2.0, 1.0, 1.0, how="exact", diagnosis=DOUBT)
    assert all(line.endswith(f"; {DOUBT}") for line in differences(of(new, worse)))
