"""What an estimate can tell: sums, means, intervals, paired differences, tails, and its table."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import genpareto, norm, t
from torch import Tensor

from mopoe import IncompleteDataset, MoPoE, NLLEstimate, PerSample, Summary
from mopoe.evidence.pareto import pareto_k


def per_sample(values: list[float], errors: list[float]) -> PerSample:
    return PerSample(
        "x",
        torch.tensor(values).double(),
        torch.tensor(errors).double(),
        {"a": torch.arange(len(values)).double()},
    )


def test_sum_and_mean_carry_the_errors() -> None:
    found = per_sample([1.0, 2.0, 6.0], [0.3, 0.0, 0.4])
    assert found.sum().value == pytest.approx(9)
    assert found.sum().standard_error == found.sum().monte_carlo_error == pytest.approx(0.5)
    mean = found.mean()
    assert (mean.value, mean.n) == (pytest.approx(3), 3)
    assert mean.monte_carlo_error == pytest.approx(0.5 / 3)
    assert mean.standard_error == pytest.approx(np.std([1, 2, 6], ddof=1) / math.sqrt(3))


def test_intervals_are_those_of_the_normal() -> None:
    summary = Summary(1.0, 0.5, 0.1, 10)
    for level in (0.5, 0.95, 0.999):
        assert summary.interval(level) == pytest.approx(norm.interval(level, 1.0, 0.5))
    with pytest.raises(ValueError, match="level: expected 0 < level < 1, got 95"):
        summary.interval(95)
    assert str(summary) == "1.000 ± 0.5 nats (n = 10; of it Monte-Carlo error 0.1)"


def test_a_mean_of_values_has_their_error_and_its_unit() -> None:
    values = torch.tensor([0.25, 0.5, 1.0, 0.0], dtype=torch.float64)
    share = Summary.mean_of(values, unit="")
    assert (share.value, share.n, share.unit) == (pytest.approx(0.4375), 4, "")
    assert share.standard_error == pytest.approx(np.std(values.numpy(), ddof=1) / 2)
    assert math.isnan(share.monte_carlo_error)
    assert str(share) == "0.438 ± 0.21 (n = 4)"
    assert share == Summary.mean_of(values, unit=""), (
        "an error that is not known does not make two numbers differ"
    )
    one = Summary.mean_of(torch.tensor([2.0]))
    assert (one.value, one.n, one.unit) == (2, 1, "nats") and math.isnan(one.standard_error)
    for wrong in (torch.empty(0), torch.ones(2, 3)):
        with pytest.raises(ValueError, match=r"values: expected \(n,\), n ≥ 1, got \("):
            Summary.mean_of(wrong)


def test_an_exact_number_has_no_error() -> None:
    exact = Summary.exact(3.0)
    assert (exact.standard_error, exact.monte_carlo_error, exact.n) == (0, 0, 1)
    assert exact.interval() == (3, 3)


def test_one_sample_has_no_error_over_samples() -> None:
    mean = per_sample([1.0], [0.2]).mean()
    assert math.isnan(mean.standard_error) and mean.monte_carlo_error == pytest.approx(0.2)


def test_a_paired_difference_cancels_what_samples_share(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    """Two models that differ by a little, on samples that differ by much."""
    data = support_data(length=60)
    data = {m: x * torch.linspace(1, 6, 60).reshape(-1, *[1] * (x.ndim - 1)) for m, x in data.items()}
    first, second = small_model(seed=0), small_model(seed=0)
    with torch.no_grad():
        second.decoders["a"].linear.bias.add_(0.1)
    a, b = (
        model.estimate_nll(data, K=200, generator=torch.Generator().manual_seed(seed))
        for seed, model in enumerate((first, second))
    )
    difference = a - b
    torch.testing.assert_close(difference.value, a.nll - b.nll)
    torch.testing.assert_close(difference.standard_error, torch.hypot(a.standard_error, b.standard_error))
    unpaired = math.hypot(a.mean().standard_error, b.mean().standard_error)
    assert difference.mean().standard_error < unpaired / 4


def test_differences_are_refused_where_they_mean_nothing(
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model, data = small_model(), support_data()
    found = model.estimate_nll(data, K=5)
    with pytest.raises(ValueError, match="same samples in the same order, but modality 'a' differs"):
        found - model.estimate_nll({m: x.flip(0) for m, x in data.items()}, K=5)
    with pytest.raises(ValueError, match="same samples, got 5 and 3 of them"):
        found - model.estimate_nll({m: x[:3] for m, x in data.items()}, K=5)
    with pytest.raises(ValueError, match=r"one quantity, got −ln p\(a, b, c\) and −ln p\(a \| b\)"):
        found - model.estimate_nll(data, "a", "b", K=5)
    with pytest.raises(ValueError, match="but modality 'a' differs"):
        found - model.estimate_nll(IncompleteDataset(data, some_masks), K=5)
    with pytest.raises(ValueError, match=r"one quantity, got −ln p\(a, b, c\) and L_mixture"):
        found - model.estimate_bounds(data, K=1, repeats=2).mixture
    with pytest.raises(ValueError, match=r"the same likelihoods, .* 'normal, scale 1'.* 'laplace, scale 1'"):
        found - small_model(decoders_dist={"a": "laplace"}).estimate_nll(data, K=5)
    tiny = {m: 1e-6 * x for m, x in data.items()}
    with pytest.raises(ValueError, match="but modality 'a' differs"):
        model.estimate_nll(tiny, K=5) - model.estimate_nll({m: x.flip(0) for m, x in tiny.items()}, K=5)
    with pytest.raises(TypeError, match="expected another estimate, got float"):
        found - 1.0
    single = {m: x.float() for m, x in data.items()}
    assert len(found - small_model(dtype=torch.float32).estimate_nll(single, K=5)) == 5


def test_complete_and_missing_are_not_the_same_even_where_samples_are_alike(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model = small_model()
    data = {m: x[:1].expand(4, *x.shape[1:]) for m, x in support_data().items()}
    masks = {m: torch.ones(4) for m in "ab"} | {"c": torch.tensor([1.0, 0.0, 0.0, 0.0])}
    with pytest.raises(ValueError, match="but modality 'c' differs"):
        model.estimate_nll(data, K=5) - model.estimate_nll(IncompleteDataset(data, masks), K=5)


def test_what_fewer_draws_change_is_a_difference(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    found = small_model().estimate_nll(support_data(), K=20)
    change = found.fewer_draws(10) - found
    torch.testing.assert_close(change.value, found.fewer_draws(10).value - found.nll)
    assert change.quantity == "difference of −ln p(a, b, c)"


def test_the_table_of_few_draws_or_of_a_conditional_leaves_out_what_is_not_known(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    pytest.importorskip("arviz_stats")
    model, data = small_model(), support_data()
    assert "Pareto" not in model.estimate_nll(data, K=20)._repr_html_()
    assert "Pareto" in model.estimate_nll(data, K=25)._repr_html_()
    assert "bias" in model.estimate_nll(data, "a", K=25)._repr_html_()
    assert "bias" not in model.estimate_nll(data, "a", "b", K=25)._repr_html_()


def test_what_is_missing_does_not_tell_samples_apart(
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
    some_masks: dict[str, Tensor],
) -> None:
    model, data = small_model(), support_data()
    spoilt = {m: x.where(some_masks[m].reshape(-1, *[1] * (x.ndim - 1)), torch.nan) for m, x in data.items()}
    first, second = (
        model.estimate_nll(IncompleteDataset(x, some_masks), K=5, generator=torch.Generator().manual_seed(0))
        for x in (data, spoilt)
    )
    assert torch.equal((first - second).value, torch.zeros(5).double())


@pytest.mark.parametrize("index", [0.2, 0.5, 0.9])
def test_the_pareto_index_of_pareto_weights_is_found(index: float) -> None:
    pytest.importorskip("arviz_stats")
    weights = genpareto(index).rvs((20_000, 4), random_state=np.random.default_rng(0)) + 1
    found = pareto_k(torch.from_numpy(np.log(weights)))
    # The tail of 424 weights tells k to about (1 + k) / √424; four such errors.
    assert float((found - index).abs().max()) < 4 * (1 + index) / math.sqrt(424)


def test_an_overconfident_proposal_is_told_by_its_tail(linear_world: Callable[..., Any]) -> None:
    """One latent dimension, q = N(μ, c σ²): weights are bounded for c ≥ 1, and their tail index is 1 − c below."""
    pytest.importorskip("arviz_stats")
    tails = []
    for widening in (2.0, 0.4, 0.1):
        world = linear_world(1, latent_dim=1, widening=widening, shift=0.0, prior_expert="none", length=8)
        found = world.model.estimate_nll(
            world.data, K=10_000, chunk=10_000, generator=torch.Generator().manual_seed(0)
        )
        tails.append(float(found.pareto_k.mean()))
        assert found.pareto_k.shape == (8,)
    assert tails[0] < 0.1 and 0.4 < tails[1] < 0.8 and tails[2] > 0.75
    conditional = linear_world(2).model.estimate_nll(linear_world(2).data, "a", "b", K=100)
    assert conditional.pareto_k.shape == (4,)


def test_the_pareto_index_where_there_is_no_tail() -> None:
    pytest.importorskip("arviz_stats")
    assert bool(torch.isneginf(pareto_k(torch.zeros(100, 2, dtype=torch.float64))).all())
    assert bool(torch.isnan(pareto_k(torch.zeros(24, 2, dtype=torch.float64))).all())


def test_without_arviz_the_rest_works_and_the_index_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
    small_model: Callable[..., MoPoE],
    support_data: Callable[..., dict[str, Tensor]],
) -> None:
    real = builtins.__import__

    def absent(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("arviz_stats"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", absent)
    found = small_model().estimate_nll(support_data(), K=50)
    assert "Pareto" not in found._repr_html_()
    assert "effective draws alone; k̂ not judged: it needs ArviZ" in found._repr_html_()
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'mopoe-workbench\[diagnostics\]'"):
        found.pareto_k  # noqa: B018


def test_the_table_says_what_the_number_is(
    small_model: Callable[..., MoPoE], support_data: Callable[..., dict[str, Tensor]]
) -> None:
    model = small_model(
        decoders_dist={"a": "laplace", "b": "normal", "c": "normal"},
        decoder_dist_params={"a": {"scale": 0.75}},
    )
    found = model.estimate_nll(support_data(length=30), ["a", "b"], "c", K=120, proposal=["b"])
    table = found._repr_html_()
    mean = found.mean()
    for text in (
        "−ln p(a, b | c)",
        f"{mean.value:.3f} ± {mean.standard_error:.2g} nats",
        "draws K",
        "120",
        "product of b",
        "likelihood of b, c",
        "normal, scale 1",
        "laplace, scale 0.75",
    ):
        assert text in table, text
    assert repr(found) == f"−ln p(a, b | c): mean {mean}"
    assert isinstance(found, NLLEstimate) and found.K == 120 and len(found) == 30
    assert "nan" in model.estimate_nll(support_data(length=1), K=1)._repr_html_()


def test_coverage_of_the_interval_of_a_mean(linear_world: Callable[..., Any]) -> None:
    """The error over samples, from small test sets: 95% intervals hold the mean over all in about 95% of them."""
    world = linear_world(3, noise=2.0, length=6_000)
    found = world.model.estimate_nll(world.data, K=50, generator=torch.Generator().manual_seed(0))
    means = found.nll.reshape(200, 30).mean(1)
    errors = found.nll.reshape(200, 30).std(1) / math.sqrt(30)
    inside = (means - found.nll.mean()).abs() < t(29).ppf(0.975) * errors
    assert 0.90 < float(inside.double().mean()) < 0.99
    one = PerSample(found.quantity, found.nll[:30], found.standard_error[:30], {})
    assert one.mean().standard_error == pytest.approx(float(errors[0]))
