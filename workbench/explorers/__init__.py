"""Explorers: touch a model in a notebook and see why."""

from .subset import SubsetExplorer, explore_subsets

__all__ = ["SubsetExplorer", "explore_subsets"]
