"""Controls of how the model learns."""

from __future__ import annotations

import ipywidgets as widgets

from ...widgets.controls import Controls
from ..families.names import FAMILIES
from .state import LEARNING_RATES, MOST_BETA, MOST_MISSING


def settings_controls(make: Controls) -> dict[str, widgets.Widget]:
    """Name of a setting of the state → its control."""
    return {
        "speed": make.toggles(
            "speed",
            "speed",
            {"slow": "slow motion", "normal": "normal", "fast": "fast"},
            ["A step every half second", "Ten steps a second", "As many steps as this machine can do"],
        ),
        "beta": make.slider("beta", "β", "Weight of the divergence KL(q ‖ p) in the loss", 0, MOST_BETA, 0.1),
        "family": make.toggles(
            "family",
            "family",
            {name: name for name in FAMILIES},
            [f"Train {family.trains}: {family.description}" for family in FAMILIES.values()],
        ),
        "missing_rate": make.slider(
            "missing_rate",
            "missing",
            "Hide this share of the training views at random",
            0,
            MOST_MISSING,
            0.05,
        ),
        "learning_rate": make.choice(
            "learning_rate",
            "learning rate",
            "Learning rate",
            {rate: f"{rate:g}" for rate in LEARNING_RATES},
        ),
    }
