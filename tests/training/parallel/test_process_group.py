"""Several processes train as one does; the trainings themselves are in trainings.py."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.training import TrainConfig, fit
from workbench.training.parallel.process_group import ProcessGroup

SCRIPT = Path(__file__).with_name("trainings.py")
Ended = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> list[Ended]:
    """What became of all trainings, in each of two processes."""
    folder = tmp_path_factory.mktemp("together")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", str(SCRIPT)]
    subprocess.run([*command, str(folder)], check=True, timeout=300)
    return [json.loads((folder / str(rank)).read_text()) for rank in (0, 1)]


@pytest.fixture(scope="module")
def one() -> Callable[[str], dict[str, Any]]:
    """The same training in this process."""
    run: Callable[..., dict[str, Any]] = runpy.run_path(str(SCRIPT))["run"]
    return lambda name: run(name, devices=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("private latents, clipped gradients", 1e-5),
        ("every component as often", 1e-5),
        ("missing modalities", 1e-5),
        ("missing entries", 1e-5),
        ("sampled subsets", 1e-6),  # Fabric rounds the loss to float32 whatever the precision
        ("sampled subsets, missing modalities", 1e-5),
        ("one sample left", 1e-5),
        ("half precision", 1e-2),
        ("another model", 1e-5),
    ],
)
def test_the_curve_is_that_of_one_process(two, one, name: str, tolerance: float) -> None:
    alone = one(name)
    for together in (ended[name] for ended in two):
        assert together["best_epoch"] == alone["best_epoch"]
        for split, terms in alone["history"].items():
            assert together["history"][split].keys() == terms.keys()
            for term, values in terms.items():
                # A divergence may be next to nothing: its error is measured by the loss it is a part of.
                scale = max(map(abs, terms["loss"])) if term != "gradient_norm" else max(values)
                assert together["history"][split][term] == pytest.approx(values, abs=tolerance * scale), term
        assert together["weights"] == pytest.approx(alone["weights"], rel=10 * tolerance, abs=tolerance)
    assert two[0][name]["history"] == two[1][name]["history"]


@pytest.mark.slow
def test_the_components_are_shared_out_over_all_processes(two) -> None:
    """28 samples and 7 subsets: four samples each, counted over both processes, in every step."""
    steps = zip(*(ended["every component as often"]["seen"] for ended in two), strict=True)
    for first, second in steps:
        assert (len(first), len(second)) == (14, 14)
        assert Counter(first + second) == dict.fromkeys(range(7), 4)


@pytest.mark.slow
def test_what_a_model_draws_itself_differs_between_processes(two) -> None:
    first, second = (ended["another model"]["seen"] for ended in two)
    assert first[0] != second[0]


@pytest.mark.slow
def test_early_stopping_is_decided_alike(two) -> None:
    epochs = {len(ended["another model"]["history"]["train"]["loss"]) for ended in two}
    assert len(epochs) == 1
    assert epochs.pop() < 40


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("overflow", ("NonFiniteLoss: training stopped at step", "recon_a is inf", "modality 'a'")),
        ("refused by one", ("ValueError: not with these rows",)),
        ("other data", ("ValueError: length of train: expected the same in all processes, got [30, 31]",)),
    ],
)
def test_what_fails_in_one_process_ends_all_with_its_words(two, name: str, words: tuple[str, ...]) -> None:
    for ended in two:
        for word in words:
            assert word in ended[name]["error"]


@pytest.mark.slow
def test_a_loss_that_breaks_in_one_process_is_told_as_in_one_alone(two, one) -> None:
    assert [ended["overflow"] for ended in two] == [one("overflow")] * 2


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_shards_cover_each_batch_once_and_their_weights_its_mean(size: int) -> None:
    class Fabric:
        world_size = size
        global_rank = 0

    for n in range(1, 20):
        shards = []
        for Fabric.global_rank in range(size):
            shards.append(ProcessGroup(Fabric()).shard(n))  # type: ignore[arg-type]
        rows = [row for shard in shards if shard.samples for row in range(n)[shard.rows]]
        assert rows == list(range(n))
        assert all(len(range(n)[shard.rows]) >= 1 for shard in shards)
        assert sum(shard.weight for shard in shards) == pytest.approx(size)
        assert [shard.weight * n for shard in shards] == pytest.approx(
            [shard.samples * size for shard in shards]
        )


def test_several_devices_in_one_process_are_refused_with_what_to_do(location, far_away, halfway) -> None:
    with pytest.raises(
        ValueError, match=r"^devices: expected 1, as this process is alone, got 2\."
    ) as caught:
        fit(location(), far_away, halfway, TrainConfig(devices=2, device="cpu", progress=False))
    assert "workbench train --devices 2" in str(caught.value)
    assert "torchrun --nproc-per-node 2" in str(caught.value)


def test_one_of_several_gpus_cannot_be_all_of_them() -> None:
    with pytest.raises(ValueError, match=r"^device: expected 'cuda' for 2 devices, got 'cuda:1'"):
        TrainConfig(devices=2, device="cuda:1")
