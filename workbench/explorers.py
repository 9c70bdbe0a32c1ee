"""Explorers: touch a model in a notebook and see why."""

from .topics.families.explorer import FamilyExplorer, explore_families
from .topics.fusion.explorer import FusionPlayground, explore_fusion
from .topics.live_training.explorer import TrainingPlayground, explore_training
from .topics.subsets.explorer import SubsetExplorer, explore_subsets
from .topics.traversals.explorer import TraversalExplorer, explore_traversals
from .widgets.explorer import Explorer

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
