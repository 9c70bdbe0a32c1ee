"""The fusion playground: drag experts, and see what product, mixture and MoPoE make of them."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from typing import Any

import ipywidgets as widgets

from ...drawing.panels import Panel
from ...numerals import numeral
from ...widgets.controls import column, headline, row
from ...widgets.explorer import Explorer
from ...widgets.printing.page_axes import Axis, subset_axis
from .analysis import fuse
from .arrays import Fusion
from .fusion_figure import fusion_figures, place_of
from .fusion_marks import in_words
from .sensors import right_experts
from .sliders import ExpertSliders
from .state import MODALITIES, MOST_K, REACH, WIDTHS, FusionState


class FusionPlayground(Explorer):
    """Three experts in one or two dimensions, their fusion in three ways, and what it costs in nats.

    Panels: ``experts`` (drag means, widths and readings; click a name to leave it out), ``densities`` (product,
    mixture, MoPoE, exact posterior, prior), ``bounds`` (below the exact ln p(x)), ``divergences``, and ``shares``
    (who decides).

    Args:
        hide: names of controls and panels to leave out, for a lesson.
        state: starting values, see :class:`~workbench.topics.fusion.state.FusionState`.

    Raises:
        ValueError, TraitError: a name that there is not, or a value that does not fit.
    """

    state: FusionState
    title = "Fusion playground"
    call = ("explore_fusion", "")
    story = (
        "Three sensors read one hidden <i>z</i>, each with its own noise. From its reading (△) each expert makes a "
        "Gaussian (●, ■); an expert that is not right is an error of the encoder. Drag anything."
    )
    answers = frozenset({"densities", "bounds", "divergences", "shares"})
    sheet = (("experts", "bounds"), ("densities", "divergences"), ("shares",))

    def __init__(self, *, hide: Sequence[str] = (), **state: Any) -> None:
        super().__init__(FusionState(**state), hide)

    @property
    def presets(self) -> dict[str, dict[str, Any]]:
        """Experts that agree, that disagree, and what a vague, a wrong or a missing one does."""
        return _presets()

    def answer(self, state: FusionState, skip: frozenset[str] = frozenset()) -> Fusion:
        """Densities, bounds, divergences and shares of all three families."""
        return fuse(state)

    def figures(self, state: FusionState, answer: Fusion) -> dict[str, Panel]:
        """All five panels."""
        return dict(fusion_figures(answer))

    def sentence(self, state: FusionState, answer: Fusion) -> str:
        """Who takes part, and how far each family is from the exact posterior."""
        far = ", ".join(f"{family.name} {in_words(family.to_posterior)}" for family in answer.families)
        return f"{' + '.join(answer.shown)}; nats from the exact posterior: {far}"

    def table(self) -> list[dict[str, Any]]:
        """ln p(x), then each family's bounds, divergences and shares."""
        found = self.answer(self.state)
        rows = [{"family": "exact", "number": "ln p(x)", "value": found.evidence, "error": 0.0}]
        for family in found.families:
            numbers = {f"{name} bound": term for name, term in family.bounds.items()}
            numbers |= {"KL to the prior": family.to_prior, "KL to the exact posterior": family.to_posterior}
            rows += [
                {"family": family.name, "number": name, "value": term.value, "error": term.standard_error}
                for name, term in numbers.items()
            ]
            rows += [
                {"family": family.name, "number": f"share of {name}", "value": share, "error": 0.0}
                for name, share in family.shares.items()
            ]
        return rows

    def export_axes(
        self, places: int = 11, widths: Sequence[float] = (0.15, 0.3, 0.6, 1.0, 2.0)
    ) -> list[Axis]:
        """The second expert's mean, ``places`` of them, and its ``widths``; and who takes part."""
        state, second = self.state, 1
        means = [round(-REACH + 2 * REACH * i / (places - 1), 2) for i in range(places)]
        name = MODALITIES[second]
        return [
            Axis(
                "means",
                f"{name} says",
                "slider",
                [_with(state.means, second, mean) for mean in means],
                [numeral(mean) for mean in means],
                min(range(places), key=lambda i: abs(means[i] - state.means[second])),
            ),
            Axis(
                "widths",
                f"{name} is sure to",
                "slider",
                [_with(state.widths, second, width) for width in widths],
                [f"± {width:.2f}" for width in widths],
                min(range(len(widths)), key=lambda i: abs(widths[i] - state.widths[second])),
            ),
            subset_axis(MODALITIES, state.shown, nothing=False, label="who takes part"),
        ]

    # --- controls ---

    def _make_controls(self) -> dict[str, widgets.Widget]:
        make = self._controls
        self._sliders = ExpertSliders(self.state, make)
        return {
            "sliders": self._sliders.widget,
            "right": make.button(
                "right",
                "make experts right",
                "Undo all errors: each expert as its reading implies",
                self._right,
            ),
            "dimensions": make.toggles(
                "dimensions", "z has", {1: "1 dimension", 2: "2 dimensions"}, ["On a line", "In a plane"]
            ),
            "prior_expert": make.prior_expert(
                (
                    "",
                    ": right experts are then exact together",
                    "; right experts count the prior once each",
                )
            ),
            "K": make.slider("K", "K draws", "Draws in the importance-weighted bound", 1, MOST_K),
        }

    def _arrange(self) -> list[widgets.Widget]:
        on, views = self.controls, self.views
        self._left = row(views["experts"], views["densities"], grid_gap="12px", flex="1 1 540px")
        right = row(
            views["bounds"], views["divergences"], views["shares"], grid_gap="14px 20px", flex="1 1 390px"
        )
        sliders = column(headline("One expert at a time"), on["sliders"], on["right"])
        how = column(headline("How they are fused"), on["dimensions"], on["prior_expert"], on["K"])
        return [row(self._left, right, grid_gap="16px"), row(sliders, how, grid_gap="30px")]

    def _synchronise(self) -> None:
        self._sliders.show()
        # Two planes fit side by side, and then the numbers stand below them.
        self._left.layout.flex = "1 1 540px" if self.state.dimensions == 1 else "1 1 775px"

    def _handle_event(self, panel: str, event: dict[str, Any]) -> None:
        if panel != "experts":
            return
        if event["kind"] == "click":
            self.state.shown = [name for name in event["key"].split("/") if name]
            return
        what, name = event["key"].split("/")
        # Chosen first, by itself: so that to drag another expert is another step for undo.
        self.state.expert = name
        self.state.move(
            name, **(self._dragged if event["kind"] == "drag" else self._nudged)(what, name, event)
        )

    def _dragged(self, what: str, name: str, event: dict[str, Any]) -> dict[str, float]:
        place = place_of(event["x"], event["y"], self.state.dimensions)
        if what != "widths":
            return dict(zip((what, f"{what}_up"), place, strict=False))
        mean = (self.state.value_of("means", name), self.state.value_of("means_up", name))
        return {"widths": hypot(*(a - b for a, b in zip(place, mean, strict=False)))}

    def _nudged(self, what: str, name: str, event: dict[str, Any]) -> dict[str, float]:
        """Arrow keys; up is up, and makes an expert wider."""
        step = 0.5 if event["far"] else 0.1
        across, up = step * event["dx"], -step * event["dy"]
        if what == "widths":
            return {"widths": self.state.value_of("widths", name) + across + up}
        moved = {what: self.state.value_of(what, name) + across}
        if self.state.dimensions == 2:
            moved[f"{what}_up"] = self.state.value_of(f"{what}_up", name) + up
        return moved

    def _right(self) -> None:
        self.state.update(right_experts(self.state))


