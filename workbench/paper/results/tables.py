"""Tables of the paper's numbers, for a notebook and for a document; measured and quoted rows never look alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from mopoe.display import html_table
from workbench.uncertainty import student_interval

from .arrays import MeasuredRow, Quoted
from .evidence import RunRecord
from .measures import IN_DOUBT, doubted, mean_and_interval, measure_of, rounded
from .names import FAMILY, SEED, varying

_MEASURED = "measured"


@dataclass(frozen=True)
class Table:
    """Finished cells.

    Attributes:
        title: what the numbers are, with their intervals.
        header: one a column.
        rows: as many texts each.
    """

    title: str
    header: list[str]
    rows: list[list[str]]

    def _repr_html_(self) -> str:
        return html_table(self.title, self.header, self.rows)

    def to_markdown(self) -> str:
        """The table for a document, below its title."""
        lines = [self.header, ["---"] * len(self.header), *self.rows]
        cells = (" | ".join(cell.replace("|", "\\|") for cell in line) for line in lines)
        return "\n".join([f"**{self.title}**", "", *(f"| {line} |" for line in cells), ""])


def curve_table(
    title: str, rows: Sequence[MeasuredRow], metric: str, quoted: Sequence[Quoted] = (), level: float = 0.95
) -> Table:
    """A measure by number of modalities, beside what was published; a family's quotes stand below it.

    Args:
        title: of the table.
        rows: as :func:`workbench.paper.results.summary.summarise` returns them.
        metric: such as ``"coherence"`` for ``coherence_1``, ``coherence_2``, ….
        quoted: of the same measure.
        level: of the intervals.
    """
    curves = [(row, row.curve(metric)) for row in rows if row.curve(metric)]
    places = sorted({x for _, curve in curves for x in curve} | {x for quote in quoted for x in quote.values})
    digits = measure_of(metric).digits
    cells: list[tuple[str, list[str]]] = []
    for row, curve in curves:
        written = [mean_and_interval(curve[x], digits, level) if x in curve else "–" for x in places]
        seeds = max(found.n for found in curve.values())
        errors = [row.image_errors[name] for x in curve if (name := f"{metric}_{x}") in row.image_errors]
        cells.append(
            (
                row.family,
                [row.label, _MEASURED, *written, str(seeds), rounded(max(errors, default=nan), digits)],
            )
        )
    for quote in quoted:
        written = [_as_quoted(quote, x) for x in places]
        cells.append((quote.family, [quote.family, f"quoted: {quote.source}", *written, "", ""]))
    header = ["family", "kind", *map(str, places), "seeds", "largest error over images"]
    return _table(title, level, header, _by_family(cells))


def numbers_table(
    title: str,
    rows: Sequence[MeasuredRow],
    metrics: Sequence[str],
    quoted: Sequence[Quoted] = (),
    level: float = 0.95,
) -> Table:
    """Some single numbers of each family; those that no run has recorded are left out.

    Args:
        title: of the table.
        rows: as :func:`workbench.paper.results.summary.summarise` returns them.
        metrics: one a column.
        quoted: numbers of these metrics.
        level: of the intervals.
    """
    there = [name for name in metrics if any(name in row.values for row in rows)]
    cells = [
        (
            row.family,
            [
                row.label,
                _MEASURED,
                *(
                    mean_and_interval(row.values[name], measure_of(name).digits, level)
                    if name in row.values
                    else "–"
                    for name in there
                ),
                str(max((row.values[name].n for name in there if name in row.values), default=0)),
            ],
        )
        for row in rows
    ]
    for quote in quoted:
        written = [_as_quoted(quote, 0) if name == quote.metric else "–" for name in there]
        cells.append((quote.family, [quote.family, f"quoted: {quote.source}", *written, ""]))
    header = ["family", "kind", *(measure_of(name).name for name in there), "seeds"]
    return _table(title, level, header, _by_family(cells))


def differences_table(title: str, rows: Sequence[MeasuredRow], level: float = 0.95) -> Table:
    """Differences of families, one row a metric, and whether the interval leaves out zero.

    Args:
        title: of the table.
        rows: as :func:`workbench.paper.results.summary.paired_differences` returns them.
        level: of the intervals.
    """
    metrics = dict.fromkeys(name for row in rows for name in row.values)
    cells = []
    for name in metrics:
        digits = measure_of(name).digits
        for row in rows:
            if name in row.values:
                found = row.values[name]
                low, high = student_interval(found, level)
                clear = "" if low <= 0 <= high else "yes"
                written = mean_and_interval(found, digits, level, signed=True)
                cells.append([measure_of(name).name, row.label, written, clear, str(found.n)])
    header = ["measure", "difference", "paired by seed", "interval without 0", "seeds"]
    return _table(title, level, header, cells)


def complete_table(rows: Sequence[MeasuredRow], level: float = 0.95) -> Table:
    """Every number with all that is known of its errors."""
    cells = []
    for row in rows:
        for name, found in row.values.items():
            digits = measure_of(name).digits + 1
            ends = [rounded(end, digits) for end in student_interval(found, level)]
            over_images = row.image_errors.get(name, nan)
            errors = [rounded(error, digits) for error in (found.standard_error, over_images)]
            cells.append(
                [
                    row.label,
                    measure_of(name).name,
                    doubted(found, rounded(found.value, digits)),
                    errors[0],
                    *ends,
                    str(found.n),
                    errors[1],
                ]
            )
    header = ["family", "measure", "mean", "error over seeds", "from", "to", "seeds", "error over images"]
    return _table("All measured numbers", level, header, cells)


def evidence_table(records: Sequence[RunRecord]) -> Table:
    """What was run: seeds by family, what else varies, and what all runs share."""
    vary = varying(records)
    shared = {
        name: value for name, value in records[0].parameters.items() if name not in (*vary, FAMILY, SEED)
    }
    ours = ("python", "torch")
    versions = sorted(
        {
            " ".join(f"{name} {record.provenance['versions'].get(name, '?')}" for name in ours)
            for record in records
        }
    )
    rows = [
        ["runs", str(len(records))],
        *[[name, _values(records, name)] for name in dict.fromkeys((FAMILY, SEED, *vary))],
        *[[name, str(value)] for name, value in shared.items()],
        ["platform", ", ".join(sorted({record.provenance["platform"] for record in records}))],
        ["versions", "; ".join(versions)],
        ["hours of computing", f"{sum(record.seconds for record in records) / 3600:.2f}"],
    ]
    return Table("What was run", ["", "value"], rows)


def _as_quoted(quote: Quoted, x: int) -> str:
    """With as many digits as its neighbours have."""
    digits = max(len(f"{value:g}".partition(".")[2]) for value in quote.values.values())
    return f"{quote.values[x]:.{digits}f}" if x in quote.values else "–"


def _values(records: Sequence[RunRecord], name: str) -> str:
    return ", ".join(dict.fromkeys(str(record.parameters.get(name)) for record in records))


def _table(title: str, level: float, header: list[str], rows: list[list[str]]) -> Table:
    title += f"; mean over seeds ({level:.0%} interval)"
    if any(IN_DOUBT in cell for row in rows for cell in row):
        title += f"; {IN_DOUBT} not to be believed in some seed, whose run says why"
    return Table(title, header, rows)


def _by_family(cells: Sequence[tuple[str, list[str]]]) -> list[list[str]]:
    """Families in the order in which they come first; a stable sort."""
    order = list(dict.fromkeys(family for family, _ in cells))
    return [row for _, row in sorted(cells, key=lambda cell: order.index(cell[0]))]
