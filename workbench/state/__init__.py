"""Observable states of the explorers: plain data, no widgets."""

from .base import ExplorerState
from .samples import SampleState
from .subset import SubsetState

__all__ = ["ExplorerState", "SampleState", "SubsetState"]
