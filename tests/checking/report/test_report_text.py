"""What a report says about one known check."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from workbench.checking.report.as_html import as_html
from workbench.checking.report.as_junit import as_junit
from workbench.checking.report.as_markdown import as_markdown
from workbench.checking.report.check_text import outcome
from workbench.checking.report.metric_text import MetricText, shown
from workbench.checking.report.sanitise import sanitised
from workbench.checking.result import CheckReport, MetricResult, NotebookResult, Verdict
from workbench.cli.check_summary import check_summary

BASELINE = {
    "commit": {"sha": "8cd5c78aa01f22", "dirty": False},
    "date": "2026-11-20",
    "reason": "first numbers",
    "seeds": [0, 1],
}
NLL = MetricResult(
    "joint NLL",
    Verdict.WORSE,
    value=1234.81,
    before=1219.12,
    difference=15.69,
    low=11.2,
    high=20.18,
    p=2e-9,
    margin=5.0,
    better="lower",
    unit="nats",
    how="64 examples, paired",
)
UNSURE = MetricResult("coverage", Verdict.INCONCLUSIVE, 0.79, 0.8, advice="try --seeds 9", how="2 seeds")
FINE = MetricResult("ELBO", Verdict.SAME, 1.0, 1.0, 0.0, how="exact")
NOTEBOOK = NotebookResult(
    "00_start",
    Path("notebooks/00_start.ipynb"),
    "finished",
    seconds=92,
    metrics=(NLL, UNSURE, FINE),
    baseline=BASELINE,
    changed=("torch: 2.12 → 2.13",),
    reproduce="workbench check notebooks/00_start.ipynb --seeds 0..1",
)
CRASHED = NotebookResult(
    "05_nll",
    Path("notebooks/05_nll.ipynb"),
    "crashed",
    "The notebook crashed in cell 7 of 23:\n    [x]\nValueError: no",
    baseline=BASELINE,
)
QUIET = replace(NOTEBOOK, name="07_quiet", metrics=(FINE,), changed=())
REPORT = CheckReport(
    (CRASHED, NOTEBOOK, QUIET),
    "fast",
    (0, 1),
    "2026-11-23T13:40:00+00:00",
    200.0,
    {"commit": {"sha": "9f31a20bbccdd", "dirty": True}, "versions": {"torch": "2.13.0"}},
    0.95,
    0.001,
)


def of(*notebooks: NotebookResult) -> CheckReport:
    return replace(REPORT, notebooks=notebooks)


@pytest.mark.parametrize(
    ("notebooks", "sentence"),
    [
        ((), "No notebook was checked."),
        ((QUIET,), "None of 1 metric of 1 notebook is worse."),
        (
            (CRASHED, NOTEBOOK, QUIET),
            "1 of 4 metrics is worse, in 1 of 3 notebooks; 1 is inconclusive; 1 notebook crashed.",
        ),
        (
            (replace(CRASHED, state="killed"), QUIET),
            "None of 1 metric of 2 notebooks is worse; 1 notebook was killed.",
        ),
        (
            (replace(QUIET, baseline=None), QUIET),
            "None of 2 metrics of 2 notebooks is worse; 1 notebook has no baseline.",
        ),
        (
            (replace(QUIET, baseline=None),),
            "There is no baseline yet: 1 metric of 1 notebook have nothing to be compared with.",
        ),
    ],
)
def test_the_outcome_is_one_sentence(notebooks: tuple[NotebookResult, ...], sentence: str) -> None:
    assert outcome(of(*notebooks)) == sentence
    assert as_markdown(of(*notebooks)).startswith(f"# {sentence}\n")


@pytest.mark.parametrize(
    ("value", "scale", "words"),
    [
        (1234.81, 4.49, "1234.8"),
        (-0.1234, 0.05, "−0.123"),
        (0.00004, 1.0, "0.0"),
        (-0.00004, 1.0, "0.0"),
        (12345.6, 300.0, "12346"),
        (2 / 3, None, "0.666667"),
        (1.5e300, 1.0, "1.5e+300"),
        (float("-inf"), 1.0, "−∞"),
        (float("nan"), 1.0, "—"),
        (None, 1.0, "—"),
    ],
)
def test_numbers_have_two_digits_of_what_is_known(
    value: float | None, scale: float | None, words: str
) -> None:
    assert shown(value, scale) == words


def test_a_metric_in_words() -> None:
    words = MetricText.of(NLL)
    assert words.change == "1219.1 → 1234.8 nats"
    assert words.difference == "+15.7 [+11.2, +20.2] nats"
    assert (words.margin, words.direction) == ("5 nats", "lower is better")
    assert words.compared == "64 examples, paired; p < 0.0001"


def test_an_exact_number_shows_that_it_has_changed() -> None:
    change = 1e-8
    metric = MetricResult("x", Verdict.WORSE, 1 + change, 1.0, change, how="exact")
    before, now = MetricText.of(metric).change.split(" → ")
    assert (float(before), float(now)) == (1.0, pytest.approx(1 + change, abs=change / 10))
    integers = MetricResult("subsets", Verdict.WORSE, 30, 31, -1, how="exact")
    assert MetricText.of(integers).change == "31 → 30"


def test_faces_say_what_changed_and_how_to_reproduce() -> None:
    for render in (as_markdown, as_html, as_junit):
        text = render(REPORT)
        for words in (
            "torch: 2.12 → 2.13",
            NOTEBOOK.reproduce,
            "first numbers",
            "8cd5c78aa01f",
            "9f31a20bbccd",
        ):
            assert words in text, (render, words)
        assert "at most 0.1 % of checks" in text
        assert "as far as numbers are normal over seeds" in text
        assert "uncommitted changes" in text
        assert "try --seeds 9" in text


def test_without_a_baseline_all_say_how_to_make_one() -> None:
    report = of(replace(QUIET, baseline=None))
    texts = (as_markdown(report), as_html(report), as_junit(report), "\n".join(check_summary(report)))
    for text in texts:
        assert "workbench check --update-baselines --seeds 8 --reason" in text
        assert "What changed" not in text and "what changed" not in text


def test_the_terminal_names_the_worst_and_ends_with_the_outcome() -> None:
    many = replace(NOTEBOOK, metrics=tuple(replace(NLL, name=f"[red]{i}") for i in range(15)))
    screen = Console(file=io.StringIO(), width=200)
    for line in check_summary(of(CRASHED, many, QUIET)):
        screen.print(line)
    lines = screen.file.getvalue().splitlines()
    assert lines[:4] == [
        "05_nll crashed",
        "    The notebook crashed in cell 7 of 23:",
        "        [x]",
        "    ValueError: no",
    ]
    assert sum("✗ worse [red]" in line for line in lines) == 12
    assert "    and 3 more" in lines
    assert "07_quiet" not in "\n".join(lines)
    assert lines[-1] == "15 of 16 metrics are worse, in 1 of 3 notebooks; 1 notebook crashed."


def test_text_that_no_face_could_hold_is_replaced() -> None:
    assert sanitised("\x1b[31mred\x1b[0m \x00\x07\ud800 ok\r\n\tz") == "red ��� ok\n\tz"
