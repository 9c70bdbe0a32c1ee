"""A likelihood is told about in one place: its class says all that config, inputs and networks ask."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mopoe import MoPoE, MoPoEConfig
from mopoe.likelihoods import LIKELIHOODS, Likelihood, event_axes, make_likelihood
from mopoe.likelihoods.base import positive
from workbench.datasets.rescaling import paper_rescaling
from workbench.training.build import suggest_networks


class Multinomial(Likelihood):
    """Counts over the categories of the last axis, with logits and a weight."""

    word = "multinomial"
    event_axes = 1
    accepts_integers = True

    def __init__(self, weight: float = 1.0) -> None:
        super().__init__()
        self.weight = positive(weight, "weight")

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return self.weight * (target * torch.log_softmax(recon, -1)).sum(-1)

    def check(self, target: Tensor) -> None:
        if bool((target < 0).any()):
            raise ValueError("expected counts")


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIKELIHOODS, Multinomial.word, Multinomial)


DIMS = {"words": (8, 5), "x": (2,)}


def test_a_model_is_built_and_explains_integers() -> None:
    kinds = {"words": "multinomial"}
    config = MoPoEConfig(2, 2, DIMS, decoders_dist=kinds, decoder_dist_params={"words": {"weight": 2}})
    model = MoPoE(config)
    counts = torch.randint(0, 4, (3, *DIMS["words"]))
    assert bool(torch.isfinite(model({"words": counts, "x": torch.randn(3, 2)}).loss))
    assert str(model.likelihoods["words"]) == "multinomial"
    assert make_likelihood("multinomial", {"weight": 2}, "words").weight == 2.0
    with pytest.raises(ValueError, match="modality 'words': expected counts"):
        model({"words": -counts - 1, "x": torch.randn(3, 2)})


def test_others_learn_how_its_data_are_laid_out() -> None:
    assert event_axes("multinomial") == 1
    assert suggest_networks(DIMS, {"words": "multinomial"}) == {"words": "text1d", "x": "mlp256"}
    assert paper_rescaling(DIMS, {"words": "multinomial"}) == {"words": 1.0, "x": 4.0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"input_dims": DIMS | {"words": ()}},
            r"decoders_dist\['words'\]: expected data of 1 or more axes for 'multinomial', got input_dims",
        ),
        ({"decoder_dist_params": {"words": {"scale": 1.0}}}, "'multinomial' takes weight, got 'scale'"),
        ({"decoder_dist_params": {"words": {"weight": 0}}}, r"\['words'\]\['weight'\]: expected a positive"),
        (
            {"decoders_dist": {"words": "multi"}},
            "expected one of .*multinomial, a Likelihood or a function",
        ),
    ],
)
def test_what_it_cannot_explain_is_refused(changes: dict[str, object], message: str) -> None:
    settings = {"input_dims": DIMS, "decoders_dist": {"words": "multinomial"}} | changes
    with pytest.raises(ValueError, match=message):
        MoPoEConfig(2, 2, **settings)


def test_integers_are_refused_where_a_likelihood_takes_real_numbers() -> None:
    for kind, taken in (("normal", False), ("laplace", False), ("bernoulli", True), ("categorical", True)):
        assert LIKELIHOODS[kind].accepts_integers is taken
        model = MoPoE(MoPoEConfig(1, 2, {"x": (2,)}, decoders_dist={"x": kind}))
        bits = {"x": torch.tensor([[0, 1]])}
        if taken:
            assert bool(torch.isfinite(model(bits).loss))
        else:
            with pytest.raises(TypeError, match="modality 'x': expected floating-point numbers, got"):
                model(bits)
