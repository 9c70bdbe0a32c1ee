"""The report as JUnit XML: a suite a notebook, a case a metric, and a case "runs" for the notebook itself.

A metric that is worse, missing or inconclusive is a *failure* of that type: the check ends with an error code for
each of them, and a skipped case would be hidden where most people look. What nothing was compared with is
*skipped*. A notebook that did not finish is an *error*.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from workbench.checking.result import CheckReport, MetricResult, NotebookResult, Verdict

from .check_text import baseline_text, changes, commit_text, meaning, outcome
from .metric_text import ATTENTION, MetricText
from .sanitise import one_line, sanitised

_NOT_COMPARED = (Verdict.NEW, Verdict.NOT_JUDGED)


def as_junit(report: CheckReport) -> str:
    """The report as the text of an XML file."""
    root = ET.Element("testsuites", name="workbench check", time=f"{report.seconds:.3f}")
    suites = [_suite(notebook, report) for notebook in report.notebooks]
    root.extend(suites)
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, 0)) for suite in suites)))
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode", xml_declaration=False).join((_DECLARATION, "\n"))


_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def _suite(notebook: NotebookResult, report: CheckReport) -> ET.Element:
    suite = ET.Element("testsuite", name=one_line(notebook.name), time=f"{notebook.seconds:.3f}")
    suite.set("timestamp", report.started)
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(notebook, report):
        ET.SubElement(properties, "property", name=name, value=one_line(value))
    cases = [_runs(notebook), *(_metric(notebook, metric) for metric in notebook.metrics)]
    suite.extend(cases)
    suite.set("tests", str(len(cases)))
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(sum(case.find(tag) is not None for case in cases)))
    return suite


def _properties(notebook: NotebookResult, report: CheckReport) -> list[tuple[str, str]]:
    """What JUnit has no place of its own for."""
    made_by = report.provenance
    pairs = [
        ("outcome of the check", outcome(report)),
        ("meaning", meaning(report)),
        ("commit", commit_text(made_by.get("commit"))),
        ("platform", str(made_by.get("platform", ""))),
        ("profile", report.profile),
        ("seeds", ", ".join(map(str, report.seeds))),
        ("baseline", baseline_text(notebook)),
        ("reproduce with", notebook.reproduce),
    ]
    pairs += [("what changed", line) for line in changes(notebook)]
    return pairs + [
        (f"version of {one_line(name)}", str(number)) for name, number in made_by.get("versions", {}).items()
    ]


def _runs(notebook: NotebookResult) -> ET.Element:
    case = ET.Element("testcase", classname=one_line(notebook.name), name="runs")
    case.set("time", f"{notebook.seconds:.3f}")
    if not notebook.finished:
        said = one_line(notebook.failure)
        error = ET.SubElement(case, "error", type=one_line(notebook.state), message=said)
        error.text = "\n".join(
            (sanitised(notebook.failure), f"Reproduce with: {one_line(notebook.reproduce)}")
        )
    return case


def _metric(notebook: NotebookResult, metric: MetricResult) -> ET.Element:
    words = MetricText.of(metric)
    case = ET.Element("testcase", classname=one_line(notebook.name), name=words.name, time="0")
    message = f"{words.verdict}: {words.sentence}"
    if metric.verdict in ATTENTION:
        failure = ET.SubElement(case, "failure", type=words.verdict, message=message)
        changed = [f"What changed: {line}" for line in changes(notebook)]
        failure.text = "\n".join((message, *changed, f"Reproduce with: {one_line(notebook.reproduce)}"))
    elif metric.verdict in _NOT_COMPARED:
        ET.SubElement(case, "skipped", message=message)
    else:
        ET.SubElement(case, "system-out").text = message
    return case
