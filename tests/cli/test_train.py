from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path

import pytest

from mopoe import NETWORKS
from workbench.cli.app import main
from workbench.cli.train import train
from workbench.reading.parameters import read_parameters
from workbench.reading.source import read_source

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
        "--networks",
        "mlp256",
        "--prior-expert",
        "all",
    ]
    assert main(["train", *SMALL, *options, "--out", str(tmp_path / "run")]) == 0
    assert "from_pretrained" in capsys.readouterr().out
    model = MoPoE.from_pretrained(tmp_path / "run/model")
    config = model.model_config
    assert {weight.shape[0] for weight in model.encoders["x0"].parameters()} >= {256}
    assert (config.latent_dim, config.beta) == (2, 0.5)
    assert config.modalities_specific_dim == {"x0": 1, "x1": 1, "x2": 1}
    assert len(config.subsets) == 2 and config.prior_expert == "all"
    history = json.loads((tmp_path / "run/history.json").read_text())
    assert len(history["history"]["train"]["loss"]) == 2
    assert history["config"]["batch_size"] == 32


def test_subsets_can_be_drawn(tmp_path: Path) -> None:
    from mopoe import MoPoE

    options = ["--subsets", "sampled_by_size", "--subset-draws", "5"]
    assert main(["train", *SMALL, *options, "--out", str(tmp_path)]) == 0
    config = MoPoE.from_pretrained(tmp_path / "model").model_config
    assert (config.subsets, config.subset_draws) == ("sampled_by_size", 5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--dataset", "mnist"], "dataset: expected one of polydigits"),
        ([*SMALL, "--subsets", '[["x9"]]'], "'x9'"),
        ([*SMALL, "--subsets", "best"], "best"),
        ([*SMALL, "--subsets", "sampled", "--subset-draws", "0"], "subset_draws: expected at least 1, got 0"),
        ([*SMALL, "--prior-expert", "some"], "prior_expert: expected one of"),
        ([*SMALL, "--latent-dim", "0"], "latent_dim"),
        ([*SMALL, "--epochs", "0"], "epochs"),
        ([*SMALL, "--precision", "16"], "precision"),
        ([*SMALL, "--networks", "resnet"], "networks: expected one of auto, mlp"),
        ([*SMALL, "--networks", "conv28"], "28"),
        (["--dataset", "polymnist", "--data-dir", "/nowhere"], "/nowhere"),
        (["--dataset", "mnist_svhn_text"], "data_dir: expected a folder that holds SVHN, got none"),
        (["--dataset", "mnist_svhn_text", "--data-dir", "/nowhere"], "data_dir: expected a folder"),
        (["--dataset", "released_polymnist", "--data-dir", "/nowhere"], "folder that holds PolyMNIST"),
        ([*SMALL, "--data-dir", "/nowhere"], "linear_gaussian: no option data_dir"),
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


def test_the_defaults_are_those_of_the_first_notebook(repository: Path) -> None:
    notebook = read_parameters(read_source(repository / "notebooks/00_start_here.ipynb"))
    ours = {name: option.default for name, option in inspect.signature(train).parameters.items()}
    shared = notebook.keys() & ours.keys() - {"data_dir"}  # no folder is None here, "" there
    assert shared >= {"dataset", "subsets", "latent_dim", "beta", "networks", "epochs", "batch_size"}
    assert {name: ours[name] for name in shared} == {
        name: ast.literal_eval(notebook[name].default) for name in shared
    }


@pytest.mark.parametrize("options", [["--device", "cuda:99"], ["--networks", "resnet"]])
def test_what_needs_no_data_is_refused_before_they_are_made(
    tmp_path: Path, capsys, monkeypatch, options: list[str]
) -> None:
    made: list[object] = []
    monkeypatch.setattr("workbench.datasets.load_dataset", lambda *args, **kwargs: made.append(args))
    assert main(["train", *options, "--out", str(tmp_path / "run")]) == 2
    assert f"error: {options[0][2:]}: " in capsys.readouterr().err
    assert made == []


@pytest.mark.parametrize("kind", [ValueError, TypeError, OSError])
def test_input_that_the_training_refuses_ends_with_2_and_its_message(
    tmp_path: Path, capsys, monkeypatch, kind: type[Exception]
) -> None:
    def refuse(*args: object) -> None:
        raise kind("not with these data")

    monkeypatch.setattr("workbench.training.fit", refuse)
    assert main(["train", *SMALL, "--out", str(tmp_path / "run")]) == 2
    assert "error: not with these data" in capsys.readouterr().err
    assert not (tmp_path / "run/model").exists()


def test_help_names_every_network(capsys) -> None:
    assert main(["train", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert f"auto, or one for all: {', '.join(NETWORKS)}." in said
