"""The symbol table is kept once, in docs/maths.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench import show_symbols
from workbench.notebook.symbols import TABLE, read_symbols
from workbench.pages.markup import render_markdown


def test_rows_are_shown_as_the_table_has_them(tmp_path: Path) -> None:
    shown = show_symbols("z", "q_S")._repr_markdown_().splitlines()
    assert shown[0] == "| symbol | meaning | in the code | source |"
    assert len(shown) == 4
    assert "| " + " | ".join(read_symbols(TABLE)["z"][1:]) + " |" == shown[2]
    html = render_markdown("\n".join(shown), tmp_path)
    assert html.count("<tr>") == 3
    assert "<code>model.posterior(x, S)</code>" in html


def test_every_row_has_a_symbol_a_meaning_and_a_name_in_the_code() -> None:
    table = read_symbols(TABLE)
    assert len(table) > 20
    for key, row in table.items():
        assert all(row[1:4]), f"{key} lacks something: {row}"
        assert row[1].count("$") % 2 == 0


def test_formulas_of_the_table_can_be_drawn(tmp_path: Path) -> None:
    # What the renderer cannot read it leaves as TeX in <code>.
    for key, row in read_symbols(TABLE).items():
        assert "<code>\\" not in render_markdown(row[1], tmp_path), key


def test_an_unknown_key_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no symbol 'zz'; there are x_m, M, z"):
        show_symbols("z", "zz")
    with pytest.raises(FileNotFoundError, match="comes with the repository"):
        read_symbols(tmp_path / "none.md")
    (tmp_path / "bad.md").write_text("| a | b |\n|---|---|\n| 1 | 2 |\n")
    with pytest.raises(ValueError, match="expected 5 columns, got 2"):
        read_symbols(tmp_path / "bad.md")
