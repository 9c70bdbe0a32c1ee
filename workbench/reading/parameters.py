"""The parameters of a notebook, read and checked without a kernel."""

from __future__ import annotations

import ast
import difflib
import io
import json
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass

from .literals import read_value
from .source import Notebook, source_of, tags_of


class ParameterError(ValueError):
    """A parameter that the notebook does not have, or a value that it cannot take."""


@dataclass(frozen=True)
class Parameter:
    """One line of the cell tagged ``parameters``: ``name: kind = default  # comment``."""

    name: str
    kind: str
    default: str
    comment: str

    def __str__(self) -> str:
        return f"{self.name}: {self.kind or 'unknown'} = {self.default}"


def read_parameters(notebook: Notebook) -> dict[str, Parameter]:
    """The parameters of a notebook, in order; none if no cell is tagged ``parameters``.

    Raises:
        ParameterError: the cell is not plain Python.
    """
    cell = next((cell for cell in notebook["cells"] if "parameters" in tags_of(cell)), None)
    if cell is None:
        return {}
    source = source_of(cell)
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        where = f"the cell tagged parameters is not plain Python, line {error.lineno}"
        raise ParameterError(f"{where}: {error.msg}") from None
    comments = _comments(source)
    found = (_parameter(statement, comments) for statement in statements)
    return {parameter.name: parameter for parameter in found if parameter}


def check_parameters(notebook: Notebook, given: Mapping[str, object]) -> dict[str, object]:
    """The given values, each read as its parameter's type.

    Args:
        notebook: as :func:`~workbench.reading.source.read_source` returns it.
        given: name → value; a text is read as typed on a command line (``"32"``, ``"none"``, ``"m0,m1"``).

    Raises:
        ParameterError: an unknown name, or a value of the wrong type; the message lists the notebook's own.
    """
    parameters = read_parameters(notebook)
    values = {}
    for name, value in given.items():
        if name not in parameters:
            close = difflib.get_close_matches(name, parameters, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise ParameterError(f"no parameter {name!r}{hint}\n{describe(parameters)}")
        if not parameters[name].kind:
            raise ParameterError(
                f"parameter {name!r} has no type; the notebook must say {name}: type = value"
            )
        try:
            values[name] = read_value(parameters[name].kind, value)
        except ValueError as error:
            raise ParameterError(f"parameter {name!r}: {error}\n{describe(parameters)}") from None
    return values


def default_values(notebook: Notebook) -> dict[str, object]:
    """The defaults of all parameters that are plain values."""
    defaults = {}
    for name, parameter in read_parameters(notebook).items():
        try:
            value = ast.literal_eval(parameter.default)
            json.dumps(value)
        except (ValueError, TypeError):
            continue  # an expression, or a value such as a set: known to the kernel alone
        defaults[name] = value
    return defaults


def describe(parameters: Mapping[str, Parameter]) -> str:
    """All parameters with type, default and comment, one a line."""
    if not parameters:
        return "The notebook takes no parameters: no cell is tagged parameters."
    width = max(len(str(parameter)) for parameter in parameters.values())
    lines = [f"  {parameter!s:<{width}}  {parameter.comment}".rstrip() for parameter in parameters.values()]
    return "\n".join(["The notebook's parameters:", *lines])


def _parameter(statement: ast.stmt, comments: Mapping[int, str]) -> Parameter | None:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=ast.expr() as value):
            kind = ast.unparse(annotation)
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value):
            kind = _kind_of(value)
        case _:
            return None
    comment = comments.get(statement.end_lineno or 0) or comments.get(statement.lineno, "")
    return Parameter(name, kind, ast.unparse(value), comment)


def _kind_of(value: ast.expr) -> str:
    try:
        default = ast.literal_eval(value)
    except ValueError:
        return ""
    return type(default).__name__ if isinstance(default, bool | int | float | str) else ""


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("#").strip() for token in tokens if token.type == tokenize.COMMENT
    }
