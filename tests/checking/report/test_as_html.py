"""Pictures in the report's page."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from workbench.checking.report.as_html import as_html
from workbench.checking.result import CheckReport, NotebookResult


def test_pictures_are_side_by_side_and_equal_ones_are_shown_once(tmp_path: Path) -> None:
    paths = {}
    for name in ("red", "blue"):
        paths[name] = tmp_path / f"{name}.webp"
        Image.new("RGB", (4, 4), name).save(paths[name])
    red, blue = paths["red"], paths["blue"]
    pictures = {"a": (red, blue), "b": (red, red), "c": (None, blue), "d": (red, None), "e": (None, None)}
    notebook = NotebookResult("a", Path("a.ipynb"), "crashed", pictures=pictures)
    text = as_html(
        CheckReport(
            (notebook,), "fast", (0,), "2026-11-23T13:40:00+00:00", 1.0, {}, level=0.95, false_alarms=0.001
        )
    )
    assert text.count('src="data:image/webp;base64,') == 2 + 1 + 1 + 1
    for alt in ("a, before", "a, now", "b, as before", "c, without one before", "d, before"):
        assert text.count(f'alt="{alt}"') == 1
    assert text.count("no picture") == 1
    assert "1 picture as before" in text and "1 picture without one before" in text
