"""Formulas as MathML: a Sphinx extension that loads nothing from the net."""

from __future__ import annotations

from html import escape
from typing import Any, Never

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from workbench.pages.mathml import to_mathml

_log = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer ``mathml``; Sphinx calls this."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _inline(translator: HTML5Translator, node: nodes.math) -> Never:
    translator.body.append(_written(node, "inline"))
    raise nodes.SkipNode


def _block(translator: HTML5Translator, node: nodes.math_block) -> Never:
    translator.body.append(f'<div class="formula">{_written(node, "block")}</div>\n')
    raise nodes.SkipNode


def _written(node: nodes.math | nodes.math_block, display: str) -> str:
    try:
        return to_mathml(node.astext(), display)
    except ValueError as error:
        _log.warning("%s", error, location=node)
        return f"<code>{escape(node.astext())}</code>"
