"""A small model that learns step by step, and can be looked at between any two steps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch

from mopoe import MoPoE

from ...datasets.base import Splits
from ...datasets.missing import hide_modalities
from ...training.build import build_model
from ...training.loss_terms import SHARE
from ..families.names import FAMILIES
from .arrays import Change, LossHistory
from .state import Settings, TrainingState

BATCH_SIZE = 64
LATENT_DIM = 2


class LiveTraining:
    """Trains a model with a two-dimensional latent space; the loss of each step follows from the seed alone.

    Nothing is drawn from torch's global stream, so that looking, pausing or other work changes nothing.

    Args:
        data: the training data are those of ``data.train``.
        seed: of weights, batches, noise, and of what is missing.
    """

    def __init__(self, data: Splits, seed: int = 0) -> None:
        self.data = data
        self.restart(seed)

    def restart(self, seed: int) -> None:
        """Back to untrained weights."""
        self.seed, self.done = seed, 0
        self.model = build_model(self.data, networks="auto", latent_dim=LATENT_DIM, seed=seed)
        self.optimizer = torch.optim.Adam(self.model.parameters())
        self._batches = torch.Generator().manual_seed(seed)
        self._noise = torch.Generator().manual_seed(seed + 1)
        self._views: dict[tuple[str, float], MoPoE] = {}
        # Piecewise constant: from which step on which settings were used.
        self._used: dict[int, Settings] = {}
        self._terms: list[list[float]] = []

    def run_to(self, state: TrainingState) -> None:
        """Do the steps that ``state`` asks for; from the start if it asks for others than were done."""
        if not self._lies_on_the_way_to(state):
            self.restart(state.seed)
        while self.done < state.step:
            self.step(state.settings_at(self.done))

    def step(self, settings: Settings) -> None:
        """One optimiser step on the next batch.

        Raises:
            FloatingPointError: the loss is no number any more; the weights stay as they were.
            ValueError: modalities are to be hidden in data that have missing ones already.
        """
        train = self.data.train
        batch = train[torch.randint(len(train), (BATCH_SIZE,), generator=self._batches)]
        if settings.missing_rate:
            # A stream of its own for each step: what is missing must not depend on what was before.
            batch = hide_modalities(batch, settings.missing_rate, seed=self.seed + 1_000_003 * self.done)
        output = self.under(settings)(batch, generator=self._noise)
        named = {name: value for name, value in output.metrics.items() if not name.startswith(SHARE)}
        terms = [float(value.detach()) for value in named.values()]
        if not np.isfinite([*terms, float(output.loss.detach())]).all():
            raise FloatingPointError(
                f"training: expected a finite loss, got {output.loss.item():g} at step {self.done + 1}; start again "
                f"with a learning rate below {settings.learning_rate:g}"
            )
        self.optimizer.param_groups[0]["lr"] = settings.learning_rate
        self.optimizer.zero_grad()
        output.loss.backward()
        self.optimizer.step()
        self._names = list(named)
        if not self._used or settings != self._used[max(self._used)]:
            self._used[self.done] = settings
        self._terms.append(terms)
        self.done += 1

    def history(self) -> LossHistory:
        """The terms of the loss at all steps so far, and where settings were changed."""
        names = [f"recon_{name}" for name in self.model.modalities]
        columns = dict(zip(self._names, np.array(self._terms).T, strict=True)) if self.done else {}
        empty = np.zeros(0)
        return LossHistory(
            reconstruction={
                name: columns.get(column, empty)
                for name, column in zip(self.model.modalities, names, strict=True)
            },
            divergence=columns.get("joint_divergence", empty),
            changes=[
                Change(step, _difference(before, after))
                for (_, before), (step, after) in pairwise(self._used.items())
            ],
        )

    def under(self, settings: Settings) -> MoPoE:
        """The model under these settings' family and β: the same weights."""
        key = (settings.family, settings.beta)
        if key not in self._views:
            family = FAMILIES[settings.family]
            self._views = {key: self.model.sharing_networks(**family.settings, beta=settings.beta)}
        return self._views[key]

    def _lies_on_the_way_to(self, state: TrainingState) -> bool:
        if state.seed != self.seed or state.step < self.done:
            return False
        corners = {*self._used, *(row[0] for row in state.earlier if row[0] < self.done)}
        return all(state.settings_at(i) == self._used_at(i) for i in corners)

    def _used_at(self, step: int) -> Settings:
        return self._used[max(start for start in self._used if start <= step)]


def _difference(before: Settings, after: Settings) -> str:
    words = {
        "beta": f"β {after.beta:g}",
        "family": after.family,
        "missing_rate": f"{after.missing_rate:.0%} missing",
        "learning_rate": f"rate {after.learning_rate:g}",
    }
    changed = [name for name in Settings._fields if getattr(before, name) != getattr(after, name)]
    return ", ".join(words[name] for name in changed)
