"""Decoder likelihoods ln p(x_m | z): what a decoder's output means, and which data it can explain."""

from .base import Likelihood
from .bernoulli import BernoulliLikelihood, ContinuousBernoulliLikelihood
from .categorical import CategoricalLikelihood
from .counts import (
    NegativeBinomialLikelihood,
    PoissonLikelihood,
    ZeroInflatedNegativeBinomialLikelihood,
)
from .function import FunctionLikelihood, LogProb
from .location_scale import LaplaceLikelihood, LocationScaleLikelihood, NormalLikelihood
from .mixed import MixedLikelihood
from .ordinal import OrdinalLikelihood
from .parameters import PositiveParameter
from .student_t import StudentTLikelihood
from .words import LIKELIHOODS, event_axes, make_likelihood, traits

__all__ = [
    "LIKELIHOODS",
    "BernoulliLikelihood",
    "CategoricalLikelihood",
    "ContinuousBernoulliLikelihood",
    "FunctionLikelihood",
    "LaplaceLikelihood",
    "Likelihood",
    "LocationScaleLikelihood",
    "LogProb",
    "MixedLikelihood",
    "NegativeBinomialLikelihood",
    "NormalLikelihood",
    "OrdinalLikelihood",
    "PoissonLikelihood",
    "PositiveParameter",
    "StudentTLikelihood",
    "ZeroInflatedNegativeBinomialLikelihood",
    "event_axes",
    "make_likelihood",
    "traits",
]
