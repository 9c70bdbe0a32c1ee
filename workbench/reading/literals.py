"""Values of annotated literals: a text or an object, read as the annotation says, never executed."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable

_TRUE, _FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}


def read_value(annotation: str, given: object) -> object:
    """``given`` as a value of the type ``annotation``.

    Args:
        annotation: ``int``, ``float``, ``bool``, ``str``, ``list[...]``, ``Literal[...]``, or several of
            these and ``None`` joined by ``|``.
        given: text is read as typed on a command line; anything else must have the type already.

    Raises:
        ValueError: it is no such value; the message gives the type and what came.
    """
    kind = ast.parse(annotation, mode="eval").body
    try:
        return _from_text(kind, given) if isinstance(given, str) else _checked(kind, given)
    except _MismatchError:
        came = "" if isinstance(given, str) else f" of type {type(given).__name__}"
        raise ValueError(f"expected {annotation}, got {given!r}{came}") from None


def members(annotation: str) -> list[str]:
    """The types that ``annotation`` joins by ``|``: ``"int | None"`` has ``"int"`` and ``"None"``."""
    return [ast.unparse(member) for member in _members(ast.parse(annotation, mode="eval").body)]


class _MismatchError(Exception):
    """The value is not of the type."""


def _from_text(kind: ast.expr, text: str) -> object:
    match kind:
        case ast.Constant(value=None):
            return _require(text.strip().lower() == "none", None)
        case ast.Name(id="str"):
            return text
        case ast.Name(id="bool"):
            word = text.strip().lower()
            return _require(word in _TRUE | _FALSE, word in _TRUE)
        case ast.Name(id="int"):
            return _number(int, text)
        case ast.Name(id="float"):
            return _number(float, text)
        case ast.BinOp(op=ast.BitOr()):
            return _first(lambda member: _from_text(member, text), _likely(_members(kind), text))
        case ast.Subscript(value=ast.Name(id="Literal")):
            options = {str(option): option for option in _options(kind)}
            return _require(text in options, options.get(text))
        case ast.Subscript(value=ast.Name(id="list"), slice=item):
            return _list_from_text(kind, item, text.strip())
    raise _unknown(kind)


def _checked(kind: ast.expr, value: object) -> object:
    match kind:
        case ast.Constant(value=None):
            return _require(value is None, None)
        case ast.Name(id="str"):
            return _require(isinstance(value, str), value)
        case ast.Name(id="bool"):
            return _require(isinstance(value, bool), value)
        case ast.Name(id="int"):
            return _require(isinstance(value, int) and not isinstance(value, bool), value)
        case ast.Name(id="float"):
            if isinstance(value, int | float) and not isinstance(value, bool):
                return float(value)
            raise _MismatchError
        case ast.BinOp(op=ast.BitOr()):
            return _first(lambda member: _checked(member, value), _members(kind))
        case ast.Subscript(value=ast.Name(id="Literal")):
            same = [option for option in _options(kind) if type(option) is type(value)]
            return _require(value in same, value)
        case ast.Subscript(value=ast.Name(id="list"), slice=item):
            if isinstance(value, list | tuple):
                return [_checked(item, element) for element in value]
            raise _MismatchError
    raise _unknown(kind)


def _list_from_text(kind: ast.expr, item: ast.expr, text: str) -> object:
    """A list as JSON or Python writes it; flat ones also as ``1,2`` without brackets and quotes."""
    for read in (json.loads, ast.literal_eval):
        try:
            return _checked(kind, read(text))
        except (ValueError, TypeError, SyntaxError, _MismatchError):
            continue
    inside = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if "list" in ast.unparse(item) or any(sign in inside for sign in "[](){}'\""):
        raise _MismatchError
    return [_from_text(item, part.strip()) for part in inside.split(",")]


def _likely(members: list[ast.expr], text: str) -> list[ast.expr]:
    """The order in which a text is tried: any text is a ``str`` and, without brackets, a list of one."""
    strings = [member for member in members if ast.unparse(member) == "str"]
    lists = [member for member in members if ast.unparse(member).startswith("list")]
    others = [member for member in members if member not in strings + lists]
    if strings and not text.strip().startswith("["):
        lists = []
    return others + lists + strings


def _members(kind: ast.expr) -> list[ast.expr]:
    if isinstance(kind, ast.BinOp) and isinstance(kind.op, ast.BitOr):
        return _members(kind.left) + _members(kind.right)
    return [kind]


def _options(kind: ast.Subscript) -> list[object]:
    options = kind.slice.elts if isinstance(kind.slice, ast.Tuple) else [kind.slice]
    return [ast.literal_eval(option) for option in options]


def _first(read: Callable[[ast.expr], object], members: Iterable[ast.expr]) -> object:
    for member in members:
        try:
            return read(member)
        except _MismatchError:
            continue
    raise _MismatchError


def _number(number: type[int] | type[float], text: str) -> object:
    try:
        return number(text)
    except ValueError:
        raise _MismatchError from None


def _require(is_such: bool, value: object) -> object:
    if not is_such:
        raise _MismatchError
    return value


def _unknown(kind: ast.expr) -> ValueError:
    return ValueError(f"cannot read values of the type {ast.unparse(kind)}; known are {_KNOWN}")


_KNOWN = "int, float, bool, str, list[...], Literal[...], None, and these joined by |"
