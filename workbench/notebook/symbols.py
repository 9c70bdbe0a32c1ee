"""The symbol table of ``docs/maths.md``, shown in part where a notebook needs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).parents[2] / "docs" / "maths.md"
_COLUMNS = ("key", "symbol", "meaning", "in the code", "source")


@dataclass(frozen=True)
class Symbols:
    """Some rows of the table, as Markdown."""

    rows: tuple[tuple[str, ...], ...]

    def _repr_markdown_(self) -> str:
        lines = [_COLUMNS[1:], ("---",) * (len(_COLUMNS) - 1), *(row[1:] for row in self.rows)]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def show_symbols(*keys: str) -> Symbols:
    """Rows of the symbol table: ``show_symbols("z", "q_m", "q_S")``.

    Raises:
        ValueError: a key that the table does not have; the message lists all.
        FileNotFoundError: the workbench was installed without its ``docs`` folder.
    """
    table = read_symbols(TABLE)
    unknown = [key for key in keys if key not in table]
    if unknown:
        raise ValueError(f"show_symbols: no symbol {unknown[0]!r}; there are {', '.join(table)}")
    return Symbols(tuple(table[key] for key in keys))


def read_symbols(path: Path) -> dict[str, tuple[str, ...]]:
    """Key → row of the first table in a Markdown file."""
    if not path.is_file():
        raise FileNotFoundError(f"no symbol table: {path} comes with the repository, not with the package")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    rows = [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in lines[2:]]
    wrong = [row for row in rows if len(row) != len(_COLUMNS)]
    if wrong:
        raise ValueError(f"{path}: expected {len(_COLUMNS)} columns, got {len(wrong[0])} in {wrong[0]}")
    return {row[0].strip("`"): row for row in rows}
