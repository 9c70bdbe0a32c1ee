"""The family explorer: MVAE, MMVAE and MoPoE side by side on the same sample, subset and noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from mopoe import MultimodalBaseDataset
from mopoe.reading.parts import gathered

from ...drawing.panels import Panel
from ...drawing.svg import number, with_error
from ...posteriors.generation_figure import Renderer
from ...posteriors.renderers import renderers
from ...posteriors.samples import data_to_draw, label_in_words, present_modalities
from ...widgets.cards import ModalityCards
from ...widgets.controls import column, headline, panel, row
from ...widgets.explorer import Explorer
from ...widgets.printing.page_axes import Axis, first_samples, subset_axis
from .analysis import FamilyAnalysis
from .arrays import FamilyAnswer, FamilyView
from .checks import Models, runs_of
from .gaps_figure import gaps_figure
from .nll_figure import Z_95, nearest_draws, nll_figure
from .pictures_figure import families_sheet, planes_figure, right_readings
from .state import DRAWS, IMAGES, FamilyState

# With more modalities a page offers single ones and all, else every subset.
_MOST_SUBSETS_OF = 4


class FamilyExplorer(Explorer):
    """What several families of models, trained alike, make of the same sample, subset and noise.

    Panels: ``pictures`` (a block a family), ``planes`` (each in its own latent space), ``nll`` (by the number
    of importance draws, with error bars; drag the line) and ``differences`` (paired, with their errors).

    Args:
        models: family → model, or → models of several training runs, as
            :func:`workbench.topics.families.train.train_families` returns them.
        dataset: the samples to choose from.
        classifiers: modality → network whose reading of each generated picture is shown.
        texts: modality → function that writes a datum as text.
        hide: names of controls and panels to leave out, for a lesson.
        state: starting values, see :class:`~workbench.topics.families.state.FamilyState`.

    Raises:
        TypeError, ValueError, TraitError: models that do not compare, data that are not theirs, or a value
            that does not fit; the message names the family.
        RuntimeError: a model fails; the message names the family.
    """

    title = "Family explorer"
    call = ("explore_families", "models, dataset")
    story = "Tick what the models may see, and drag the line of K: do more draws change who is best?"
    answers = frozenset({"pictures", "planes", "nll", "differences"})
    slow = frozenset({"nll", "differences"})
    sheet = (("pictures",), ("planes",), ("nll", "differences"))

    def __init__(
        self,
        models: Models,
        dataset: MultimodalBaseDataset,
        *,
        classifiers: Mapping[str, Any] | None = None,
        texts: Mapping[str, Renderer] | None = None,
        hide: Sequence[str] = (),
        **state: Any,
    ) -> None:
        dataset = gathered(dataset)
        self.models = runs_of(models, dataset)
        self.analysis = FamilyAnalysis(self.models, dataset, classifiers)
        some = next(iter(self.models.values()))
        self.dataset, self.texts = dataset, renderers(some[0], texts)
        self.modalities = some[0].modalities
        self._pictured: tuple[Mapping[str, FamilyView], dict[str, Panel]] | None = None
        state.setdefault("shown", self.modalities[:1])
        super().__init__(FamilyState(self.modalities, len(dataset), len(some), **state), hide)

    @property
    def presets(self) -> dict[str, dict[str, Any]]:
        """One view, all views, mixture against product, few and many draws."""
        return _presets(self.modalities)

    def answer(self, state: FamilyState, skip: frozenset[str] = frozenset()) -> FamilyAnswer:
        """Pictures, beliefs and, unless they are skipped, likelihoods of all families."""
        return self.analysis.answer(state, likelihoods=not self.slow <= skip)

    def figures(self, state: FamilyState, answer: FamilyAnswer) -> dict[str, Panel]:
        """All panels; without likelihoods, theirs are left as they are."""
        # Dragging K leaves the views as they are, and so their pictures, which take most of the time.
        if self._pictured is None or self._pictured[0] is not answer.views:
            pictures: dict[str, Panel] = {
                "pictures": families_sheet(answer.views, self.texts),
                "planes": planes_figure(answer.views, self.modalities),
            }
            self._pictured = (answer.views, pictures)
        panels, found = dict(self._pictured[1]), answer.likelihoods
        if found is not None:
            panels["nll"] = nll_figure(found, state.K)
            panels["differences"] = gaps_figure(found, state.K)
        return panels

    def sentence(self, state: FamilyState, answer: FamilyAnswer) -> str:
        """Which sample, from what, which family's number is lowest, and whether to believe it."""
        made = next(iter(answer.views.values())).generation
        label = label_in_words(self.dataset, made.label)
        said = (
            f"sample {state.sample}{label}, seen by {', '.join(made.shown) or 'nobody: draws from the prior'}"
        )
        found = answer.likelihoods
        if found is None or not found.curves:
            return said
        at = DRAWS.index(state.K)
        best = min(found.curves, key=lambda name: found.curves[name].values[at])
        curve = found.curves[best]
        value, error = with_error(curve.values[at], Z_95 * curve.errors[at])
        worth = f"{state.K} draws, {number(curve.count[at])} count"
        if not curve.believable(state.K):
            return f"{said}; no ranking by NLL yet: too few draws count ({worth})"
        return f"{said}; lowest NLL: {best}, {value} ± {error} nats ({worth})"

    def table(self) -> list[dict[str, Any]]:
        """One row a family and number of draws, one a pair and number of draws, one a family's readings."""
        answer = self.analysis.answer(self.state)
        found = answer.likelihoods
        assert found is not None
        about = {"quantity": found.quantity, "images": found.images}
        rows: list[dict[str, Any]] = []
        for name, curve in found.curves.items():
            for i, K in enumerate(curve.draws):
                numbers = {"value": curve.values[i], "monte_carlo_error": curve.errors[i]}
                worth = {"draws_that_count": curve.count[i], "pareto_k": curve.tail}
                rows.append({"kind": "nll", "family": name, "K": K, **about, **numbers, **worth})
        for K, gaps in found.gaps.items():
            for gap in gaps:
                mean = gap.mean
                errors = {
                    "monte_carlo_error": mean.monte_carlo_error,
                    "error_over_images": mean.standard_error,
                }
                name = f"{gap.first} - {gap.second}"
                rows.append({"kind": "gap", "family": name, "K": K, **about, "value": mean.value, **errors})
        for name, view in answer.views.items():
            right = right_readings(view.generation)
            if right is not None:
                read = {"quantity": "imagined pictures read right", "value": right[0], "of": right[1]}
                rows.append({"kind": "readings", "family": name, **read})
        return rows

    def export_axes(self, samples: int = 3) -> list[Axis]:
        """The first ``samples`` samples from the present one on; every subset, of many only single ones and all."""
        sample = first_samples(self.state.sample, samples, len(self.dataset))
        names, shown = self.modalities, list(self.state.shown)
        if len(names) <= _MOST_SUBSETS_OF:
            return [sample, subset_axis(names, shown)]
        values = [[name] for name in names] + [names]
        values = values if shown in values else [shown, *values]
        texts = ["all" if value == names else " + ".join(value) or "nothing" for value in values]
        return [sample, Axis("shown", "show the models", "choice", values, texts, values.index(shown))]

    # --- controls ---

    def _make_controls(self) -> dict[str, widgets.Widget]:
        make = self._controls
        self._cards = ModalityCards(self.state, make)
        self._cards.widget.layout.flex_flow = "row wrap"
        return {
            "sample": make.slider(
                "sample", "sample", "Which sample of the data all models look at", 0, len(self.dataset) - 1
            ),
            "model_seed": make.slider(
                "model_seed", "run", "Which training run of each family", 0, self.state.n_models - 1
            ),
            "cards": self._cards.widget,
            "posterior": make.toggles(
                "posterior",
                "posterior",
                {"product": "product", "mixture": "mixture"},
                [
                    "The product of all experts that are shown, the same rule for all families",
                    "Each family's own mixture: of the subsets it was trained on, within what is shown",
                ],
            ),
            "n_draws": make.number("n_draws", "draws", "How many draws are decoded", 1, 4),
            "noise": make.button("noise", "new noise", "Draw other noise for all models", self._new_noise),
            "target": make.choice(
                "target",
                "likelihood of",
                "Of all views, or of the imagined ones given those that are shown",
                {"all": "all views", "imagined": "the imagined"},
            ),
            "proposal": make.choice(
                "proposal",
                "draws from",
                "Where importance draws come from: the mixture of each family, or the product of all experts",
                {"mixture": "the mixture", "product": "the product"},
            ),
            "K": make.choice(
                "K",
                "K",
                "How many importance draws a number is made of",
                {K: f"{K} draws" for K in DRAWS},
            ),
            "n_images": make.choice(
                "n_images",
                "mean over",
                "One sample, or the first few of the data; sixteen take some seconds, once",
                {n: "this sample" if n == 1 else f"the first {n}" for n in IMAGES},
            ),
        }

    def _arrange(self) -> list[widgets.Widget]:
        on, views = self.controls, self.views
        if self.state.n_models == 1:
            on["model_seed"].layout.display = "none"
        see = column(headline("What the models see"), on["sample"], on["model_seed"], flex="0 0 300px")
        on["posterior"].layout.width = "auto"
        for name in ("target", "proposal", "n_images", "K"):
            on[name].layout.width = "228px"
        answer = row(on["posterior"], on["n_draws"], on["noise"], align_items="center", width="100%")
        asked = row(*(on[name] for name in ("target", "proposal", "n_images", "K")), width="100%")
        return [
            row(see, on["cards"], width="100%", grid_gap="16px"),
            answer,
            views["pictures"],
            views["planes"],
            asked,
            row(
                panel(views["nll"], basis=500),
                panel(views["differences"], basis=340),
                width="100%",
                grid_gap="24px",
            ),
        ]

    def _synchronise(self) -> None:
        item = self.analysis.item(self.state)
        data = data_to_draw(self.analysis.model_of(self.state), item)
        self._cards.show(data, present_modalities(item), None, self.texts, {})

    def _may_wait(self, changed: set[str]) -> bool:
        return not self.analysis.knows(self.state)

    def _handle_event(self, panel: str, event: dict[str, Any]) -> None:
        if event.get("key") != "K":
            return
        if event["kind"] == "nudge":
            place = DRAWS.index(self.state.K) + round(event["dx"] - event["dy"])
            self.state.K = DRAWS[min(max(place, 0), len(DRAWS) - 1)]
        elif event["kind"] == "drag":
            self.state.K = nearest_draws(event["x"], DRAWS)

    def _new_noise(self) -> None:
        self.state.seed += 1


def _presets(modalities: list[str]) -> dict[str, dict[str, Any]]:
    return {
        "one view": {"shown": modalities[:1], "posterior": "product"},
        "all views": {"shown": modalities, "posterior": "product", "target": "all"},
        "mixture against product": {"shown": modalities, "posterior": "mixture", "n_draws": 4},
        "few draws": {"K": 4},
        "many draws": {"K": DRAWS[-1]},
    }


def explore_families(models: Models, dataset: MultimodalBaseDataset, **options: Any) -> FamilyExplorer:
    """Compare families of models on the samples of ``dataset``; see :class:`FamilyExplorer`."""
    return FamilyExplorer(models, dataset, **options)
