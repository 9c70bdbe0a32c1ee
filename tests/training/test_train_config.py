from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, asdict
from pathlib import Path

import numpy as np
import pytest

from workbench.training import TrainConfig, fit


@pytest.mark.parametrize(
    ("field", "value", "error", "expected"),
    [
        ("epochs", 0, ValueError, "a whole number >= 1"),
        ("epochs", 2.0, TypeError, "a whole number"),
        ("epochs", True, TypeError, "a whole number"),
        ("batch_size", -1, ValueError, "a whole number >= 1"),
        ("batch_size", "64", TypeError, "a whole number"),
        ("patience", 0, ValueError, "a whole number >= 1"),
        ("seed", -1, ValueError, "a whole number >= 0"),
        ("seed", 2**63, ValueError, "< 2"),
        ("seed", None, TypeError, "a whole number"),
        ("learning_rate", 0, ValueError, "a finite number > 0"),
        ("learning_rate", float("nan"), ValueError, "a finite number > 0"),
        ("learning_rate", "1e-3", TypeError, "a number"),
        ("weight_decay", -0.1, ValueError, "a finite number >= 0"),
        ("gradient_clip", 0.0, ValueError, "a finite number > 0"),
        ("gradient_clip", float("inf"), ValueError, "a finite number > 0"),
        ("drop_last", 1, TypeError, "True or False"),
        ("progress", "no", TypeError, "True or False"),
        ("capture", 1, TypeError, "True or False"),
        ("reproducible", None, TypeError, "True or False"),
        ("keep", "first", ValueError, "'best', 'last'"),
        ("keep", True, TypeError, "text"),
        ("device", "gpu", ValueError, "'auto', 'cpu', 'cuda'"),
        ("device", 0, TypeError, "text"),
        ("devices", 0, ValueError, "a whole number >= 1"),
        ("devices", "2", TypeError, "a whole number"),
        ("precision", "16-mixed", ValueError, "'bf16-mixed'"),
        ("precision", 32, TypeError, "text"),
        ("logger", "wandb", ValueError, "'csv', 'tensorboard'"),
        ("log_dir", 7, TypeError, "a path or None"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(
    field: str, value: object, error: type[Exception], expected: str
) -> None:
    with pytest.raises(error) as caught:
        TrainConfig(**{field: value})
    message = str(caught.value)
    assert message.startswith(f"{field}: expected ")
    assert expected in message
    assert "got " in message


def test_tensorboard_needs_a_folder() -> None:
    with pytest.raises(ValueError, match=r"^log_dir: expected a folder"):
        TrainConfig(logger="tensorboard")


def test_numbers_of_numpy_and_paths_are_welcome_and_json_can_hold_them() -> None:
    config = TrainConfig(epochs=np.int64(3), learning_rate=np.float32(0.5), log_dir=Path("runs"))
    assert json.loads(json.dumps(asdict(config))) == asdict(
        TrainConfig(epochs=3, learning_rate=0.5, log_dir="runs")
    )


def test_a_config_cannot_be_altered() -> None:
    with pytest.raises(FrozenInstanceError):
        TrainConfig().epochs = 3  # type: ignore[misc]


def test_fit_refuses_what_it_cannot_train(location, far_away, halfway) -> None:
    other = type(halfway)({"a": halfway.data["a"]})
    frozen = location().requires_grad_(False)
    for arguments, error, message in [
        ((None, far_away, halfway), TypeError, "model: expected a torch module"),
        (
            (location(), far_away.data, halfway),
            TypeError,
            "train: expected a MultimodalBaseDataset, got dict",
        ),
        ((location(), far_away, other), ValueError, r"validation: expected the modalities \['a', 'b'\]"),
        ((frozen, far_away, halfway), ValueError, "model: expected weights"),
        (
            (location(), far_away, halfway, {"epochs": 1}),
            TypeError,
            "config: expected a TrainConfig, got dict",
        ),
        (
            (location(), far_away, halfway, TrainConfig(batch_size=13, drop_last=True)),
            ValueError,
            "batch_size: expected at most 12",
        ),
    ]:
        with pytest.raises(error, match=message):
            fit(*arguments)
