"""State of the family explorer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from traitlets import Int, TraitError, Unicode, validate

from ...widgets.sample_state import SampleState
from ...widgets.state import one_of, within

#: Numbers of importance draws; the likelihood is estimated with the last, the others are parts of its draws.
DRAWS = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
#: Over how many images a likelihood may be averaged: this one, or the first so many of the data.
IMAGES = (1, 4, 16)


class FamilyState(SampleState):
    """What several models are asked about one sample, and how their likelihoods are estimated.

    ``posterior``: the ``"product"`` of the shown experts, or the ``"mixture"`` of each family's own trained
    subsets within what is shown. ``target``: the likelihood of ``"all"`` views, or of the ``"imagined"`` ones
    given those shown. ``proposal`` and ``K``: where importance draws come from, and how many. ``n_images``: 1 for
    this sample, else the mean over the first so many. ``model_seed``: which training run, by its place.

    Args:
        modalities: all names, in order.
        n_samples: size of the data set.
        n_models: training runs of each family.
        values: starting values.
    """

    continuous = frozenset({"sample", "K"})

    n_draws = Int(2)
    posterior = Unicode("product")
    target = Unicode("all")
    proposal = Unicode("mixture")
    K = Int(256)
    n_images = Int(1)
    model_seed = Int(0)

    def __init__(self, modalities: Sequence[str], n_samples: int, n_models: int = 1, **values: Any) -> None:
        self.n_models = n_models
        super().__init__(modalities, n_samples, **values)

    def _context(self) -> dict[str, Any]:
        return super()._context() | {"n_models": self.n_models}

    @validate("n_draws")
    def _few_draws(self, proposal: Any) -> int:
        return within("n_draws", proposal["value"], 1, 4)

    @validate("posterior", "proposal")
    def _known_belief(self, proposal: Any) -> str:
        return one_of(proposal["trait"].name, proposal["value"], ("product", "mixture"))

    @validate("target")
    def _known_target(self, proposal: Any) -> str:
        return one_of("target", proposal["value"], ("all", "imagined"))

    @validate("K", "n_images")
    def _offered(self, proposal: Any) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        choices = DRAWS if name == "K" else IMAGES
        if value not in choices:
            raise TraitError(f"{name}: expected one of {', '.join(map(str, choices))}, got {value}")
        return value

    @validate("model_seed")
    def _run_exists(self, proposal: Any) -> int:
        return within("model_seed", proposal["value"], 0, self.n_models - 1)
