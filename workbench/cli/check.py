"""``workbench check``: notebooks as regression tests."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from .exits import Exit, fail, refusing_bad_input


def check(
    notebooks: Annotated[
        list[Path] | None, typer.Argument(help="Notebooks or folders.", show_default="notebooks")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="How many at a time.", show_default="one a core")
    ] = None,
    profile: Annotated[
        str, typer.Option(help="fast or full parameters, as each notebook declares them.")
    ] = "fast",
    seeds: Annotated[str, typer.Option(help="How many seeds, from 0, or a range such as 5..9.")] = "1",
    cell_timeout: Annotated[int, typer.Option(min=1, help="Seconds a cell may take.")] = 900,
    fresh: Annotated[bool, typer.Option("--fresh", help="Run also what was run before.")] = False,
    out: Annotated[Path, typer.Option(help="Where runs and the report go.")] = Path("runs/check"),
    update_baselines: Annotated[
        bool, typer.Option("--update-baselines", help="Make what is recorded now the baseline.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why the baselines change; goes into their log.")] = "",
    drop: Annotated[
        list[str] | None, typer.Option(help="A metric that new baselines give up; repeatable.")
    ] = None,
) -> None:
    """Run notebooks and compare what they record with their baselines.

    Ends with 0 if nothing got worse, 1 if a metric did or is missing, 3 if a notebook crashed, 4 if the noise is
    too large to tell. Finished runs are kept: the same command goes on where it was stopped.

    Examples:

    \b
    workbench check
    workbench check notebooks/05_poe_versus_mopoe_nll.ipynb --profile full --seeds 5
    workbench check --update-baselines --seeds 8 --reason "categorical decoders sum over positions"
    """
    from workbench.checking.plan import plan_check, read_seeds
    from workbench.files import make_writable

    with refusing_bad_input():
        chosen = read_seeds(seeds)
        planned = plan_check(notebooks or [], profile, chosen)
        store_folder = make_writable(out)
        if update_baselines:
            from workbench.checking.update import refuse_dirty_tree

            if not reason.strip():
                raise ValueError('--update-baselines: say why, with --reason "..."')
            refuse_dirty_tree(planned)
        elif reason or drop:
            raise ValueError("--reason and --drop belong to --update-baselines")

    from workbench.checking.check import run_check  # takes a second: not before the input is right
    from workbench.checking.report import write_check_report
    from workbench.running.store import Store

    from .check_progress import check_progress
    from .check_summary import check_summary

    command = shlex.join(["workbench", *sys.argv[1:]])
    total = sum(len(notebook.jobs) for notebook in planned)
    try:
        with check_progress(total) as on_run_end:
            report, runs = run_check(
                planned,
                Store(store_folder),
                profile=profile,
                seeds=chosen,
                at_once=jobs or os.cpu_count() or 1,
                cell_timeout=cell_timeout,
                fresh=fresh,
                confirming=not update_baselines,
                command=command,
                on_run_end=on_run_end,
            )
        files = write_check_report(report, out)
    except KeyboardInterrupt:
        kept = f"what finished is kept in {out}; the same command goes on"
        raise fail(f"stopped; {kept}", Exit.INTERRUPTED) from None
    except OSError as error:
        raise fail(
            f"{error}\nwhat finished is kept in {out}; the same command goes on", Exit.CRASHED
        ) from None
    from rich.console import Console

    console = Console(highlight=False)
    for line in check_summary(report):
        console.print(line)
    typer.echo(f"  Report     {files['report.html']} (and .md, .json, junit.xml)")
    if update_baselines:
        from workbench.checking.update import refuse_missing
        from workbench.checking.update import update_baselines as update

        try:
            refuse_missing(report, drop or [])
            lines = update(planned, report, runs, reason)
        except ValueError as error:
            code = exit_of(report)
            raise fail(error, code if code in (Exit.CRASHED, Exit.REGRESSED) else Exit.BAD_USAGE) from None
        except OSError as error:
            raise fail(error, Exit.CRASHED) from None
        for line in lines:
            typer.echo(line)
        return
    raise typer.Exit(exit_of(report))


def exit_of(report: object) -> Exit:
    """The exit code of a check: a crash goes before a regression, that before doubt."""
    from workbench.checking.result import CheckReport, Verdict

    assert isinstance(report, CheckReport)
    if report.crashed:
        return Exit.CRASHED
    if report.count(Verdict.WORSE) or report.count(Verdict.MISSING):
        return Exit.REGRESSED
    return Exit.INCONCLUSIVE if report.count(Verdict.INCONCLUSIVE) else Exit.FINE
