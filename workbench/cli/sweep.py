"""``workbench sweep``: one notebook over a grid of parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .exits import Exit, fail, refusing_bad_input
from .run import read_pairs

if TYPE_CHECKING:
    from workbench.sweeping.plan import SweepPlan
    from workbench.sweeping.sweep import SweptRun

_MANY = 10_000
_VALUES = "Values of a parameter; repeatable. Commas separate them, 0..4 counts; ; separates lists."


def sweep(
    notebook: Annotated[Path, typer.Argument(help="The notebook; it is not changed.", show_default=False)],
    parameter: Annotated[
        list[str] | None, typer.Option("-p", "--parameter", metavar="NAME=VALUES", help=_VALUES)
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="fast, full or another that it declares: values of all others.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where runs go.", show_default="runs/sweeps/NAME")] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask cluster.", show_default="this machine")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Notebooks at once, on this machine.", min=1)] = None,
    threads: Annotated[int | None, typer.Option(help="Of torch, in each notebook.", min=1)] = None,
    cell_timeout: Annotated[int | None, typer.Option(help="Seconds a cell may take.", min=1)] = None,
    retries: Annotated[int, typer.Option(help="Of a run that a machine failed.", min=0)] = 2,
    table: Annotated[
        Path | None, typer.Option(help="All numbers, as .csv or .parquet.", show_default="OUT/table.csv")
    ] = None,
) -> None:
    """Run a notebook for all combinations of values, several at once; all its numbers go into one table.

    What was run once is not run again: after Ctrl-C or a crash the same command goes on. A notebook that
    crashes does not stop the others.

    Examples:

    \b
    workbench sweep notebooks/00_start_here.ipynb -p beta=0.5,1,2.5 -p seed=0..4 --profile fast
    workbench sweep notebooks/00_start_here.ipynb -p 'subsets=mopoe;[["m0"],["m1"]]' --table all.parquet
    workbench sweep notebooks/00_start_here.ipynb -p seed=0..99 --scheduler tcp://10.0.0.5:8786
    """
    with refusing_bad_input():
        from workbench.sweeping.plan import plan_sweep

        plan = plan_sweep(
            notebook,
            {name: str(values) for name, values in read_pairs(parameter or []).items()},
            profile=profile,
            out=out,
            table=table,
            scheduler=scheduler,
            workers=workers,
            threads=threads,
            cell_timeout=cell_timeout,
            retries=retries,
        )
    code, why = _carry_out(plan)
    if code is not Exit.FINE:
        raise fail(f"{why}\nWhat finished is kept: the same command goes on.", code)


def _carry_out(plan: SweepPlan) -> tuple[Exit, str]:
    from workbench.sweeping.sweep import outcome_of_each, run_sweep, split_by_store
    from workbench.sweeping.worker import ClusterError

    from .sweep_progress import sweep_progress

    grid = plan.grid
    runs, missing = split_by_store(grid.jobs, plan.store)
    typer.echo(f"{len(grid.jobs)} runs: {grid}. {len(runs)} of them are there already.")
    if len(missing) > _MANY:
        typer.echo(f"That is a lot: {len(missing)} notebooks, each in a process of its own.")
    code, why = Exit.CRASHED, "not all runs finished"
    try:
        with (
            sweep_progress(len(runs), len(grid.jobs)) as on_run_end,
            closing(run_sweep(plan, missing, typer.echo)) as ended,
        ):
            for run in ended:
                runs.append(run)
                on_run_end(run, grid.point(run.job))
    except KeyboardInterrupt:
        code, why = Exit.INTERRUPTED, "stopped"
    except ClusterError as error:
        code, why = Exit.BAD_USAGE, str(error)
    except ConnectionError as error:
        why = str(error)
    runs = outcome_of_each(grid.jobs, runs, plan.store)
    _write(plan, runs)
    return (Exit.FINE, "") if all(run.finished for run in runs) else (code, why)


def _write(plan: SweepPlan, runs: Sequence[SweptRun]) -> None:
    """The table, and the picture beside it."""
    from workbench.sweeping.summary import summarise_sweep
    from workbench.sweeping.table import table_columns, write_table

    states = Counter(run.state for run in runs)
    typer.echo(", ".join(f"{count} {state}" for state, count in states.most_common()) + ".")
    write_table(plan.table, table_columns(plan.grid, runs, plan.store.root))
    typer.echo(f"  Table      {plan.table}")
    summary = summarise_sweep(plan.grid, runs)
    picture = plan.table.with_suffix(".png")
    picture.unlink(missing_ok=True)  # an earlier one would not be about this table
    if summary is None:
        return
    from workbench.files import write_whole
    from workbench.sweeping.charts import sweep_chart

    write_whole(picture, sweep_chart(summary)._repr_png_())
    typer.echo(f"  Picture    {picture}")
