"""Pieces of a notebook as HTML: Markdown with formulas, code, and outputs by what they hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbconvert.filters import ansi2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from ..reading.widgets import LIVE_ONLY
from .mathml import to_mathml

__all__ = ["Markup", "render_code", "render_markdown", "render_output"]

_PLOTLY = "application/vnd.plotly.v1+json"


def render_markdown(text: str, folder: Path, attachments: dict[str, Any] | None = None) -> Markup:
    """Markdown as HTML, formulas as MathML, pictures below ``folder`` put into the page."""
    renderer = _Renderer(
        escape=False, embed_images=True, path=str(folder), attachments=attachments, exclude_anchor_links=True
    )
    return Markup(MarkdownWithMath(renderer=renderer).render(text))


def render_code(source: str) -> Markup:
    """Python code with its parts coloured."""
    return Markup(highlight(source, PythonLexer(), HtmlFormatter()))


def render_output(output: NotebookNode, folder: Path, scripts: set[str]) -> Markup:
    """One output of a cell; empty if there is nothing to show.

    Args:
        output: as the notebook holds it.
        folder: of the notebook.
        scripts: names of the scripts that the page has already; plotly's is added with its first figure.
    """
    if output.output_type == "stream":
        text = _pre(output.text)
        hidden = output.name == "stderr"
        return Markup(f"<details><summary>messages</summary>{text}</details>") if hidden else text
    if output.output_type == "error":
        return _pre("\n".join(output.traceback) or f"{output.ename}: {output.evalue}")
    if _PLOTLY in output.data:
        return _plotly(output.data[_PLOTLY], scripts)
    for kind, render in _KINDS.items():
        if kind in output.data:
            return render(output.data[kind], folder)
    return Markup("")


class _Renderer(IPythonRenderer):
    def block_math(self, body: str) -> str:
        return _mathml(body, "block")

    def inline_math(self, body: str) -> str:
        return _mathml(body, "inline")

    def latex_environment(self, name: str, body: str) -> str:
        return _mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")

    def block_html(self, html: str) -> str:
        # nbconvert would parse each piece to embed its pictures, and so close <details> before its content.
        return super().block_html(html) if "<img" in html else html

    def image(self, text: str, url: str, title: str | None = None) -> str:
        if url.startswith(("http://", "https://", "//")):
            return f"<em>[picture on the net: {escape(text)} {escape(url)}]</em>"
        return super().image(text, url, title)


def _mathml(tex: str, display: str) -> str:
    try:
        return to_mathml(tex, display)
    except ValueError:  # its source is better than no page
        return f"<code>{escape(tex)}</code>"


def _plotly(figure: dict[str, Any], scripts: set[str]) -> Markup:
    import plotly.io

    first = "plotly" not in scripts
    scripts.add("plotly")
    html = plotly.io.to_html(
        json.loads(json.dumps(figure)),
        include_plotlyjs=first,
        include_mathjax=False,
        full_html=False,
        validate=False,
    )
    return Markup(html)


def _pre(text: str) -> Markup:
    return Markup(f"<pre>{ansi2html(text)}</pre>")


def _text(text: str, folder: Path) -> Markup:
    return Markup(f'<p class="live">{LIVE_ONLY}</p>') if text == LIVE_ONLY else _pre(text)


def _image(kind: str) -> Callable[[str, Path], Markup]:
    return lambda data, folder: Markup(f'<img alt="" src="data:{kind};base64,{data.replace(chr(10), "")}">')


def _latex(tex: str, folder: Path) -> Markup:
    return Markup(_mathml(tex.strip().strip("$"), "block"))


# The first that an output holds is shown.
_KINDS: dict[str, Callable[[str, Path], Markup]] = {
    "text/html": lambda data, folder: Markup(data),
    "image/svg+xml": lambda data, folder: Markup(data[max(data.find("<svg"), 0) :]),
    "image/png": _image("image/png"),
    "image/jpeg": _image("image/jpeg"),
    "text/markdown": lambda data, folder: render_markdown(data, folder),
    "text/latex": _latex,
    "text/plain": _text,
}
