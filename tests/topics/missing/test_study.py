"""What a study of missing data keeps of its estimates: values, means over seeds, and what speaks against them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mopoe import NLLEstimate
from workbench.datasets import Splits, linear_gaussian
from workbench.topics.missing import study


class Estimating:
    """A model whose estimate is known: equal weights, but for one of ``share``."""

    def __init__(self, values: list[float], share: float) -> None:
        weights = torch.full((20, 2), (1 - share) / 19, dtype=torch.float64)
        weights[0] = share
        self.log_weights = torch.log(20 * weights) - torch.tensor(values)

    def estimate_nll(self, *_: object, **__: object) -> NLLEstimate:
        return NLLEstimate.of_weights("−ln p(a)", {"p(a)": self.log_weights}, "mixture", {}, {})


@pytest.fixture
def data() -> Splits:
    return linear_gaussian(2, 3, 2, n_train=20, n_validation=10, n_test=10)


def test_means_over_seeds_say_what_speaks_against_them(data: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    coherence = SimpleNamespace(by_observed={1: SimpleNamespace(value=0.5)}, chance=0.1)
    monkeypatch.setattr(study, "conditional_coherence", lambda *_, **__: coherence)
    models = {
        ("all samples", 0.0): [Estimating([1.0, 3.0], 0.05), Estimating([5.0, 7.0], 0.9)],
        ("all samples", 0.5): [Estimating([1.0, 3.0], 0.05), Estimating([5.0, 7.0], 0.1)],
    }
    monkeypatch.setattr(study, "ways_to_train", lambda *_: {"all samples": data})
    found = study.missing_study(models, data, {}, [0, 1], n_likelihood=2, K=1)
    assert found.nll["all samples", 0.0] == pytest.approx(np.array([[1, 3], [5, 7]]))
    for rate, doubt in ((0.0, "in 1 of 2 seeds not to be believed: 2 of 2 samples have fewer"), (0.5, "")):
        mean = found.mean_nll["all samples", rate]
        assert (mean.value, mean.standard_error, mean.n) == (pytest.approx(4), pytest.approx(2), 2)
        assert mean.diagnosis.startswith(doubt) and bool(mean.diagnosis) == bool(doubt)
