"""Explorers: touch a model in a notebook and see why."""

from .base import Explorer
from .subset import SubsetExplorer, explore_subsets

__all__ = ["Explorer", "SubsetExplorer", "explore_subsets"]
