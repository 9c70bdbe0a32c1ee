"""Turns pytest-benchmark's JSON into docs/benchmarks.json and docs/benchmarks.md; rows that were not run stay.

``python -m bench.report build/benchmarks.json docs``
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bench.kit.tables import table

Row = dict[str, Any]
THEMES = ("Training step", "All subsets", "Likelihoods", "Starts", "Memory")
TIMES = (
    "work",
    "ours, ms",
    "CPU, ms",
    "peer, ms",
    "peer / ours",
    "limit, ms",
    "ours / limit",
    "rounds",
    "target",
    "",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("found", type=Path, help="what pytest --benchmark-json wrote")
    parser.add_argument("folder", type=Path, help="where benchmarks.json and benchmarks.md are")
    options = parser.parse_args()
    kept_in = options.folder / "benchmarks.json"
    found = read(options.found)
    rows = (json.loads(kept_in.read_text(encoding="utf-8")) if kept_in.exists() else {}) | found
    if not found:
        print("no row was measured")
        return
    kept_in.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (options.folder / "benchmarks.md").write_text(page(rows), encoding="utf-8")
    print(sections(found.values()))


def read(path: Path) -> dict[str, Row]:
    """Name → row, of a file that is empty where nothing was run."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    benchmarks = json.loads(text)["benchmarks"] if text.strip() else []
    return {
        f"{_name(one)} {i}": rounded(row)
        for one in benchmarks
        for i, row in enumerate(one["extra_info"].get("rows", []))
    }


def rounded(value: Any) -> Any:
    """Numbers to four digits, and null for what is no number, so that the file is small and any reader's JSON."""
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [rounded(entry) for entry in value]
    if isinstance(value, float):
        return float(f"{value:.4g}") if math.isfinite(value) else None
    return value


def page(rows: dict[str, Row]) -> str:
    """All of docs/benchmarks.md; a part for each machine, and versions, that rows come from."""
    machines = list(dict.fromkeys(row["machine"] for row in rows.values()))
    parts = [
        f"Measured on: {machine}.\n\n{sections(row for row in rows.values() if row['machine'] == machine)}"
        for machine in machines
    ]
    return HEAD + summary(rows.values()) + "\n".join(parts)


def summary(rows: Iterable[Row]) -> str:
    """How many targets are met; rows that were disturbed count among the targets, never among those met."""
    aimed = [row for row in rows if row["target"] and (row["met"] is not None or row.get("disturbed"))]
    met, disturbed = sum(bool(row["met"]) for row in aimed), sum(bool(row.get("disturbed")) for row in aimed)
    unknown = f"; {disturbed} cannot be told, as other work disturbed them" if disturbed else ""
    return f"Of {len(aimed)} targets {met} are met{unknown}.\n\n"


def sections(rows: Iterable[Row]) -> str:
    """A heading and its tables for each theme that has rows."""
    rows = list(rows)
    texts = []
    for theme in THEMES:
        of_theme = [row for row in rows if row["theme"] == theme]
        parts = [
            f"## {theme}\n",
            _times(of_theme),
            _notes(of_theme),
            _grids(of_theme),
            _mib(of_theme),
            _held(of_theme),
        ]
        if of_theme:
            texts.append("\n".join(part for part in parts if part))
    return "\n".join(texts)


def _name(benchmark: dict[str, Any]) -> str:
    where = benchmark["fullname"].removeprefix("bench/")
    device = benchmark["extra_info"].get("device", "cpu")
    return where if device == "cpu" else f"{where} on {device}"


def _times(rows: list[Row]) -> str:
    return _table_of(rows, "contenders", TIMES, _time_cells)


def _time_cells(row: Row) -> list[str]:
    ours = row["contenders"]["ours"]
    limit = row["contenders"].get("limit")
    return [
        row["work"],
        _spread(ours),
        f"{_short(ours['cpu_ms'])}",
        _spread(row["contenders"].get("peer")),
        _ratio(row["ratios"].get("peer_over_ours")),
        f"{_spread(limit)} ({row['limit']})" if limit else "",
        _ratio(row["ratios"].get("ours_over_limit")),
        str(ours.get("rounds", "")),
        *_judged(row),
    ]


