"""The lines of library use in the README work as they stand there."""

from __future__ import annotations

import math
import re
import runpy
from pathlib import Path

import torch

from mopoe import MoPoE, MoPoEConfig, Summary

README = Path(__file__).parents[2] / "README.md"
PAGE = README.parent / "docs" / "likelihoods.md"


def python_of(path: Path) -> str:
    return "".join(re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL))


def test_the_python_of_the_page_on_likelihoods_runs(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text(python_of(PAGE).replace("2000", "20"), encoding="utf-8")
    dims = {"image": (2, 3), "text": (4,)}
    model, other = (MoPoE(MoPoEConfig(2, latent_dim=2, input_dims=dims)) for _ in range(2))
    data = {name: torch.randn(3, *shape) for name, shape in dims.items()}
    recorded = {}

    def record(name: str, summary: Summary, margin: float) -> None:
        recorded[name] = (summary, margin)

    generator = torch.Generator().manual_seed(0)
    given = {"model": model, "other": other, "data": data, "generator": generator, "record": record}
    names = runpy.run_path(str(tmp_path / "page.py"), given)
    assert names["nll"].nll.shape == (3,)
    assert recorded == {"nll": (names["nll"].mean(), 3.0)}


def test_the_python_of_the_readme_runs(tmp_path: Path) -> None:
    (tmp_path / "readme.py").write_text(python_of(README), encoding="utf-8")
    names = runpy.run_path(str(tmp_path / "readme.py"))
    assert names["imagined"].shape == (64, 5, 3, 28, 28)
    assert names["loss"].isfinite() and math.isfinite(names["nll"].standard_error)
