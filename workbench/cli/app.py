"""The commands put together. Importing this imports nothing heavy, so that ``--help`` answers at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from .check import check
from .doctor import doctor
from .lab import lab
from .run import join_pairs, run
from .sweep import sweep
from .train import train

app = typer.Typer(
    name="workbench",
    help="Train, look into and trust mixture-of-products-of-experts VAEs.",
    epilog="workbench COMMAND --help shows the options of a command, with examples.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (run, check, sweep, lab, train, doctor):
    app.command()(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: those after the command's name; by default those of this process.

    Returns:
        0 fine, 1 a metric got worse, 2 bad usage, 3 a notebook or training crashed, 4 the noise is too large to
        tell, 130 stopped by Ctrl-C.
    """
    words = join_pairs(sys.argv[1:] if arguments is None else arguments)
    try:
        app(words, prog_name="workbench", obj=tuple(words))  # commands may have to start others like them
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0
