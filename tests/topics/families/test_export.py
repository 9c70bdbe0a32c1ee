"""Taking the family explorer away: values, files and pages."""

from __future__ import annotations

import ast
import csv
import json

import pytest
import torch

from mopoe import MoPoE, MoPoEConfig, MultimodalBaseDataset
from workbench.topics.families.explorer import explore_families
from workbench.topics.families.state import DRAWS


def test_state_round_trips_through_json(explorer, models, data):
    explorer.state.update({"K": 32, "target": "imagined", "posterior": "mixture", "seed": 5})
    again = explore_families(models, data, **json.loads(json.dumps(explorer.state.to_dict())))
    assert again.panels == explorer.panels
    call = ast.parse(explorer.as_python(), mode="eval").body
    options = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    assert explore_families(models, data, **options).state.to_dict() == explorer.state.to_dict()


def test_files(explorer, tmp_path):
    written = explorer.save(tmp_path / "numbers.csv")[0].read_text()
    rows = list(csv.DictReader(written.splitlines()))
    nll = {(row["family"], int(row["K"])): float(row["value"]) for row in rows if row["kind"] == "nll"}
    assert len(nll) == 3 * len(DRAWS)
    assert nll["MoPoE", 1024] == pytest.approx(explorer.current.likelihoods.curves["MoPoE"].values[-1])
    assert sum(row["kind"] == "gap" for row in rows) == 3 * len(DRAWS)
    page = explorer.to_html(tmp_path / "page.html", samples=2)
    assert page.stat().st_size < 6_000_000
    sample, shown = explorer.export_axes(samples=2)
    assert (sample.values, len(shown.values)) == ([4, 5], 8)


def test_of_many_modalities_a_page_offers_single_ones_and_all(truth):
    dims = dict.fromkeys("abcde", (2,))
    model = MoPoE(MoPoEConfig(5, 2, dims)).eval()
    some = MultimodalBaseDataset({name: torch.rand(3, 2) for name in dims}, torch.arange(3))
    explorer = explore_families({"MoPoE": model}, some, shown=["a", "b"])
    assert explorer.export_axes()[1].values == [["a", "b"], *([name] for name in dims), list(dims)]
