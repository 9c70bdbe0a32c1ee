"""The subset explorer: tick what the model may see, and see what it believes, who decided, what it imagines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets

from mopoe import MoPoE, MultimodalBaseDataset

from ...drawing.panels import Panel
from ...drawing.svg import number
from ...posteriors.generation_figure import generation_sheet
from ...posteriors.plane_figure import plane_figure
from ...posteriors.samples import data_to_draw, label_in_words, present_modalities
from ...widgets.cards import ModalityCards
from ...widgets.controls import column, headline, panel, row
from ...widgets.printing.page_axes import Axis, first_samples, subset_axis
from ...widgets.sample_explorer import SampleExplorer
from .analysis import SubsetAnalysis
from .arrays import Lattice, SubsetAnswer
from .lattice_figure import MOST_DRAWN, lattice_figure
from .shares_figure import shares_figure
from .state import DRAWS, POSTERIORS, SubsetState
from .terms_figure import WIDTH as TERMS_WIDTH
from .terms_figure import terms_figure

#: Edge of the latent plane in pixels.
PLANE = 310


class SubsetExplorer(SampleExplorer):
    """What a model believes and generates from any subset of one sample's modalities.

    Panels: ``lattice`` (all subsets; click one), ``plane`` (posteriors in two latent directions), ``shares``
    (which expert decides which latent dimension), ``pictures`` and ``terms`` (of the ELBO).

    Args:
        model: any :class:`mopoe.MoPoE`.
        dataset: the samples to choose from.
        classifiers: modality → network whose reading of each generated picture is shown.
        texts: modality → function that writes a datum as text.
        hide: names of controls and panels to leave out, for a lesson.
        state: starting values, see :class:`~workbench.topics.subsets.state.SubsetState`.

    Raises:
        TypeError, ValueError, TraitError: data that are not the model's, or a value that does not fit.
    """

    title = "Subset explorer"
    call = ("explore_subsets", "model, dataset")
    story = "Tick what the model may see, or click a subset. Black is what it then believes."
    answers = frozenset({"plane", "shares", "pictures", "terms", "lattice"})
    slow = frozenset({"lattice"})
    sheet = (("lattice", "plane"), ("pictures", "terms"), ("shares",))

    def _make_analysis(self, classifiers: Mapping[str, Any] | None) -> SubsetAnalysis:
        return SubsetAnalysis(self.model, self.dataset, classifiers)

    def _make_state(self, values: dict[str, Any]) -> SubsetState:
        usual = {
            "shown": self.model.modalities[:1],
            "prior_expert": self.model.model_config.prior_expert,
        }
        return SubsetState(self.model.modalities, len(self.dataset), **(usual | values))

    @property
    def presets(self) -> dict[str, dict[str, Any]]:
        """One modality, all, none; product against mixture; modalities that disagree."""
        return _presets(self.model.modalities)

    def answer(
        self, state: SubsetState, skip: frozenset[str] = frozenset()
    ) -> tuple[SubsetAnswer, Lattice | None]:
        """Everything about the chosen subset, and one number for each of the others."""
        lattice = None if "lattice" in skip else self.analysis.lattice(state)
        return self.analysis.answer(state), lattice

    def figures(self, state: SubsetState, answer: tuple[SubsetAnswer, Lattice | None]) -> dict[str, Panel]:
        """All panels; without a lattice it is left as it is."""
        found, lattice = answer
        shown, names = found.generation.shown, self.model.modalities
        panels: dict[str, Panel] = {
            "plane": plane_figure(found.plane, names, PLANE),
            "pictures": generation_sheet(found.generation, self.texts),
            "terms": terms_figure(found.terms, names, shown, bool(found.generation.readings)),
            "shares": shares_figure(found.shares, names),
        }
        if lattice is not None:
            panels["lattice"] = lattice_figure(lattice, shown, state.search)
        return panels

    def sentence(self, state: SubsetState, answer: tuple[SubsetAnswer, Lattice | None]) -> str:
        """Which sample, from what, and how far the posterior is from the prior."""
        found = answer[0]
        generated, terms = found.generation, found.terms
        label = label_in_words(self.dataset, generated.label)
        swap = f" with {state.swap} of sample {state.swap_sample}" if state.swap else ""
        if not generated.shown:
            return f"sample {state.sample}{label}{swap}: the model sees nothing and draws from the prior"
        kind = {
            "product": "product of experts",
            "component": f"mixture component {' + '.join(found.component or ())}",
            "mixture": "mixture of all trained subsets within",
        }[state.posterior]
        error = f" ± {number(terms.divergence.standard_error)}" if terms.divergence.standard_error else ""
        return (
            f"sample {state.sample}{label}{swap}, seen by {', '.join(generated.shown)}: {kind}, "
            f"{number(terms.divergence.value)}{error} nats from the prior"
        )

    def table(self) -> list[dict[str, Any]]:
        """One row a subset, then one a term of the chosen subset's ELBO, then one an expert's share."""
        found, lattice = self.answer(self.state)
        assert lattice is not None
        rows: list[dict[str, Any]] = [
            {"kind": "subset", "name": "/".join(subset), "quantity": lattice.quantity, "value": v, "error": e}
            for subset, v, e in zip(lattice.subsets, lattice.values, lattice.errors, strict=True)
        ]
        terms = {f"-ln p({name}|z)": term for name, term in found.terms.reconstruction.items()}
        terms |= {"KL(q||p)": found.terms.divergence, "ELBO": found.terms.elbo}
        if found.terms.private_divergence is not None:
            terms["KL of private latents"] = found.terms.private_divergence
        rows += [
            {
                "kind": "term",
                "name": name,
                "quantity": "nats",
                "value": term.value,
                "error": term.standard_error,
            }
            for name, term in terms.items()
        ]
        if found.shares is not None:
            rows += [
                {"kind": "share", "name": name, "quantity": "mean share of the precision", "value": value}
                for name, value in zip(found.shares.names, found.shares.overall, strict=True)
            ]
        return rows

    def export_axes(self, samples: int = 2) -> list[Axis]:  # of five views, three are too large for a page
        """The first ``samples`` samples from the present one on, and every subset."""
        return [
            first_samples(self.state.sample, samples, len(self.dataset)),
            subset_axis(self.model.modalities, self.state.shown),
        ]

    # --- controls ---

    def _make_controls(self) -> dict[str, widgets.Widget]:
        make, last = self._controls, len(self.dataset) - 1
        self._cards = ModalityCards(self.state, self._controls)
        names = self.model.modalities
        return {
            "sample": make.slider("sample", "sample", "Which sample of the data the model looks at", 0, last),
            "cards": self._cards.widget,
            "posterior": make.toggles(
                "posterior",
                "posterior",
                POSTERIORS,
                [
                    "The product of all experts that are shown",
                    "One component of the mixture: the product of some trained subset of what is shown",
                    "The whole mixture: each draw comes from one of its components",
                ],
            ),
            "draw": make.toggles(
                "draw",
                "pictures of",
                DRAWS,
                ["The posterior mean and draws from the posterior", "The posterior mean alone"],
            ),
            "n_draws": make.number("n_draws", "draws", "How many draws are decoded", 1, 10),
            "prior_expert": make.prior_expert(),
            "same_noise": make.check(
                "same_noise", "same noise", "Keep the noise, so that only the model's answer changes"
            ),
            "noise": make.button("noise", "new noise", "Draw other noise", self._new_noise),
            "quantity": make.choice(
                "quantity",
                "colour by",
                "What the diagram of all subsets shows",
                {
                    "kl": "KL to the prior",
                    "log_likelihood": "log-likelihood of all",
                    "coherence": "coherence",
                    "distance": "distance from the full posterior",
                },
            ),
            "search": make.text(
                "search", "search subsets: parts of names", "Keep subsets with these modalities"
            ),
            "swap": make.choice(
                "swap",
                "swap",
                "Take one modality from another sample: disagreeing evidence, who wins?",
                {"": "nothing", **{name: f"{name} from …" for name in names}},
            ),
            "swap_sample": make.slider(
                "swap_sample", "of sample", "The sample that the swapped modality is taken from", 0, last
            ),
        }

    def _arrange(self) -> list[widgets.Widget]:
        on, views = self.controls, self.views
        if len(self.model.modalities) <= MOST_DRAWN:
            on["search"].layout.display = "none"
        how = [on[name] for name in ("posterior", "draw", "prior_expert")]
        noise = row(on["n_draws"], on["same_noise"], on["noise"], align_items="center")
        left = column(
            headline("What the model sees"),
            on["sample"],
            on["cards"],
            headline("Disagreeing evidence"),
            on["swap"],
            on["swap_sample"],
            flex="0 0 292px",
            min_width="0",
        )
        middle = panel(on["quantity"], on["search"], views["lattice"], views["shares"], basis=336)
        right = panel(views["plane"], headline("How it answers"), *how, noise, basis=300)
        below = row(
            column(headline("What it generates: expected data"), views["pictures"]),
            column(headline("&nbsp;"), views["terms"], width=f"{TERMS_WIDTH}px"),
        )
        return [row(left, middle, right, grid_gap="16px", width="100%"), below]

    def _synchronise(self) -> None:
        item = self.analysis.item(self.state)
        shares = None if self.state.hidden or self.state.posterior == "mixture" else self.current[0].shares
        swapped = self.state.swap and f"from sample {self.state.swap_sample}"
        self._cards.show(
            data_to_draw(self.model, item),
            present_modalities(item),
            shares,
            self.texts,
            {self.state.swap: swapped},
        )
        self.controls["swap_sample"].layout.display = "" if self.state.swap else "none"

    def _handle_event(self, panel: str, event: dict[str, Any]) -> None:
        if panel == "lattice" and event["kind"] == "click":
            self.state.shown = json.loads(event["key"])

    def _new_noise(self) -> None:
        self.state.seed += 1


def _presets(modalities: list[str]) -> dict[str, dict[str, Any]]:
    return {
        "one modality": {"shown": modalities[:1], "swap": ""},
        "all modalities": {"shown": modalities, "swap": ""},
        "the prior": {"shown": [], "swap": ""},
        "product against mixture": {"shown": modalities, "posterior": "mixture", "swap": ""},
        "disagreeing evidence": {"shown": modalities[:2], "swap": modalities[0], "quantity": "distance"},
    }


def explore_subsets(model: MoPoE, dataset: MultimodalBaseDataset, **options: Any) -> SubsetExplorer:
    """Explore what ``model`` believes about subsets of the samples of ``dataset``; see :class:`SubsetExplorer`."""
    return SubsetExplorer(model, dataset, **options)
