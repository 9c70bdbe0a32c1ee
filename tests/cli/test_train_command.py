from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.cli.app import main

SMALL = [
    "--dataset",
    "linear_gaussian",
    "--samples",
    "64",
    "--latent-dim",
    "2",
    "--epochs",
    "2",
    "--device",
    "cpu",
]


def test_options_take_effect_and_the_model_can_be_loaded(tmp_path: Path, capsys) -> None:
    from mopoe import MoPoE

    options = [
        "--subsets",
        '[["x0"], ["x0", "x1"]]',
        "--beta",
        "0.5",
        "--private-dim",
        "1",
        "--batch-size",
        "32",
    ]
    assert main(["train", *SMALL, *options, "--out", str(tmp_path / "run")]) == 0
    assert "from_pretrained" in capsys.readouterr().out
    config = MoPoE.from_pretrained(tmp_path / "run/model").model_config
    assert (config.latent_dim, config.beta) == (2, 0.5)
    assert config.modalities_specific_dim == {"x0": 1, "x1": 1, "x2": 1}
    assert len(config.subsets) == 2
    history = json.loads((tmp_path / "run/history.json").read_text())
    assert len(history["history"]["train"]["loss"]) == 2
    assert history["config"]["batch_size"] == 32


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--dataset", "mnist"], "dataset: expected one of polydigits"),
        ([*SMALL, "--subsets", '[["x9"]]'], "'x9'"),
        ([*SMALL, "--subsets", "best"], "best"),
        ([*SMALL, "--latent-dim", "0"], "latent_dim"),
        ([*SMALL, "--epochs", "0"], "epochs"),
        ([*SMALL, "--precision", "16"], "precision"),
        (["--dataset", "polymnist", "--data-dir", "/nowhere"], "/nowhere"),
    ],
)
def test_bad_options_end_with_2_and_name_the_option(
    tmp_path: Path, capsys, options: list[str], words: str
) -> None:
    assert main(["train", *options, "--out", str(tmp_path / "run")]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "run/model").exists()


def test_an_output_folder_that_cannot_be_is_refused_before_any_work(tmp_path: Path, capsys) -> None:
    (tmp_path / "taken").write_text("")
    assert main(["train", "--dataset", "no such data", "--out", str(tmp_path / "taken")]) == 2
    assert "cannot write to the output folder" in capsys.readouterr().err


def test_a_diverging_training_ends_with_3(tmp_path: Path, capsys) -> None:
    assert main(["train", *SMALL, "--learning-rate", "1e30", "--out", str(tmp_path / "run")]) == 3
    assert "step" in capsys.readouterr().err
