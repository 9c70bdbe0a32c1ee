"""State of the subset explorer."""

from __future__ import annotations

from typing import Any

from traitlets import Bool, Int, TraitError, Unicode, validate

from ...widgets.sample_state import SampleState
from ...widgets.state import PRIOR_EXPERTS, one_of, within

POSTERIORS = ("product", "component", "mixture")
DRAWS = ("samples", "mean")
QUANTITIES = ("kl", "log_likelihood", "coherence", "distance")


class SubsetState(SampleState):
    """What is asked of a model about one sample.

    ``posterior``: the ``"product"`` of the shown experts, one ``"component"`` of the mixture of the trained
    subsets within what is shown, or the whole ``"mixture"``. ``swap`` names a modality that is taken from
    sample ``swap_sample`` instead, or is empty. ``quantity`` colours the lattice of subsets.
    """

    continuous = frozenset({"sample", "swap_sample"})
    named = frozenset({"shown", "prior_expert"})

    n_draws = Int(5)
    posterior = Unicode("product")
    draw = Unicode("samples")
    prior_expert = Unicode("full")
    same_noise = Bool(True)
    quantity = Unicode("kl")
    swap = Unicode("")
    swap_sample = Int(0)
    search = Unicode("")

    def _further(self, changed: set[str]) -> dict[str, Any]:
        asks = bool(changed - {"seed", "same_noise", "revealed", "predict_first", "search", "quantity"})
        noise = {} if self.same_noise or not asks else {"seed": self.seed + 1}
        return super()._further(changed) | noise

    @validate("n_draws")
    def _few_draws(self, proposal: Any) -> int:
        return within("n_draws", proposal["value"], 1, 10)

    @validate("posterior", "draw", "prior_expert", "quantity")
    def _known(self, proposal: Any) -> str:
        name = proposal["trait"].name
        choices = {
            "posterior": POSTERIORS,
            "draw": DRAWS,
            "prior_expert": PRIOR_EXPERTS,
            "quantity": QUANTITIES,
        }
        return one_of(name, proposal["value"], choices[name])

    @validate("swap")
    def _modality_exists(self, proposal: Any) -> str:
        if proposal["value"] and proposal["value"] not in self.modalities:
            raise TraitError(
                f"swap: expected '' or a modality among {self.modalities}, got {proposal['value']!r}"
            )
        return proposal["value"]

    @validate("swap_sample")
    def _other_exists(self, proposal: Any) -> int:
        return within("swap_sample", proposal["value"], 0, self.n_samples - 1)
