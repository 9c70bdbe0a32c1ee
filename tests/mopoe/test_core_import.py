"""Importing the core brings torch and safetensors and nothing else."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mopoe
from mopoe import gaussians
from mopoe.fusion import gaussians as fusion_of_gaussians

HEAVY = {
    *(
        "IPython",
        "arviz_stats",
        "dask",
        "ipywidgets",
        "lightning",
        "lightning_fabric",
        "matplotlib",
        "nbformat",
        "pandas",
    ),
    *("papermill", "plotly", "pooch", "scipy", "skimage", "sklearn", "tensorboard", "torchmetrics"),
    *("torchvision", "typer", "workbench"),
}


@pytest.mark.slow
def test_importing_the_core_loads_nothing_heavy() -> None:
    root = Path(mopoe.__file__).resolve().parents[1]
    code = "import sys, mopoe; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {"torch", "safetensors", "mopoe"} <= loaded
    assert not loaded & HEAVY


def test_the_core_names_only_torch_safetensors_and_itself() -> None:
    standard = {"torch", "safetensors", "mopoe"} | set(sys.stdlib_module_names)
    for path in Path(mopoe.__file__).parent.rglob("*.py"):
        # The extra "diagnostics", imported where it is called.
        allowed = standard | ({"arviz_stats"} if path.name == "pareto.py" else set())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            assert {name.split(".")[0] for name in names} <= allowed, f"{path.name}: {names}"
            assert "pickle" not in names


def test_everything_public_is_there() -> None:
    assert sorted(mopoe.__all__) == sorted(set(mopoe.__all__))
    for name in mopoe.__all__:
        assert hasattr(mopoe, name)
    promised = {
        "BaseDecoder", "BaseEncoder", "BaseMultilatentEncoder", "IncompleteDataset", "MoPoE", "MoPoEConfig",
        "ModelOutput", "MultimodalBaseDataset",
    }  # fmt: skip
    assert promised <= set(mopoe.__all__)


def test_the_model_is_one_class_above_its_base() -> None:
    """What is done with a model are functions of it; MultiVae's names for some of that stand together."""
    names = [base.__name__ for base in mopoe.MoPoE.__mro__]
    assert names == ["MoPoE", "MultiVaeNames", "MultimodalVAE", "Module", "object"]
    for name in (
        "estimate_nll",
        "estimate_bounds",
        "forward",
        "encode",
        "decode",
        "generate_from_prior",
        "log_likelihood",
        "from_pretrained",
        "compute_joint_nll",
    ):
        assert getattr(mopoe.MoPoE, name).__doc__


def test_gaussians_are_there_for_everybody() -> None:
    assert {"kl_to_standard_normal", "precision_shares", "product_of_experts"} <= set(gaussians.__all__)
    for name in gaussians.__all__:
        assert getattr(gaussians, name) is getattr(fusion_of_gaussians, name)
