"""What training leaves behind beside the weights."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from mopoe.display import html_table

from .config import TrainConfig
from .loss_terms import SHARE, share_of

#: ``"train"`` or ``"validation"`` → term of the loss → one number an epoch.
History = dict[str, dict[str, list[float]]]


@dataclass(frozen=True)
class TrainResult:
    """Returned by :func:`workbench.training.fit`; the model itself holds the weights that ``config.keep`` asks for.

    Args:
        config: the settings.
        history: ``history["train"]["loss"][e]`` is the mean over the samples in epoch e + 1, in nats;
            likewise each term of the loss, and ``"validation"``. ``recon_<m>`` and ``style_divergence_<m>`` are means
            over the samples that have m, ``share_<m>`` of all where something is missing; not a number where nobody
            has it. ``gradient_norm``, of training only, is the mean over the steps, before clipping.
        best_epoch: epoch of the least validation loss, counted from 1; 0 if none was finished.
        interrupted: whether Ctrl-C ended the training.
        seconds: wall-clock time of the training.
        device: where it ran.
        log_folder: where the log is, or ``None``.
        optimizer_state: of the epoch whose weights were kept, to go on from there:
            ``fit(..., optimizer_state=...)``.
    """

    config: TrainConfig
    history: History = field(repr=False)
    best_epoch: int
    interrupted: bool
    seconds: float
    device: str
    log_folder: str | None
    optimizer_state: dict[str, Any] = field(repr=False)

    @property
    def epochs(self) -> int:
        """Number of finished epochs."""
        return len(self.history["train"].get("loss", []))

    @property
    def best_loss(self) -> float:
        """The least validation loss, in nats; infinite if no epoch was finished."""
        return self.history["validation"]["loss"][self.best_epoch - 1] if self.best_epoch else math.inf

    def to_dict(self) -> dict[str, Any]:
        """All but the optimiser state, ready for JSON: ``None`` for what is not a number."""
        return {
            "config": asdict(self.config),
            "history": {
                split: {
                    term: [None if math.isnan(value) else value for value in values]
                    for term, values in terms.items()
                }
                for split, terms in self.history.items()
            },
            "best_epoch": self.best_epoch,
            "interrupted": self.interrupted,
            "seconds": self.seconds,
            "device": self.device,
            "log_folder": self.log_folder,
        }

    def _repr_html_(self) -> str:
        ended = "interrupted" if self.interrupted else "finished"
        title = f"Training {ended} after {self.epochs} epochs, {self.seconds:.0f} s on {self.device}"
        rows = [
            [term, self._best_of("train", term), self._best_of("validation", term)] for term in self._terms
        ]
        return html_table(title, [f"mean in epoch {self.best_epoch}", *self.history], rows)

    @property
    def _terms(self) -> list[str]:
        names = self.history["train"] if self.best_epoch else {}
        return [name for name in names if not name.startswith(SHARE)]

    def _best_of(self, split: str, term: str) -> str:
        value = self._at_best(split, term)
        if value is None:
            return ""
        share = self._at_best(split, share_of(term))
        having = "" if share is None else f" ({share:.0%} have it)"
        return ("–" if math.isnan(value) else f"{value:.2f}") + having

    def _at_best(self, split: str, term: str) -> float | None:
        values = self.history[split].get(term)
        return values[self.best_epoch - 1] if values else None
