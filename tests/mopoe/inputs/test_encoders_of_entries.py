"""What encoders are given where single entries are missing: users' own, and features of a likelihood."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from mopoe import IncompleteDataset, Likelihood, ModelOutput, MoPoE, MoPoEConfig

DIMS = {"x": (3,), "y": (2,)}


class Plain(nn.Module):
    """Written for any library: it knows of no masks. It keeps what it was given."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.linear = nn.Linear(size, 2)

    def forward(self, x: Tensor) -> ModelOutput:
        self.given = x
        return ModelOutput(embedding=self.linear(x), log_covariance=-self.linear(x).abs())


class Told(Plain):
    """It takes ``mask``."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> ModelOutput:
        self.mask = mask
        return super().forward(x)


class Tokens(nn.Module):
    """A table takes integers of its own range alone."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(4, 2)

    def forward(self, x: Tensor) -> ModelOutput:
        features = self.table(x).mean(1)
        return ModelOutput(embedding=features, log_covariance=features)


class LogNormal(Likelihood):
    """Positive numbers, of which encoders see the logarithm: neither is defined at zero."""

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return torch.distributions.Normal(recon, 1.0).log_prob(target.log()) - target.log()

    def check(self, target: Tensor) -> None:
        if not bool((target > 0).all()):
            raise ValueError("expected positive numbers")

    def features(self, data: Tensor) -> Tensor:
        return data.log()


def data() -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    generator = torch.Generator().manual_seed(0)
    values = {name: torch.randn(4, *dims, generator=generator).exp() for name, dims in DIMS.items()}
    seen = torch.tensor([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 0, 0]], dtype=torch.bool)
    return values, {"x": seen, "y": torch.ones(4, dtype=torch.bool)}


def test_encoders_of_the_users_get_zeros_and_the_mask_if_they_take_it() -> None:
    """Zeros also where the density needs something else to stand there."""
    values, masks = data()
    stray = {**values, "x": values["x"].where(masks["x"], torch.nan)}
    for encoder in (Plain(3), Told(3)):
        config = MoPoEConfig(2, 2, DIMS, decoders_dist={"x": LogNormal()})
        model = MoPoE(config, {"x": encoder, "y": "mlp"})
        assert bool(torch.isfinite(model(IncompleteDataset(stray, masks)).loss))
        assert torch.equal(encoder.given, values["x"].where(masks["x"], 0))
        if isinstance(encoder, Told):
            assert torch.equal(encoder.mask, masks["x"])
            model(values)
            assert encoder.mask is None


def test_ids_out_of_range_under_a_mask_reach_no_table() -> None:
    _, masks = data()
    ids = torch.tensor([[0, 3, 99], [2, -7, 99], [1, 1, 1], [99, 99, 99]])

    def squared(recon: Tensor, target: Tensor) -> Tensor:
        assert bool(((target >= 0) & (target < 4)).all())
        return -(recon - target).square()

    model = MoPoE(MoPoEConfig(1, 2, {"x": (3,)}, decoders_dist={"x": squared}), {"x": Tokens()})
    shown = IncompleteDataset({"x": ids[:3]}, {"x": masks["x"][:3]})
    assert bool(torch.isfinite(model(shown).loss))


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.filterwarnings("ignore:encoders.*single entries are missing")
def test_features_never_meet_zeros_outside_the_support(told: bool) -> None:
    values, masks = data()
    leaf = values["x"].where(masks["x"], -1.0).requires_grad_()
    config = MoPoEConfig(2, 2, DIMS, decoders_dist={"x": LogNormal()}, masked_entries=["x"] if told else None)
    model = MoPoE(config)
    model(IncompleteDataset({**values, "x": leaf}, masks)).loss.backward()
    assert bool(torch.isfinite(leaf.grad).all()) and not leaf.grad[~masks["x"]].any()
    assert bool(leaf.grad[masks["x"]].all())
    assert all(bool(torch.isfinite(w.grad).all()) for w in model.parameters() if w.grad is not None)


@pytest.mark.parametrize("kind", ["own", "one-hot"])
def test_a_group_of_columns_that_no_sample_shows_is_not_held_to_its_support(kind: str) -> None:
    """As in a batch of one: nothing can stand in, and zeros are no data of such a group."""
    own = {"own": LogNormal(), "one-hot": "categorical"}[kind]
    parts = [{"columns": [0], "likelihood": "normal"}, {"columns": [1, 2], "likelihood": own}]
    model = MoPoE(
        MoPoEConfig(
            1,
            2,
            {"x": (3,)},
            decoders_dist={"x": "mixed"},
            decoder_dist_params={"x": {"parts": parts}},
            masked_entries=["x"],
        )
    )
    leaf = torch.tensor([[0.5, -3.0, torch.nan]], requires_grad=True)
    inputs = IncompleteDataset({"x": leaf}, {"x": torch.tensor([[1, 0, 0]])})
    loss = model(inputs).loss
    loss.backward()
    assert bool(torch.isfinite(loss)) and bool(torch.isfinite(leaf.grad).all())
    assert all(bool(torch.isfinite(w.grad).all()) for w in model.parameters() if w.grad is not None)
    z = torch.randn(1, 2)
    exact = torch.distributions.Normal(model.decode(z)["x"][:, 0], 1.0).log_prob(torch.tensor(0.5))
    torch.testing.assert_close(model.log_likelihood(inputs, z)["x"], exact)
    wrong = IncompleteDataset({"x": torch.tensor([[0.5, -3.0, -1.0]])}, {"x": torch.ones(1)})
    with pytest.raises(ValueError, match="modality 'x': columns 1, 2: expected"):
        model(wrong)


@pytest.mark.parametrize(
    "wrap",
    [lambda network: torch.compile(network, backend="eager"), nn.DataParallel],
    ids=["compiled", "parallel"],
)
def test_encoders_are_told_through_what_wraps_them(wrap: Callable[[nn.Module], nn.Module]) -> None:
    torch.manual_seed(0)
    model = MoPoE(MoPoEConfig(1, 2, {"x": (3,)}, masked_entries=["x"]))
    seen = torch.tensor([[1, 0, 1], [1, 1, 1]])
    data = IncompleteDataset({"x": torch.randn(2, 3)}, {"x": seen})
    expected = model.posterior(data).mean
    model.encoders["x"] = wrap(model.encoders["x"])
    torch.testing.assert_close(model.posterior(data).mean, expected)