def _notes(rows: list[Row]) -> str:
    return "".join(f"- {row['work']}: {row['note']}.\n" for row in rows if row.get("note"))


def _grids(rows: list[Row]) -> str:
    texts = []
    for row in rows:
        cells = [
            [name, f"{p['K']:,}", *(_short(p[what]) for what in ("rms", "bias", "wall_ms"))]
            for name, grid in row.get("grid", {}).items()
            for p in grid
        ]
        if cells:
            header = ["", "K", "RMS error, nats", "of which bias", "ms for all samples"]
            texts.append(f"{row['work']}:\n\n{table(header, cells)}")
    return "\n".join(texts)


def _mib(rows: list[Row]) -> str:
    def cells(row: Row) -> list[str]:
        return [row["work"], *(_short(row["mib"].get(who)) for who in ("ours", "peer")), *_judged(row)]

    return _table_of(rows, "mib", ("MiB added at the peak", "ours", "peer", "target", ""), cells)


def _held(rows: list[Row]) -> str:
    texts = []
    for row in rows:
        if "held" in row:
            header = ["MiB", *row["held"], "target", ""]
            cells = [row["work"], *(f"{mib:.1f}" for mib in row["held"].values()), *_judged(row)]
            texts.append(table(header, [cells]))
    return "\n".join(texts)


def _table_of(rows: list[Row], key: str, header: Iterable[str], cells: Callable[[Row], list[str]]) -> str:
    lines = [cells(row) for row in rows if key in row]
    return table(list(header), lines) if lines else ""


def _judged(row: Row) -> list[str]:
    disturbed = row.get("disturbed")
    if disturbed:
        return [row["target"], f"**disturbed**: {disturbed}"]
    return [row["target"], {True: "met", False: "missed", None: ""}[row["met"]]]


def _spread(contender: Row | None) -> str:
    if contender is None:
        return ""
    spread = contender.get("wall_spread_ms")
    if contender.get("rounds") == 1:
        return f"{_short(contender['wall_ms'])} (once)"
    return _short(contender["wall_ms"]) + (f" ± {_short(spread)}" if spread else "")


def _ratio(ratio: Row | None) -> str:
    if ratio is None:
        return ""
    interval = "" if ratio["low"] is None else f" [{_short(ratio['low'])}, {_short(ratio['high'])}]"
    return _short(ratio["median"]) + interval


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


HEAD = """# How long it takes, and how much memory

Written by `make bench` ([`bench/`](../bench)); the numbers behind it are in [`benchmarks.json`](benchmarks.json).

*Ours* is `mopoe`; the *peer* is MultiVae's MoPoE with the very same networks and data. *Limit* is what no library can
go below: the time of the networks alone on as many elements. All take turns in every round of one run, after rounds
to warm up. Times are medians ± spread (interquartile range) on the clock; *CPU* is that of all threads of ours
together. Ratios are medians over rounds with a 95 % interval (from order statistics; none below six rounds). Where a
contender took part in fewer rounds, ratios are of those; of one that took part once, its time is divided by the
other's median. A target is judged by the median. *Bias* is what all repeats of an estimate have in common: where it
stays as K grows, no number of draws removes it.

*Ours / limit* is what the library costs beside its networks: at 1 nothing, at 1.2 a fifth of their time. For all 31
posteriors the limit is one pass through the five encoders, where the peer runs them anew for every subset. They alone
take a 56th of its time: no library can be more than 56 times as fast, so the target is a multiple of the limit.

Before and during each row the CPU time of all other processes is looked at. A row waits until they leave as many
cores as it has threads, and is measured again where they did not. One that was disturbed every time is marked
**disturbed**, and its target is not judged. On a machine whose cores others use from the start, one thread is
measured: two would wait for each other. Rows of memory do not depend on the load.

"""

if __name__ == "__main__":
    main()
