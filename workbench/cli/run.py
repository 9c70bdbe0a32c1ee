"""``workbench run``: a notebook from the command line."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from .exits import Exit, fail, refusing_bad_input

_PARAMETER = ("-p", "--parameter")
_MOST_IN_DOUBT = 3


def run(
    notebook: Annotated[Path, typer.Argument(help="The notebook; it is not changed.", show_default=False)],
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="NAME VALUE", help="A parameter; repeatable."),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(help="fast, full or another that it declares: values of all other parameters."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where results go.", show_default="runs/NAME")] = None,
    html: Annotated[bool, typer.Option(help="Write a page of all pictures.")] = True,
    list_parameters: Annotated[bool, typer.Option("--list-parameters", help="Only list them.")] = False,
    show: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
) -> None:
    """Execute a notebook, and keep its pictures as one HTML page and its numbers as JSON.

    Examples:

    \b
    workbench run notebooks/00_start_here.ipynb
    workbench run notebooks/00_start_here.ipynb --profile fast
    workbench run notebooks/00_start_here.ipynb --list-parameters
    workbench run notebooks/00_start_here.ipynb -p latent_dim 64 -p epochs 3 --out runs/wide
    """
    from workbench.reading.parameters import describe, read_parameters
    from workbench.reading.profiles import read_profile
    from workbench.reading.source import read_source
    from workbench.reading.times import duration
    from workbench.running.plan import plan_run

    with refusing_bad_input():
        if list_parameters:
            typer.echo(describe(read_parameters(read_source(notebook))))
            return
        declared = {} if profile is None else read_profile(read_source(notebook), profile)
        values = declared | read_pairs(parameter or [])
        plan = plan_run(notebook, out or Path("runs") / notebook.stem, values)
    from workbench.running.execute import execute_plan  # takes a second: not before the input is right

    from .run_progress import run_progress

    try:
        with run_progress() as progress:
            result = execute_plan(plan, html=html, progress=progress)
    except KeyboardInterrupt:
        came = f"; what ran until then is in {plan.executed}" if plan.executed.is_file() else ""
        raise fail(f"stopped{came}", Exit.INTERRUPTED) from None
    except BlockingIOError as error:  # another run is writing there; it goes on
        raise fail(error, Exit.BAD_USAGE) from None
    except (RuntimeError, OSError) as error:  # the kernel did not start or answer; the disk is full
        raise fail(f"{error}\nworkbench doctor may tell why", Exit.CRASHED) from None
    if result.failure:
        came = f"The executed notebook, as far as it came: {_short(result.notebook)}"
        raise fail(f"{result.failure}\n{came}", Exit.CRASHED)
    typer.echo(f"Done in {duration(result.seconds)}.")
    if result.page:
        typer.echo(f"  Pictures   {_short(result.page)}")
    typer.echo(f"  Notebook   {_short(result.notebook)}")
    if result.metrics:
        typer.echo(f"  Numbers    {_short(result.notebook.parent / 'metrics.json')} ({len(result.metrics)})")
        doubtful = {name: entry for name, entry in result.metrics.items() if "diagnosis" in entry}
        for name, entry in list(doubtful.items())[:_MOST_IN_DOUBT]:
            typer.echo(f"             {name} is {entry['diagnosis']}")
        if len(doubtful) > _MOST_IN_DOUBT:
            typer.echo(
                f"             and {len(doubtful) - _MOST_IN_DOUBT} more are in doubt, as that file says"
            )
    if show and result.page:
        from workbench.pages.browser import show_page

        show_page(result.page)


def join_pairs(arguments: Sequence[str]) -> list[str]:
    """``-p NAME VALUE`` as ``-p NAME=VALUE``: typer's options cannot take two words and be repeated."""
    words, joined = deque(arguments), list[str]()
    while words:
        joined.append(words.popleft())
        if joined[-1] in _PARAMETER and words:
            name = _argument(words) or ""
            value = None if not name or "=" in name else _argument(words)
            joined.append(name if value is None else f"{name}={value}")
    return joined


def _argument(words: deque[str]) -> str | None:
    """The next word, unless another option begins there: then one was forgotten."""
    return words.popleft() if words and words[0] not in _PARAMETER and words[0][:2] != "--" else None


def read_pairs(given: Sequence[str]) -> dict[str, object]:
    """``NAME=VALUE`` as a pair, each name once.

    Raises:
        ValueError: no value, or a name that was given before.
    """
    pairs: dict[str, object] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"-p {name}: expected a name and a value, such as -p latent_dim 64")
        if name in pairs:
            raise ValueError(f"-p {name} was given twice")
        pairs[name] = value
    return pairs


def _short(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
