"""Tables, pictures and evidence in one folder, for a repository or a colleague."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench.drawing.charts import Chart
from workbench.files import write_whole

from .evidence import RunRecord
from .runs import write_records
from .tables import Table

TABLES_FILE = "tables.md"


def write_report(
    out: Path, records: Sequence[RunRecord], tables: Sequence[Table], charts: Mapping[str, Chart]
) -> list[Path]:
    """Write the records as JSON, the charts as SVG, and all tables as one page of Markdown that shows the charts.

    Args:
        out: a folder; it is made if it is not there.
        records: what all of it was made from.
        tables: in the order of the page.
        charts: name of a file without suffix → chart.

    Returns:
        The files written.
    """
    written = write_records(records, out)
    pictures = []
    for name, chart in charts.items():
        pictures.append(out / f"{name}.svg")
        write_whole(pictures[-1], chart.svg())
    page = out / TABLES_FILE
    shown = [f"![{picture.stem.replace('_', ' ')}]({picture.name})\n" for picture in pictures]
    write_whole(page, "\n".join(["# Tables\n", *shown, *(table.to_markdown() for table in tables)]))
    return [*written, *pictures, page]
