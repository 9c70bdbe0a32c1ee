"""What explorers of one model and the samples of a data set share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from mopoe import MoPoE, MultimodalBaseDataset
from mopoe.reading.parts import gathered

from ..posteriors.generation_figure import Renderer
from ..posteriors.renderers import renderers
from .checks import check_model_and_data
from .explorer import Explorer
from .sample_state import SampleState


class SampleExplorer(Explorer, abstract=True):
    """A view of what a model makes of one sample.

    A subclass must say, beside what any explorer must, what answers its questions and what they are about.

    Args:
        model: any :class:`mopoe.MoPoE`.
        dataset: the samples to choose from.
        classifiers: modality → network whose reading of each picture is shown.
        texts: modality → function that writes a datum as text.
        hide: names of controls and panels to leave out, for a lesson.
        state: starting values.

    Raises:
        TypeError, ValueError, TraitError: data that are not the model's, or a value that does not fit.
    """

    def __init__(
        self,
        model: MoPoE,
        dataset: MultimodalBaseDataset,
        *,
        classifiers: Mapping[str, Any] | None = None,
        texts: Mapping[str, Renderer] | None = None,
        hide: Sequence[str] = (),
        **state: Any,
    ) -> None:
        dataset = gathered(dataset)
        check_model_and_data(model, dataset, texts=texts, classifiers=classifiers)
        self.model, self.dataset, self.texts = model, dataset, renderers(model, texts)
        self.analysis = self._make_analysis(classifiers)
        super().__init__(self._make_state(state), hide)

    @abstractmethod
    def _make_analysis(self, classifiers: Mapping[str, Any] | None) -> Any:
        """What answers for this model and these data; ``forget`` drops what it keeps."""

    @abstractmethod
    def _make_state(self, values: dict[str, Any]) -> SampleState:
        """The state to start from, with ``values`` where they are given."""

    def _forget(self) -> None:
        self.analysis.forget()
