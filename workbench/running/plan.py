"""All that can be wrong with a run, found before a kernel is started; imports nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..files import make_writable
from ..reading.parameters import check_parameters, default_values
from ..reading.source import read_source


@dataclass(frozen=True)
class RunPlan:
    """A run that was checked.

    Args:
        notebook: absolute path.
        out: the output folder, which exists and can be written to.
        values: of the parameters that were given.
        parameters: all of them, with their values.
    """

    notebook: Path
    out: Path
    values: dict[str, object]
    parameters: dict[str, object]

    @property
    def executed(self) -> Path:
        """Where the executed copy goes."""
        return self.out / self.notebook.name

    @property
    def page(self) -> Path:
        """Where the HTML page goes."""
        return self.out / f"{self.notebook.stem}.html"


def plan_run(path: Path | str, out_dir: Path | str, parameters: Mapping[str, object]) -> RunPlan:
    """Check a run and make its output folder.

    Args:
        path: the notebook.
        out_dir: receives what the run leaves.
        parameters: name → value; a text is read as typed on a command line.

    Raises:
        FileNotFoundError: there is no such notebook.
        ValueError: the file is no notebook, or ``out_dir`` is the folder that it lies in.
        ParameterError: an unknown parameter, or a value of the wrong type.
        OSError: ``out_dir`` cannot be written to.
    """
    notebook, out = Path(path).resolve(), Path(out_dir).resolve()
    source = read_source(notebook)
    values = check_parameters(source, parameters)
    if out == notebook.parent:
        raise ValueError(f"cannot write into {out}: it holds the notebook itself, which would be replaced")
    return RunPlan(notebook, make_writable(out), values, default_values(source) | values)
