"""How long a fresh interpreter takes until the library, and the command line, are there."""

from __future__ import annotations

from bench.kit.child import part, whole
from bench.kit.targets import within
from bench.kit.work import HAS_PEER

THEME = "Starts"
PEER = (
    "from workbench.paper.multivae.stand_ins import stand_in_for_torchvision\n"
    "with stand_in_for_torchvision(): import multivae.models"
)


def test_import(race) -> None:
    contenders = {
        "ours": lambda: part("import torch", "import mopoe"),
        "peer": (lambda: part("import torch", PEER)) if HAS_PEER else None,
    }
    what = "`import mopoe` (peer: `import multivae.models`), torch imported before"
    race(THEME, what, contenders, rounds=9, warmup=1, target=within(0.2))


def test_help(race) -> None:
    contenders = {"ours": lambda: whole("-m", "workbench", "--help"), "limit": lambda: whole("-c", "")}
    what = "`workbench --help`, from start to end"
    race(THEME, what, contenders, rounds=9, warmup=1, limit="Python alone", target=within(0.5))