def _with(values: Sequence[float], place: int, value: float) -> list[float]:
    return [value if i == place else other for i, other in enumerate(values)]


def _presets() -> dict[str, dict[str, Any]]:
    """Experts are right in all but one of these: each sits on its reading, as wide as the noise."""
    return {
        "agree": _view([0.7, 1.0, 1.3], [0.9, 0.2, 0.5], [0.6, 0.6, 0.6]),
        "conflict": _view([-1.6, 2.0, -1.2], [-0.6, 1.2, 0.2], [0.6, 0.6, 0.6]),
        "one vague": _view([0.8, 1.2, -1.6], [0.4, 0.8, -0.8], [0.5, 0.5, 2.0]),
        "one overconfident": _view([-0.4, 2.0, 0.2], [0.0, 1.4, 0.4], [0.6, 1.5, 0.6])
        | {"widths": [0.6, WIDTHS[0], 0.6]},
        "one missing": _view([0.7, 1.0, 1.3], [0.9, 0.2, 0.5], [0.6, 0.6, 0.6])
        | {"shown": ["sight", "sound"]},
    }


def _view(across: list[float], up: list[float], noise: list[float]) -> dict[str, Any]:
    return {
        "shown": list(MODALITIES),
        "readings": across,
        "readings_up": up,
        "noise": noise,
        "means": across,
        "means_up": up,
        "widths": noise,
        "prior_expert": "all",
    }


def explore_fusion(*, hide: Sequence[str] = (), **state: Any) -> FusionPlayground:
    """Drag three experts and see how they are fused; see :class:`FusionPlayground`."""
    return FusionPlayground(hide=hide, **state)
