from __future__ import annotations

import io

from rich.console import Console

from workbench.cli.run_progress import CellBar, run_progress
from workbench.running.progress import RunProgress


def console(terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=120, color_system=None)


def tell(progress: RunProgress) -> None:
    progress.cell(1, 4, "The [data]")
    progress.text("loading\n")
    progress.cell(2, 4, "The [data]")
    progress.cell(3, 4, "Training [b]")
    progress.text("epoch 1\r")
    progress.text("epoch 2\r\n")


def test_a_log_gets_one_line_for_each_heading() -> None:
    log = console(terminal=False)
    with run_progress(log) as progress:
        tell(progress)
    assert log.file.getvalue().splitlines() == ["[1/4] The [data]", "[3/4] Training [b]"]


def test_a_terminal_shows_cells_heading_and_the_last_line_printed_and_is_clean_at_the_end() -> None:
    screen = console(terminal=True)
    with run_progress(screen) as progress:
        assert isinstance(progress, CellBar)
        tell(progress)
        progress._progress.refresh()
        line = screen.file.getvalue().rsplit("\r", 1)[-1]
    for words in ("2/4", "Training [b]", "epoch 2"):
        assert words in line
    assert "epoch 1" not in line
    assert screen.file.getvalue().endswith("\x1b[2K")


def test_whatever_a_cell_prints_is_shown_as_it_is() -> None:
    screen = console(terminal=True)
    with run_progress(screen) as progress:
        assert isinstance(progress, CellBar)
        progress.text("\\[/a] [/b] [red]\n")
        progress._progress.refresh()
    assert "\\[/a] [/b] [red]" in screen.file.getvalue()
