"""Functions that write a datum as text: those that are given, and those that a model's likelihoods suggest."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

import numpy as np

from mopoe import MoPoE
from mopoe.likelihoods import CategoricalLikelihood, Likelihood, MixedLikelihood

from ..numerals import numeral
from .generation_figure import Renderer

#: A table with more columns is drawn as bars.
MOST_NUMBERS = 8


def renderers(model: MoPoE, texts: Mapping[str, Renderer] | None) -> dict[str, Renderer]:
    """Modality → function that writes what is drawn of it as text; the others are drawn as pictures.

    Args:
        model: whose data and expected data are drawn.
        texts: modality → function of one datum, (\\*dims). Of ids of classes it is given ids, of expected data those
            that are most probable; of one that is missing the padding id, or −1.

    Returns:
        These, and one that lists numbers for short tables whose columns have likelihoods of their own, and for
        single numbers: a bar beside no other says no more than a sign.
    """
    found: dict[str, Renderer] = {}
    dims = model.model_config.input_dims or {}
    for name, likelihood in model.likelihoods.items():
        own = (texts or {}).get(name)
        if own is not None:
            found[name] = partial(_of_ids, own, _id_of_nothing(likelihood)) if likelihood.n_ids else own
            continue
        table = isinstance(likelihood, MixedLikelihood) and len(likelihood.order) <= MOST_NUMBERS
        single = name in dims and math.prod(dims[name]) == 1 and not likelihood.n_ids
        if table or single:
            found[name] = numbers_in_lines
    return found


def numbers_in_lines(values: np.ndarray) -> str:
    """Each number on a line of its own, in three digits; a dash where it is missing."""
    return "\n".join(
        "\u2013" if np.isnan(value) else numeral(float(value), ".3g") for value in values.reshape(-1)
    )


def _of_ids(text: Renderer, nothing: int, chances: np.ndarray) -> str:
    """``text`` of the most probable ids, from probabilities (\\*dims, V)."""
    missing = np.isnan(chances).any(-1)
    return text(np.where(missing, nothing, np.nan_to_num(chances).argmax(-1)))


def _id_of_nothing(likelihood: Likelihood) -> int:
    padding = likelihood.padding if isinstance(likelihood, CategoricalLikelihood) else None
    return -1 if padding is None else padding
