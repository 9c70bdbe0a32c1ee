"""Likelihoods by name: what ``MoPoEConfig(decoders_dist=..., decoder_dist_params=...)`` may say."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from .base import Likelihood
from .bernoulli import BernoulliLikelihood, ContinuousBernoulliLikelihood
from .categorical import CategoricalLikelihood
from .counts import (
    NegativeBinomialLikelihood,
    PoissonLikelihood,
    ZeroInflatedNegativeBinomialLikelihood,
)
from .function import FunctionLikelihood, LogProb
from .location_scale import LaplaceLikelihood, NormalLikelihood
from .mixed import MixedLikelihood
from .ordinal import OrdinalLikelihood
from .student_t import StudentTLikelihood

#: Word → likelihood.
LIKELIHOODS: dict[str, type[Likelihood]] = {
    kind.word: kind
    for kind in (
        NormalLikelihood,
        LaplaceLikelihood,
        StudentTLikelihood,
        BernoulliLikelihood,
        ContinuousBernoulliLikelihood,
        CategoricalLikelihood,
        OrdinalLikelihood,
        PoissonLikelihood,
        NegativeBinomialLikelihood,
        ZeroInflatedNegativeBinomialLikelihood,
        MixedLikelihood,
    )
}


def make_likelihood(
    kind: str | Likelihood | LogProb,
    params: Mapping[str, Any] | None,
    name: str,
    dims: Sequence[int] | None = None,
) -> Likelihood:
    """The likelihood of modality ``name``, as its config tells; see :func:`named_likelihood`."""
    return named_likelihood(kind, params, dims, f"decoders_dist[{name!r}]", f"decoder_dist_params[{name!r}]")


def named_likelihood(
    kind: str | Likelihood | LogProb,
    params: Mapping[str, Any] | None,
    dims: Sequence[int] | None,
    kind_is: str,
    params_are: str,
) -> Likelihood:
    """A likelihood by its word, or the one that is given.

    Args:
        kind: a word, a likelihood, or a function ``log_prob(recon, target)``.
        params: what the likelihood called ``kind`` is made with.
        dims: shape of one sample, for likelihoods with a parameter for each entry.
        kind_is: what to call ``kind`` in messages.
        params_are: likewise.

    Raises:
        TypeError: ``kind`` is none of these, or ``params`` no dictionary.
        ValueError: an unknown word or parameter, or a value that the likelihood refuses.
    """
    if isinstance(kind, type):
        raise TypeError(f"{kind_is}: expected an instance, {kind.__name__}(...), got the class")
    if not isinstance(kind, str) and not callable(kind):
        raise TypeError(f"{kind_is}: expected a word, a Likelihood or a function, got {type(kind).__name__}")
    params = {} if params is None else params
    if not isinstance(params, Mapping):
        raise TypeError(f"{params_are}: expected a dict, got {type(params).__name__}")
    if isinstance(kind, str) and kind not in LIKELIHOODS:
        raise ValueError(
            f"{kind_is}: expected one of {', '.join(LIKELIHOODS)}, a Likelihood or a function "
            f"log_prob(recon, target), got {kind!r}"
        )
    takes = dict(inspect.signature(LIKELIHOODS[kind]).parameters) if isinstance(kind, str) else {}
    allowed = [key for key in takes if key != "dims"]
    unknown = [key for key in params if key not in allowed]
    if unknown:
        whose = repr(kind) if isinstance(kind, str) else f"{kind_is}, which is given,"
        raise ValueError(
            f"{params_are}: {whose} takes {' and '.join(allowed) or 'no parameters'}, got {unknown[0]!r}"
        )
    if not isinstance(kind, str):
        return kind if isinstance(kind, Likelihood) else FunctionLikelihood(kind)
    lacking = [key for key in allowed if takes[key].default is inspect.Parameter.empty and key not in params]
    if lacking:
        raise TypeError(f"{params_are}: expected {lacking[0]!r} for {kind!r}, got none")
    try:
        return LIKELIHOODS[kind](**params, **({"dims": dims} if "dims" in takes else {}))
    except (TypeError, ValueError) as error:
        key, _, rest = str(error).partition(": ")
        where = f"[{key!r}]: {rest}" if key in allowed else f": {error}"
        raise type(error)(f"{params_are}{where}") from error


def traits(
    kind: Any, params: Mapping[str, Any] | None = None, dims: Sequence[int] | None = None, name: str = ""
) -> Likelihood | type[Likelihood]:
    """What tells how data are laid out, by ``event_axes`` and ``n_ids``: the likelihood that ``kind`` names or is.

    Its class, where nothing is said of what it is made with; the base of all for an unknown word. Messages
    say ``name``.
    """
    if isinstance(kind, str) and params is None:
        return LIKELIHOODS.get(kind, Likelihood)
    return make_likelihood("normal" if kind is None else kind, params, name, dims)


def event_axes(
    kind: Any, params: Mapping[str, Any] | None = None, dims: Sequence[int] | None = None, name: str = ""
) -> int:
    """``event_axes`` of the likelihood that ``kind`` names or is; 0 for a function, or where there is none."""
    return traits(kind, params, dims, name).event_axes
