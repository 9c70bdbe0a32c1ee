"""Printed pictures about private latents in one call each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mopoe import MoPoE, MultimodalBaseDataset

from ...drawing.charts import Chart
from ...drawing.colours import modality_colours
from ...drawing.picture import Picture
from ...metrics import DigitClassifier
from .arrays import PrivateStudy
from .charts import swap_sheet, trade_chart, whereabouts_chart
from .swaps import style_swaps


def show_trade(study: PrivateStudy) -> Chart:
    """Reconstruction of seen views against coherence of unseen ones, by the size of w."""
    return trade_chart(study)


def show_whereabouts(study: PrivateStudy) -> Chart:
    """What simple readers find in z and in w, and who decides the digit in a swap."""
    return whereabouts_chart(study)


def show_style_swaps(
    model: MoPoE,
    dataset: MultimodalBaseDataset,
    modality: str,
    contents: Sequence[int],
    styles: Sequence[int],
    classifiers: Mapping[str, DigitClassifier],
) -> Picture:
    """Expected data of one view, given z of some samples (columns) and w of others (rows)."""
    swaps = style_swaps(model, dataset, modality, contents, styles, classifiers)
    return Picture(swap_sheet(swaps, modality_colours(model.modalities)[modality]))
