from __future__ import annotations

import io

from rich.console import Console

from workbench.cli.progress import terminal_progress


def drawn(terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=120, color_system=None)
    with terminal_progress(console) as progress:
        progress.cell(1, 4, "The [data]")
        progress.text("loading\n")
        progress.cell(2, 4, "The [data]")
        progress.cell(3, 4, "Training")
        progress.text("epoch 1\r")
        progress.text("epoch 2\r\n")
    return console.file.getvalue()


def test_a_log_gets_one_line_for_each_heading() -> None:
    assert drawn(terminal=False).splitlines() == ["[1/4] The [data]", "[3/4] Training"]


def test_a_terminal_shows_cells_heading_and_the_last_line_printed() -> None:
    last = drawn(terminal=True).rsplit("\r", 1)[-1]
    assert "2/4" in last
    assert "Training" in last
    assert "epoch 2" in last
    assert "epoch 1" not in last
