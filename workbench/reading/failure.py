"""Where and why a notebook stopped, in plain words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbformat import NotebookNode
from nbformat.v4 import new_output

from .source import own_cells

# What befalls a cell from outside. What its kernel says while it is being ended comes after, and is no reason.
KERNEL_DIED, TIME_OUT, INTERRUPTION = "KernelDied", "TimedOut", "Interrupted"

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_LINES_SHOWN = 15


@dataclass(frozen=True)
class CellFailure:
    """The cell that a run stopped at.

    Args:
        cell: its position in the notebook as written, from 1, of ``cells``.
        line: the line in it, from 1, and ``source`` that line; ``None`` and empty where it is not known.
        name: of the exception.
        message: of the exception.
        printed: what the cell had printed until then, its last lines.
    """

    cell: int
    cells: int
    line: int | None
    source: str
    name: str
    message: str
    printed: str

    def __str__(self) -> str:
        where = f"cell {self.cell} of {self.cells}" + (f", line {self.line}" if self.line else "")
        words = [f"The notebook crashed in {where}:"]
        if self.source:
            words.append(f"    {self.source}")
        words.append(f"{self.name}: {self.message}" if self.message else self.name)
        if self.printed:
            words += [
                "The last lines that the cell printed:",
                *(f"  | {x}" for x in self.printed.splitlines()),
            ]
        return "\n".join(words)


def find_failure(notebook: NotebookNode) -> CellFailure | None:
    """The cell of an executed notebook at which papermill stopped; ``None`` if all cells ran."""
    own = own_cells(notebook)
    for number, cell in enumerate(own, start=1):
        if cell.metadata.get("papermill", {}).get("exception"):
            return _failure(cell, number, len(own))
    return None


def _failure(cell: NotebookNode, number: int, total: int) -> CellFailure:
    errors = [output for output in cell.outputs if output.output_type == "error"]
    from_outside = [error for error in errors if error.ename in (KERNEL_DIED, TIME_OUT, INTERRUPTION)]
    nothing_said = new_output("error", ename="Error", evalue="", traceback=[])
    error = [nothing_said, *errors, *from_outside][-1]
    line = _line_in_cell("\n".join(error.traceback), cell.execution_count)
    lines = cell.source.splitlines()
    return CellFailure(
        cell=number,
        cells=total,
        line=line,
        source=lines[line - 1].strip() if line and line <= len(lines) else "",
        name=error.ename,
        message=error.evalue,
        printed="\n".join(_printed(cell).splitlines()[-_LINES_SHOWN:]),
    )


def _line_in_cell(traceback: str, prompt: int | None) -> int | None:
    plain = _COLOURS.sub("", traceback)
    found = re.findall(rf"Cell In\[{prompt}\], line (\d+)", plain)
    return int(found[-1]) if found else None


def _printed(cell: NotebookNode) -> str:
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")
