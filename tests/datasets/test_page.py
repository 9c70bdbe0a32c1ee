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
    drawn, birds = names["drawn"], names["in_grams"].test.data["bird"]
    assert drawn.shape == (50, 200, 4) and set(drawn[..., 0].unique().tolist()) <= {0, 1, 2}
    inside = (names["low"][:, 3] <= birds[:, 3]) & (birds[:, 3] <= names["high"][:, 3])
    assert inside.float().mean() > 0.6 and 3000 < drawn[..., 3].mean() < 4600
    assert torch.equal(
        names["again"].estimate_nll(names["splits"].test, K=5).nll,
        names["of_birds"].estimate_nll(names["splits"].test, K=5).nll,
    )
    assert len(batch.labels) == 600 and batch.masks["photo"][:300].all() and not batch.masks["photo"].all()
