"""One HTML page of an executed notebook: words and pictures first, code folded, nothing from the net."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter

from ..files import write_whole
from ..reading.failure import find_failure
from ..reading.parameters import read_parameters
from ..reading.source import ERROR_MARKER, headings, tags_of
from ..reading.times import duration, local_time
from .markup import Markup, render_code, render_markdown, render_output


def write_notebook_page(notebook: NotebookNode, path: Path, *, source: Path) -> Path:
    """Write an executed notebook as one HTML file that needs no network.

    Args:
        notebook: executed, with its outputs.
        path: of the page; it appears whole or not at all.
        source: the notebook's own file; pictures that its text refers to are taken from beside it.
    """
    return write_whole(path, render_page(notebook, source))


def render_page(notebook: NotebookNode, source: Path) -> str:
    """The page of :func:`write_notebook_page` as text."""
    template_folder = files(__package__) / "template"
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    template = environment.from_string((template_folder / "page.html.j2").read_text(encoding="utf-8"))
    style = (template_folder / "style.css").read_text(encoding="utf-8")
    run = notebook.metadata.get("papermill", {})
    parameters = _parameters(notebook, run.get("parameters", {}))
    return template.render(
        title=next((heading for _, heading in headings(notebook)), source.stem),
        style=Markup(style + HtmlFormatter().get_style_defs(".highlight")),
        name=source.name,
        when=local_time(run["start_time"]) if run.get("start_time") else "",
        took=duration(run["duration"]) if run.get("duration") else "",
        parameters=parameters,
        changed=sum(parameter["changed"] for parameter in parameters),
        failure=find_failure(notebook),
        cells=_cells(notebook, source.parent),
    )


def _cells(notebook: NotebookNode, folder: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = []
    scripts: set[str] = set()  # plotly's own script goes in once, before the first figure
    for cell in notebook.cells:
        if ERROR_MARKER in tags_of(cell) or not cell.source.strip():
            continue
        if cell.cell_type == "markdown":
            html = render_markdown(cell.source, folder, cell.get("attachments"))
            cells.append({"kind": "text", "html": html})
        elif cell.cell_type == "code":
            outputs = [render_output(output, folder, scripts) for output in cell.outputs]
            code = render_code(cell.source)
            if cells and cells[-1]["kind"] == "computed" and not cells[-1]["outputs"]:
                code = cells.pop()["html"] + code  # one "show code" for cells that show nothing between
            shown = [output for output in outputs if output]
            cells.append({"kind": "computed", "html": code, "outputs": shown})
    return cells


def _parameters(notebook: NotebookNode, given: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "value": repr(given[name]) if name in given else parameter.default,
            "comment": parameter.comment,
            "changed": name in given,
        }
        for name, parameter in read_parameters(notebook).items()
    ]
