"""What the playground shows of a model is read as the family reads it that is trained at this step."""

from __future__ import annotations

import pytest
import torch

from workbench.topics.live_training.analysis import look_at
from workbench.topics.live_training.data import digits_on_paper
from workbench.topics.live_training.state import TrainingState
from workbench.topics.live_training.trainer import LiveTraining


@pytest.mark.parametrize(("family", "priors"), [("MVAE", 1), ("MMVAE", 0), ("MoPoE", 0)])
def test_a_belief_from_one_view_holds_the_prior_where_the_family_multiplies_it(family, priors) -> None:
    data = digits_on_paper(n_train=80, n_test=12)
    training = LiveTraining(data)
    state = TrainingState(
        data.train.modalities, 12, shown=["sky"], pictured="sky", family=family, step=2, sample=5
    )
    training.run_to(state)
    with torch.no_grad(), training.model.evaluating():
        expert = training.model.modality_encode(data.test[5])["sky"]
    precision = priors + torch.exp(-expert.log_covariance[0])
    belief = look_at(training, state).plane.gaussians[-1]
    assert belief.role == "posterior"
    assert belief.covariance.diagonal() == pytest.approx((1 / precision).numpy(), rel=1e-5)
    mean = torch.exp(-expert.log_covariance[0]) * expert.embedding[0] / precision
    assert belief.centre == pytest.approx(mean.numpy(), abs=1e-6)
