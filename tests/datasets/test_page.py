"""The page on data of one's own shows what runs."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import torch

PAGE = Path(__file__).parents[2] / "docs" / "data.md"


def test_the_page_runs(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks), encoding="utf-8")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        names = runpy.run_path(str(script))
    data, batch = names["data"], names["batch"]
    photo = data[7].data["photo"]
    assert photo.shape == (3, 8, 8) and photo.min() >= 0 and photo.max() <= 1
    assert data.label_names[data[7].labels] == "dog"
    assert names["told"].model_config.masked_entries == ["table"]
    assert names["filled"].shape == (50, 20, 5) and names["filled"].isfinite().all()
    assert len(batch.labels) == 600 and batch.masks["photo"][:300].all() and not batch.masks["photo"].all()
