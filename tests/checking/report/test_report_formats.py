"""Every metric with its verdict is in every format, worst first, whatever names, numbers and texts there are."""

from __future__ import annotations

import html
import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from workbench.checking.report.sanitise import one_line
from workbench.checking.report.write import FORMATS
from workbench.checking.result import SEVERITY, CheckReport, MetricResult, NotebookResult, Verdict

NUMBER = st.none() | st.floats(allow_nan=True)
POSITIVE = st.none() | st.floats(min_value=0, allow_nan=False)
TEXT = st.text(max_size=20) | st.sampled_from(
    ["<b>&\"'", "a|b`c``d", "\x1b[31mred\x1b[0m\x00", "]]>", "</svg>"]
)
NAME = TEXT.filter(lambda text: one_line(text).strip("\ufffd "))

METRIC = st.builds(
    MetricResult,
    NAME,
    st.sampled_from(Verdict),
    NUMBER,
    NUMBER,
    NUMBER,
    NUMBER,
    NUMBER,
    st.none() | st.floats(0, 1),
    POSITIVE,
    st.sampled_from(["lower", "higher", None]),
    TEXT,
    TEXT,
    TEXT,
)
NOTEBOOK = st.builds(
    NotebookResult,
    NAME,
    st.just(Path("notebooks/a.ipynb")),
    st.sampled_from(["finished", "finished", "crashed", "killed", "timed out"]),
    failure=TEXT,
    seconds=st.floats(0, 1e4),
    reused=st.booleans(),
    folders=st.just((Path("runs/a"),)),
    parameters=st.dictionaries(TEXT, NUMBER | TEXT, max_size=2),
    metrics=st.lists(METRIC, max_size=4, unique_by=lambda metric: one_line(metric.name)).map(
        lambda metrics: tuple(sorted(metrics, key=lambda metric: SEVERITY[metric.verdict]))
    ),
    baseline=st.none()
    | st.just({"commit": None, "date": "2026-11-20", "reason": "<i>", "seeds": [0]})
    | st.just({"commit": {"sha": "0123456789abcdef", "dirty": False}, "date": "", "reason": "", "seeds": []}),
    changed=st.lists(TEXT, max_size=2).map(tuple),
    reproduce=TEXT,
    pictures=st.dictionaries(TEXT, st.just((None, Path("gone.webp"))), max_size=1),
)
REPORT = st.builds(
    CheckReport,
    st.lists(NOTEBOOK, max_size=3, unique_by=lambda notebook: one_line(notebook.name)).map(
        lambda notebooks: tuple(sorted(notebooks, key=lambda notebook: notebook.finished))
    ),
    st.just("fast"),
    st.just((0, 1)),
    st.just("2026-11-23T13:40:00+00:00"),
    st.floats(0, 1e5),
    st.sampled_from(
        [
            {},
            {"commit": None, "versions": {}, "platform": "linux-x86_64"},
            {"commit": {"sha": "fedcba9876543210", "dirty": True}, "versions": {"torch": "2.13.0"}},
        ]
    ),
    st.just(0.95),
    st.just(0.001),
    TEXT,
)
# A report is large, and to shrink one takes minutes.
few = settings(max_examples=60, phases=[Phase.explicit, Phase.generate])
EMPTY = CheckReport((), "full", (), "2026-11-23T13:40:00+00:00", 0.0, {}, 0.95, 0.001)


