"""The lines of library use in the README work as they stand there."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_python_of_the_readme_runs(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "readme.py").write_text(code, encoding="utf-8")
    names = runpy.run_path(str(tmp_path / "readme.py"))
    assert names["imagined"].shape == (64, 5, 3, 28, 28)
    assert names["loss"].isfinite() and names["nll"].isfinite()
