"""Modality collapse, and likelihoods that are rescaled against it."""

from __future__ import annotations

from .exact import explained_shares
from .linear import certainty, linear_balance, train_linear
from .picture_and_word import constant_guess, train_with_factor, view_balance
from .views import show_cost, show_explained, show_words
from .world import large_and_small

__all__ = [
    "certainty",
    "constant_guess",
    "explained_shares",
    "large_and_small",
    "linear_balance",
    "show_cost",
    "show_explained",
    "show_words",
    "train_linear",
    "train_with_factor",
    "view_balance",
]
