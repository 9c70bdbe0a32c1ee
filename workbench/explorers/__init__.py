"""Explorers: touch a model in a notebook and see why."""

from .base import Explorer
from .fusion import FusionPlayground, explore_fusion
from .subset import SubsetExplorer, explore_subsets

__all__ = [
    "Explorer",
    "FusionPlayground",
    "SubsetExplorer",
    "explore_fusion",
    "explore_subsets",
]
