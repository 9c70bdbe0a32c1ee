"""The named arrays that analyses hand to figures."""

from .generation import Generation
from .likelihoods import EstimatorErrors, Ladder, ValuesByPlace
from .plane import Bell, LatentPlane
from .subset import ElboTerms, Lattice, Shares, SubsetAnswer, Term

__all__ = [
    "Bell",
    "ElboTerms",
    "EstimatorErrors",
    "Generation",
    "Ladder",
    "LatentPlane",
    "Lattice",
    "Shares",
    "SubsetAnswer",
    "Term",
    "ValuesByPlace",
]