class Page(HTMLParser):
    """What a page holds: metrics with verdicts, addresses, tags that were opened, words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.metrics: list[tuple[str, str]] = []
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.tags.add(tag)
        if "data-metric" in found:
            self.metrics.append((str(found["data-metric"]), str(found["data-verdict"])))
        self.addresses += [str(found[key]) for key in ("src", "href", "action", "data") if key in found]


def expected(report: CheckReport) -> list[tuple[str, str]]:
    return [(one_line(m.name), str(m.verdict)) for nb in report.notebooks for m in nb.metrics]


@few
@given(REPORT)
@example(EMPTY)
def test_json_is_complete(report: CheckReport) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    content = json.loads(FORMATS["report.json"](report), parse_constant=refuse)
    assert content["format"] == 1
    assert len(content["notebooks"]) == len(report.notebooks)
    for found, notebook in zip(content["notebooks"], report.notebooks, strict=True):
        assert (found["name"], found["state"], found["failure"]) == (
            notebook.name,
            notebook.state,
            notebook.failure,
        )
        assert found["changed"] == list(notebook.changed)
        for entry, metric in zip(found["metrics"], notebook.metrics, strict=True):
            for key, value in vars(metric).items():
                gone = isinstance(value, float) and not math.isfinite(value)
                assert entry[key] == (None if gone else value)
    assert sum(content["counts"].values()) == len(expected(report))


@few
@given(REPORT)
@example(EMPTY)
def test_junit_counts_what_it_holds(report: CheckReport) -> None:
    root = ElementTree.fromstring(FORMATS["junit.xml"](report).encode())
    tags = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    for suite in [root, *root.iter("testsuite")]:
        assert int(suite.attrib["tests"]) == len(list(suite.iter("testcase")))
        for count, tag in tags.items():
            assert int(suite.attrib[count]) == len(list(suite.iter(tag)))
    assert len(list(root.iter("error"))) == len(report.crashed)
    fails = {Verdict.WORSE, Verdict.MISSING, Verdict.INCONCLUSIVE}
    assert len(list(root.iter("failure"))) == sum(map(report.count, fails))
    assert len(list(root.iter("skipped"))) == sum(map(report.count, (Verdict.NEW, Verdict.NOT_JUDGED)))
    said = []
    for case in root.iter("testcase"):
        for inner in case:
            message = inner.get("message") or inner.text or ""
            if inner.tag != "error":
                said.append((case.attrib["name"], message.partition(":")[0]))
    assert said == expected(report)


@pytest.mark.slow
@few
@given(REPORT)
@example(EMPTY)
def test_html_stands_alone_and_shows_every_metric(report: CheckReport) -> None:
    text = FORMATS["report.html"](report)
    page = Page(text)
    # What nothing was drawn of is in a table.
    table = re.findall(r'<th scope="row">(.*?)<br><span class="verdict"[^>]*>. (.*?)</span>', text)
    shown = [*page.metrics, *((html.unescape(name), verdict) for name, verdict in table)]
    assert set(shown) == set(expected(report))
    assert all(address.startswith("data:") for address in page.addresses)
    assert not page.tags & {"script", "link", "iframe", "object", "base", "i"}
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style and "@import" not in style
    assert not re.search(r' (?:x|y|width|cx|d)="[^"]*(?:nan|inf)', text)


@few
@given(REPORT)
@example(EMPTY)
def test_markdown_has_a_row_for_every_metric(report: CheckReport) -> None:
    text = FORMATS["report.md"](report)
    rows = [line for line in text.splitlines() if re.match(r"\| [✗∅?+★✓·] ", line)]
    cells = [re.split(r"(?<!\\)\|", row)[1:-1] for row in rows]
    assert all(len(row) == 6 for row in cells)
    names = [re.sub(r"^(`+) ?(.*?) ?\1$", r"\2", row[1].strip()).replace(r"\|", "|") for row in cells]
    found = [(name, row[0].strip()[2:]) for name, row in zip(names, cells, strict=True)]
    assert sorted(found) == sorted((name, verdict) for name, verdict in expected(report))


@few
@given(REPORT)
def test_the_worst_comes_first(report: CheckReport) -> None:
    text = FORMATS["report.md"](report)
    bad = {Verdict.WORSE, Verdict.MISSING, Verdict.INCONCLUSIVE}
    crashed = [nb for nb in report.notebooks if nb.state != "finished"]
    others = [nb for nb in report.notebooks if nb.state == "finished" and any(map(nb.count, bad))]
    headings = re.findall(r"^## (`+) ?(.*?) ?\1: ", text, re.MULTILINE)
    assert [name for _, name in headings] == [one_line(nb.name) for nb in [*crashed, *others]]
    for section in re.split(r"\n##+ ", text):
        verdicts = re.findall(r"\n\| [✗∅?+★✓·] ([a-z ]+?) \|", section)
        places = [SEVERITY[Verdict(verdict)] for verdict in verdicts]
        assert places == sorted(places)
