"""A button that puts a text on the clipboard."""

from __future__ import annotations

import anywidget
from traitlets import Unicode

from .svg_view import STATIC


class CopyButton(anywidget.AnyWidget):
    """Copies ``text`` when pressed, and shows it, for pages that may not use the clipboard."""

    _esm = (STATIC / "copy_button.js").read_text(encoding="utf-8")
    text = Unicode("").tag(sync=True)
    label = Unicode("copy state").tag(sync=True)
    hint = Unicode("").tag(sync=True)  # "tooltip" would need a description beside it
