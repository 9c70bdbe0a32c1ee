"""Likelihood estimates on a linear-Gaussian model, whose ln p(x) plain linear algebra gives exactly.

z ~ N(0, I), w_m ~ N(0, I), x_m = A_m z + C_m w_m + b_m + s ε. The encoders return a wider and slightly
shifted version of the Gaussian posterior given x_m alone: usable as a proposal, and far enough from the
truth that a wrong denominator or a wrong prior shows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn
from torch.distributions import MultivariateNormal

from mopoe import IncompleteDataset, ModelOutput, MoPoE, MoPoEConfig

D, SCALE, LENGTH = 2, 0.8, 6
SIZES = {"a": 1, "b": 2, "c": 3, "d": 2}
STYLE_SIZES = {"a": 1, "b": 1, "c": 2, "d": 1}
DRAWS = 4000
WIDENING = 3.0


@dataclass
class World:
    """The generating model: loadings of z and of w_m, offsets."""

    shared: dict[str, Tensor]
    private: dict[str, Tensor]
    offset: dict[str, Tensor]

    def exact_nll(self, data: dict[str, Tensor], seen: list[str], b: int) -> float:
        """−ln p of the observed modalities of sample b, from their joint covariance."""
        loading = torch.cat([self.shared[m] for m in seen])
        blocks = torch.block_diag(*[self.private[m] @ self.private[m].T for m in seen])
        covariance = loading @ loading.T + blocks + SCALE**2 * torch.eye(len(loading), dtype=torch.float64)
        mean = torch.cat([self.offset[m] for m in seen])
        return -float(MultivariateNormal(mean, covariance).log_prob(torch.cat([data[m][b] for m in seen])))


class Encoder(nn.Module):
    def __init__(self, world: World, name: str) -> None:
        super().__init__()
        loading = torch.cat([world.shared[name], world.private[name]], 1)
        size = loading.shape[1]
        covariance = torch.linalg.inv(torch.eye(size).double() + loading.T @ loading / SCALE**2)
        self.gain, self.offset = nn.Parameter(covariance @ loading.T / SCALE**2), world.offset[name]
        self.logvar = torch.log(WIDENING * covariance.diagonal())

    def forward(self, x: Tensor) -> ModelOutput:
        mean = (x - self.offset) @ self.gain.T + 0.05
        logvar = self.logvar.expand_as(mean)
        return ModelOutput(
            embedding=mean[:, :D],
            log_covariance=logvar[:, :D],
            style_embedding=mean[:, D:],
            style_log_covariance=logvar[:, D:],
        )


class Decoder(nn.Module):
    def __init__(self, world: World, name: str) -> None:
        super().__init__()
        self.loading = nn.Parameter(torch.cat([world.shared[name], world.private[name]], 1))
        self.offset = world.offset[name]

    def forward(self, z: Tensor) -> ModelOutput:
        return ModelOutput(reconstruction=z @ self.loading.T + self.offset)


def make_world(n_modalities: int, private: bool) -> tuple[World, dict[str, Tensor]]:
    """A model and data drawn from it."""
    generator = torch.Generator().manual_seed(10 * n_modalities + private)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    sizes = dict(list(SIZES.items())[:n_modalities])
    styles = {m: STYLE_SIZES[m] if private else 0 for m in sizes}
    world = World(
        {m: normal(k, D) for m, k in sizes.items()},
        {m: normal(k, styles[m]) for m, k in sizes.items()},
        {m: normal(k) for m, k in sizes.items()},
    )
    z = normal(LENGTH, D)
    data = {
        m: z @ world.shared[m].T
        + normal(LENGTH, styles[m]) @ world.private[m].T
        + world.offset[m]
        + SCALE * normal(LENGTH, k)
        for m, k in sizes.items()
    }
    return world, data


def make_model(world: World, **settings: object) -> MoPoE:
    names = list(world.shared)
    styles = {m: world.private[m].shape[1] for m in names}
    config = MoPoEConfig(
        len(names),
        latent_dim=D,
        input_dims={m: (len(world.offset[m]),) for m in names},
        decoder_dist_params={m: {"scale": SCALE} for m in names},
        modalities_specific_dim=styles if any(styles.values()) else None,
        **settings,
    )
    return MoPoE(config, {m: Encoder(world, m) for m in names}, {m: Decoder(world, m) for m in names})


def make_masks(names: list[str]) -> dict[str, Tensor]:
    """In each sample but the last one modality is hidden, another in each; none where there is only one."""
    masks = {m: torch.ones(LENGTH, dtype=torch.bool) for m in names}
    for b in range(LENGTH - 1):
        if len(names) > 1:
            masks[names[b % len(names)]][b] = False
    return masks


@pytest.mark.parametrize("proposal", ["mixture", "product"])
@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
@pytest.mark.parametrize("private", [False, True], ids=["shared", "private"])
@pytest.mark.parametrize("n_modalities", [1, 2, 3, 4])
def test_estimates_meet_the_exact_likelihood_of_each_sample(
    n_modalities: int, private: bool, missing: bool, proposal: str
) -> None:
    world, data = make_world(n_modalities, private)
    names = list(data)
    masks = make_masks(names)
    inputs = IncompleteDataset(data, masks) if missing else data
    model = make_model(world)
    found = model.estimate_joint_nll(
        inputs, K=DRAWS, batch_size_K=1000, proposal=proposal, generator=torch.Generator().manual_seed(0)
    )
    exact = [
        world.exact_nll(data, [m for m in names if not missing or masks[m][b]], b) for b in range(LENGTH)
    ]
    deviations = (found.nll - torch.tensor(exact)) / found.standard_error
    # 192 estimates in all: right ones would go beyond four standard errors for one seed in 80.
    assert float(deviations.abs().max()) < 4, deviations
    assert float(found.standard_error.max()) < 0.2, "too blunt to find anything"


@pytest.mark.parametrize("missing", [False, True], ids=["complete", "missing"])
@pytest.mark.parametrize("prior_expert", ["full", "all", "none"])
@pytest.mark.parametrize("subsets", ["poe", "moe", [["a"], ["b", "c"]]])
def test_every_family_estimates_the_same_likelihood(
    subsets: object, prior_expert: str, missing: bool
) -> None:
    world, data = make_world(3, private=False)
    model = make_model(world, subsets=subsets, prior_expert=prior_expert)
    masks = make_masks(list("abc"))
    inputs = IncompleteDataset(data, masks) if missing else data
    seen = [[m for m in "abc" if not missing or masks[m][b]] for b in range(LENGTH)]
    exact = torch.tensor([world.exact_nll(data, seen[b], b) for b in range(LENGTH)])
    for proposal in ("mixture", "product"):
        found = model.estimate_joint_nll(
            inputs, DRAWS, 1000, proposal, generator=torch.Generator().manual_seed(1)
        )
        assert float(((found.nll - exact) / found.standard_error).abs().max()) < 4
        assert float(found.standard_error.max()) < 0.2


@pytest.mark.parametrize("method", ["compute_joint_nll", "compute_joint_nll_paper"])
def test_the_public_methods_sum_the_exact_likelihood_over_the_batch(method: str) -> None:
    world, data = make_world(3, private=True)
    total = getattr(make_model(world), method)(
        data, K=DRAWS, batch_size_K=1000, generator=torch.Generator().manual_seed(2)
    )
    exact = sum(world.exact_nll(data, list("abc"), b) for b in range(LENGTH))
    assert total.ndim == 0
    assert not total.requires_grad
    # Six standard errors of at most 0.1 add up to 0.25.
    assert abs(float(total) - exact) < 1


@pytest.mark.parametrize("proposal", ["mixture", "product"])
def test_the_order_of_the_batch_does_not_matter(proposal: str) -> None:
    world, data = make_world(3, private=False)
    model = make_model(world)
    forward, backward = (
        model.estimate_joint_nll(rows, DRAWS, 1000, proposal, generator=torch.Generator().manual_seed(seed))
        for seed, rows in ((3, data), (4, {m: x.flip(0) for m, x in data.items()}))
    )
    error = torch.hypot(forward.standard_error, backward.standard_error.flip(0))
    assert float(((forward.nll - backward.nll.flip(0)) / error).abs().max()) < 4


def test_standard_errors_are_neither_too_small_nor_much_too_large() -> None:
    """Against the spread of 200 estimates. Stratified components can only make the true error smaller."""
    world, data = make_world(2, private=False)
    model = make_model(world)
    one = {m: x[:1].expand(200, -1) for m, x in data.items()}
    for proposal in ("mixture", "product"):
        found = model.estimate_joint_nll(one, 300, 300, proposal, generator=torch.Generator().manual_seed(5))
        ratio = float(found.nll.std() / found.standard_error.mean())
        # The spread of 200 estimates is known to 1/√400 = 5%.
        assert 0.5 < ratio < 1.2, ratio


def test_perfect_proposals_leave_no_error_at_all() -> None:
    """With one modality of size one the diagonal posterior is the true one, and every weight is p(x)."""
    world, data = make_world(1, private=False)
    world.shared["a"][:, 1] = 0  # x_a depends on z_1 alone: the posterior given x_a is diagonal
    model = make_model(world, prior_expert="none")
    encoder = model.encoders["a"]
    encoder.logvar = encoder.logvar - math.log(WIDENING)
    encoder.forward = lambda x: ModelOutput(
        embedding=(x - encoder.offset) @ encoder.gain.T, log_covariance=encoder.logvar.expand(len(x), -1)
    )
    for proposal in ("mixture", "product"):
        found = model.estimate_joint_nll(data, K=7, proposal=proposal)
        exact = torch.tensor([world.exact_nll(data, ["a"], b) for b in range(LENGTH)], dtype=torch.float64)
        torch.testing.assert_close(found.nll, exact, rtol=1e-6, atol=1e-6)
        torch.testing.assert_close(
            found.effective_sample_size, torch.full((LENGTH,), 7.0).double(), rtol=1e-5, atol=0
        )
        assert float(found.standard_error.max()) < 1e-5
