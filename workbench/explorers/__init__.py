"""Explorers: touch a model in a notebook and see why."""

from .base import Explorer
from .family import FamilyExplorer, explore_families
from .fusion import FusionPlayground, explore_fusion
from .subset import SubsetExplorer, explore_subsets
from .training import TrainingPlayground, explore_training
from .traversal import TraversalExplorer, explore_traversals

__all__ = [
    "Explorer",
    "FamilyExplorer",
    "FusionPlayground",
    "SubsetExplorer",
    "TrainingPlayground",
    "TraversalExplorer",
    "explore_families",
    "explore_fusion",
    "explore_subsets",
    "explore_training",
    "explore_traversals",
]
