"""Noticing that a model was trained on, so that nothing is shown that was computed from older weights."""

from __future__ import annotations

from mopoe import MoPoE


class WeightsWatch:
    """Watches the weights of a model.

    Args:
        model: any.
    """

    def __init__(self, model: MoPoE) -> None:
        self._model = model
        self._seen = self._versions()

    def changed(self) -> bool:
        """Whether an optimiser or ``load_state_dict`` has changed a weight since this was last asked."""
        before, self._seen = self._seen, self._versions()
        return before != self._seen

    def _versions(self) -> list[int]:
        return [parameter._version for parameter in self._model.parameters()]
