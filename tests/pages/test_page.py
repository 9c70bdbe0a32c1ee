from __future__ import annotations

import base64
from html.parser import HTMLParser
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from workbench.pages.page import render_page, write_notebook_page

PNG = base64.b64encode(b"\x89PNG not really").decode()
PLOTLY = {"data": [{"y": [1, 3, 2], "type": "scatter"}], "layout": {"title": {"text": "a plotly figure"}}}


class Resources(HTMLParser):
    """Whatever a browser would fetch, and the elements it would show."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attributes)
        links = {
            "script": "src",
            "img": "src",
            "iframe": "src",
            "link": "href",
            "source": "src",
            "image": "href",
        }
        if tag in links and values.get(links[tag]):
            self.fetched.append(values[links[tag]] or "")


def executed(*cells: NotebookNode, **papermill: object) -> NotebookNode:
    return new_notebook(cells=list(cells), metadata={"papermill": papermill})


def shown(*outputs: NotebookNode, source: str = "x") -> NotebookNode:
    return new_code_cell(source, outputs=list(outputs))


def display(**data: object) -> NotebookNode:
    kinds = {
        "png": "image/png",
        "html": "text/html",
        "text": "text/plain",
        "svg": "image/svg+xml",
        "tex": "text/latex",
    }
    kinds |= {"plotly": "application/vnd.plotly.v1+json", "markdown": "text/markdown"}
    return new_output("display_data", data={kinds[kind]: value for kind, value in data.items()})


def page_of(*cells: NotebookNode, folder: Path = Path("/nowhere"), **papermill: object) -> str:
    return render_page(executed(*cells, **papermill), folder / "tiny.ipynb")


def test_every_kind_of_picture_is_in_the_page_and_nothing_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "local.png").write_bytes(b"local picture")
    html = page_of(
        new_markdown_cell("# Title\n\n![of ours](local.png) ![remote](https://example.org/a.png)"),
        shown(display(png=PNG, text="<Figure>")),
        shown(display(svg="<?xml version='1.0'?><svg id='drawing'></svg>")),
        shown(display(plotly=PLOTLY, png=PNG)),
        shown(display(plotly=PLOTLY)),
        folder=tmp_path,
    )
    resources = Resources(html)
    assert [kind.partition(",")[0] for kind in resources.fetched] == ["data:image/png;base64"] * 2
    assert base64.b64encode(b"local picture").decode() in html
    assert PNG in html
    assert "<svg id='drawing'>" in html
    assert html.count("Plotly.newPlot(") >= 2
    assert "https://example.org/a.png" in html
    assert "default-src 'none'" in html


def test_plotlys_script_goes_in_once() -> None:
    once, twice = (
        page_of(shown(display(plotly=PLOTLY))),
        page_of(*(shown(display(plotly=PLOTLY)) for _ in range(2))),
    )
    assert len(once) > 1_000_000
    assert len(twice) - len(once) < 20_000


def test_formulas_become_mathml_and_broken_ones_stay_readable() -> None:
    html = page_of(
        new_markdown_cell(r"Inline $q_S(z|x)$ and" + "\n\n" + r"$$\prod_{m \in S} \frac{1}{2}$$"),
        new_markdown_cell("\\begin{align}a &= b\\end{align}"),
        shown(display(tex=r"$\mu^2$")),
    )
    body = html.partition("<main>")[2].partition("</main>")[0]
    assert body.count("<math") == 4
    assert body.count('display="block"') == 3
    assert "$" not in body
    assert r"<code>x^2^3 &lt; 1</code>" in page_of(new_markdown_cell("$x^2^3 < 1$"))


def test_dollars_of_a_price_are_no_formula() -> None:
    assert "<math" not in page_of(new_markdown_cell("It costs $5."))


def test_code_is_folded_and_cells_that_show_nothing_share_one_fold() -> None:
    html = page_of(shown(source="a = 1"), shown(source="b = 2"), shown(display(png=PNG), source="c = 3"))
    assert html.count("<summary>show code</summary>") == 1
    assert html.index(">a<") < html.index(">b<") < html.index(">c<") < html.index(PNG)


def test_the_header_tells_notebook_time_and_parameters_as_given() -> None:
    parameters = new_code_cell(
        "size: int = 3  # of <everything>\nname: str = 'a'  # its name", metadata={"tags": ["parameters"]}
    )
    html = page_of(
        new_markdown_cell("# What is it?"),
        parameters,
        parameters={"size": 5},
        start_time="2026-11-23T12:00:00+00:00",
        duration=92.4,
    )
    header = html.partition("<main>")[0]
    assert "<title>What is it?</title>" in header
    assert "tiny.ipynb" in header
    assert "2026" in header
    assert "1 min 32 s" in header
    assert "Parameters (1 changed)" in header
    assert '<tr class="changed"><th>size</th><td>5</td><td>of &lt;everything&gt;</td></tr>' in header
    assert "<td>&#39;a&#39;</td>" in header


def test_outputs_of_text_errors_and_html_are_shown_and_escaped_where_they_must_be() -> None:
    html = page_of(
        shown(new_output("stream", name="stdout", text="a < b\n\x1b[31mred\x1b[0m")),
        shown(new_output("stream", name="stderr", text="a warning")),
        shown(display(html="<table id='kept'></table>", text="plain")),
        shown(display(markdown="**bold**")),
        shown(new_output("error", ename="E", evalue="v", traceback=["\x1b[31mE\x1b[0m: v <tag>"])),
    )
    assert "a &lt; b" in html
    assert "<details><summary>messages</summary><pre>a warning</pre></details>" in html
    assert "<table id='kept'></table>" in html
    assert ">plain<" not in html
    assert "<strong>bold</strong>" in html
    assert "v &lt;tag&gt;" in html
    assert "\x1b" not in html


def test_the_page_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    page = tmp_path / "tiny.html"
    assert (
        write_notebook_page(executed(new_markdown_cell("# A")), page, source=tmp_path / "tiny.ipynb") == page
    )
    before = page.read_text()
    broken = executed(new_markdown_cell("# A"))
    del broken.cells[0]["source"]
    with pytest.raises(AttributeError):
        write_notebook_page(broken, page, source=tmp_path / "tiny.ipynb")
    assert page.read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.html"]
