"""How commands end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

import typer


class Exit(IntEnum):
    """Exit codes of all commands."""

    FINE = 0
    REGRESSED = 1
    BAD_USAGE = 2
    CRASHED = 3
    INCONCLUSIVE = 4
    INTERRUPTED = 130


def fail(message: object, code: Exit) -> typer.Exit:
    """Print an error and return the exception that ends the command: ``raise fail(...)``."""
    typer.echo(f"error: {message}", err=True)
    return typer.Exit(code)


@contextmanager
def refusing_bad_input() -> Iterator[None]:
    """What is wrong with the user's input ends the command with its message, not with a traceback."""
    try:
        yield
    except (ValueError, TypeError, OSError, ModuleNotFoundError) as error:
        raise fail(error, Exit.BAD_USAGE) from None
