"""TeX as MathML that browsers draw themselves, so that a page needs no script and no network."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from xml.etree import ElementTree

import latex2mathml.converter

_SPACE = "http://www.w3.org/1998/Math/MathML"
_FUNCTIONS = {"ln", "log", "exp", "sin", "cos", "tan", "det", "min", "max", "arg"}
#: Elements whose children stand in a row; in others, such as fractions, each place has a meaning.
_ROWS = {"math", "mrow", "mstyle", "mtd", "msqrt"}
#: Styles of letters that browsers no longer know as an attribute, by the name that Unicode has for them.
_LETTERS = {"script": "SCRIPT", "bold": "BOLD", "fraktur": "FRAKTUR"}
#: After ``\Big`` and its kin the converter leaves a delimiter as it was written.
_DELIMITERS = {"\\{": "{", "\\}": "}", "\\|": "‖", "\\langle": "⟨", "\\rangle": "⟩"}
_DELIMITERS |= {"\\lvert": "|", "\\rvert": "|", "\\vert": "|", "\\lVert": "‖", "\\rVert": "‖", "\\Vert": "‖"}

ElementTree.register_namespace("", _SPACE)


def to_mathml(tex: str, display: str) -> str:
    r"""A formula as MathML.

    Two things that the converter leaves to older browsers are done here: ``\mathcal`` becomes the letter that
    Unicode has for it (browsers would draw a plain one), and a function's name is set off from what follows.

    Args:
        tex: without its dollars.
        display: ``"inline"`` or ``"block"``.

    Raises:
        ValueError: it is no TeX, or has a command that is not known.
    """
    try:
        root = ElementTree.fromstring(latex2mathml.converter.convert(tex.strip(), display=display))
    except Exception as error:  # the converter's errors have no common class
        raise ValueError(f"{type(error).__name__} in the formula {tex!r}") from error
    for element in root.iter():
        element.text = _DELIMITERS.get(element.text or "", element.text)
        if (element.text or "").startswith("\\"):  # a command that it does not know it leaves as it is
            raise ValueError(f"unknown command {element.text} in the formula {tex!r}")
        _write_letter(element)
        if _tag(element) in _ROWS:
            element[:] = list(_spaced(list(element)))
    return ElementTree.tostring(root, encoding="unicode")


def _write_letter(element: ElementTree.Element) -> None:
    style = _LETTERS.get(element.get("mathvariant", ""))
    letter = element.text or ""
    if style is None or not re.fullmatch("[A-Za-z]", letter):
        return
    size = "CAPITAL" if letter.isupper() else "SMALL"
    for prefix in ("MATHEMATICAL ", ""):  # a few letters are older than the others, such as ℒ
        try:
            element.text = unicodedata.lookup(f"{prefix}{style} {size} {letter.upper()}")
        except KeyError:
            continue
        del element.attrib["mathvariant"]
        return


def _spaced(children: list[ElementTree.Element]) -> Iterator[ElementTree.Element]:
    """The children of a row, with a thin space between a function's name and its argument, as TeX has it."""
    for child, following in zip(children, [*children[1:], None], strict=True):
        yield child
        if _is_function(child) and following is not None and _tag(following) not in ("mo", "mspace"):
            yield ElementTree.Element(f"{{{_SPACE}}}mspace", width="0.167em")


def _is_function(element: ElementTree.Element) -> bool:
    named = element[0] if _tag(element) in ("msub", "msup") and len(element) else element
    return (named.text or "") in _FUNCTIONS


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
