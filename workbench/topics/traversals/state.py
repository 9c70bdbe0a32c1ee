"""State of the traversal explorer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from traitlets import Float, Int, List, TraitError, Unicode, validate

from ...widgets.sample_state import SampleState
from ...widgets.state import one_of, within

SHARED = "shared"
PRIVATE = "private:"
BASES = ("dimensions", "principal")
MODES = ("walk", "line")
#: Sliders at most, and how far each goes, in standard deviations of the prior.
MOST_AXES, REACH = 6, 3.0


class TraversalState(SampleState):
    """Where in a latent space the decoders stand, starting from one sample's posterior mean.

    ``space`` is the latent space that is walked, ``basis`` what its axes are. In ``mode`` "walk" each of
    ``offsets`` moves the latent along one axis, in standard deviations of the prior, and a strip of pictures
    goes along axis number ``walked``. In ``mode`` "line" the latent stands at ``position``, from 0 for this
    sample to 1 for ``to_sample``. Offsets belong to places in the ranking: they stay where the axes change.

    Args:
        modalities: all names, in order.
        n_samples: size of the data set.
        latent_dims: latent space → its dimensions: "shared", and "private:" with a modality for its own.
        values: starting values.
    """

    continuous = frozenset({"sample", "to_sample", "offsets", "position"})
    named = frozenset({"shown", "to_sample"})

    space = Unicode(SHARED)
    basis = Unicode("dimensions")
    offsets = List(Float(), default_value=[0.0] * MOST_AXES)
    walked = Int(0)
    mode = Unicode("walk")
    to_sample = Int(0)
    position = Float(0.0)

    def __init__(
        self, modalities: Sequence[str], n_samples: int, latent_dims: Mapping[str, int], **values: Any
    ) -> None:
        self.latent_dims = dict(latent_dims)
        super().__init__(modalities, n_samples, **values)

    @property
    def n_sliders(self) -> int:
        """How many axes of the chosen space can be moved along."""
        return min(MOST_AXES, self.latent_dims[self.space])

    @property
    def axis(self) -> int:
        """The axis that the strip walks: ``walked``, or the last where the space has fewer."""
        return min(self.walked, self.n_sliders - 1)

    @property
    def offset(self) -> float:
        """How far the latent is moved along that axis."""
        return self.offsets[self.axis]

    def move(self, axis: int, offset: float) -> None:
        """Move along one axis, the others staying as they are, and let the strip walk it."""
        self.walked = axis
        self.offsets = self._moved(self.offsets, axis, offset)

    def twin(self, **values: Any) -> TraversalState:
        """As of every state; ``offset`` moves the walked axis alone, from the unmoved latent."""
        if "offset" in values:
            values["offsets"] = self._moved(
                [0.0] * MOST_AXES, values.get("walked", self.walked), values.pop("offset")
            )
        return super().twin(**values)

    def _context(self) -> dict[str, Any]:
        return super()._context() | {"latent_dims": self.latent_dims}

    @staticmethod
    def _moved(offsets: Sequence[float], axis: int, offset: float) -> list[float]:
        return [*offsets[:axis], float(offset), *offsets[axis + 1 :]]

    @validate("space", "basis", "mode")
    def _known(self, proposal: Any) -> str:
        name = proposal["trait"].name
        choices = {"space": tuple(self.latent_dims), "basis": BASES, "mode": MODES}
        return one_of(name, proposal["value"], choices[name])

    @validate("offsets")
    def _within_reach(self, proposal: Any) -> list[float]:
        offsets = proposal["value"]
        if len(offsets) > MOST_AXES:
            raise TraitError(f"offsets: expected at most {MOST_AXES} numbers, got {len(offsets)}")
        for offset in offsets:
            within("offsets", offset, -REACH, REACH)
        return [*map(float, offsets), *[0.0] * (MOST_AXES - len(offsets))]

    @validate("walked")
    def _axis_exists(self, proposal: Any) -> int:
        return within("walked", proposal["value"], 0, MOST_AXES - 1)

    @validate("to_sample")
    def _other_exists(self, proposal: Any) -> int:
        return within("to_sample", proposal["value"], 0, self.n_samples - 1)

    @validate("position")
    def _on_the_line(self, proposal: Any) -> float:
        return within("position", proposal["value"], 0, 1)
