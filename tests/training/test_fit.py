from __future__ import annotations

import gc
import json
import weakref

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim.optimizer import register_optimizer_step_pre_hook

from mopoe import IncompleteDataset, MultimodalBaseDataset
from workbench.training import TrainConfig, fit


def quiet(**changes: object) -> TrainConfig:
    return TrainConfig(**{"epochs": 3, "batch_size": 4, "device": "cpu", "progress": False} | changes)


def same_tensors(first: object, second: object) -> bool:
    """Whether two nested dictionaries hold the same bits."""
    if isinstance(first, torch.Tensor):
        return isinstance(second, torch.Tensor) and torch.equal(first, second)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(same_tensors(first[k], second[k]) for k in first)
    if isinstance(first, (list, tuple)):
        return len(first) == len(second) and all(map(same_tensors, first, second))
    return first == second


def test_two_runs_are_bit_identical_whatever_the_random_state_before(new_model, correlated) -> None:
    runs = []
    for noise in (1, 2):
        torch.manual_seed(noise)
        model = new_model()
        runs.append((fit(model, correlated, correlated[:20], quiet(batch_size=16)), model.state_dict()))
    (first, weights), (second, others) = runs
    assert first.history == second.history
    assert same_tensors(dict(weights), dict(others))
    assert same_tensors(first.optimizer_state, second.optimizer_state)


def test_the_seed_matters(new_model, correlated) -> None:
    losses = [fit(new_model(), correlated, correlated, quiet(seed=seed)).history for seed in (0, 1)]
    assert losses[0] != losses[1]


def test_the_random_state_of_the_caller_is_left_alone(new_model, correlated) -> None:
    before = torch.get_rng_state()
    fit(new_model(), correlated, correlated, quiet(epochs=1))
    assert torch.equal(torch.get_rng_state(), before)


def test_the_model_gets_the_weights_of_the_best_epoch(location, far_away, halfway) -> None:
    after_epoch = []

    def remember(model, batch) -> None:
        if not model.training and (not after_epoch or after_epoch[-1] != model.weight.item()):
            after_epoch.append(model.weight.item())

    model = location(on_forward=remember)
    result = fit(model, far_away, halfway, quiet(epochs=6, learning_rate=0.2))
    losses = [2 * (1.0 - weight) ** 2 for weight in after_epoch]
    assert len(losses) == 6
    assert result.history["validation"]["loss"] == pytest.approx(losses, rel=1e-5)
    assert 1 < result.best_epoch < 6
    assert result.best_epoch == 1 + losses.index(min(losses))
    assert model.weight.item() == after_epoch[result.best_epoch - 1]
    assert result.best_loss == min(result.history["validation"]["loss"])


def test_it_can_keep_the_weights_of_the_last_epoch(location, far_away, halfway) -> None:
    best, last = location(), location()
    chosen = fit(best, far_away, halfway, quiet(epochs=6, learning_rate=0.2))
    kept = fit(last, far_away, halfway, quiet(epochs=6, learning_rate=0.2, keep="last"))
    assert kept.history == chosen.history
    assert kept.best_epoch == chosen.best_epoch < 6
    assert kept.optimizer_state["state"][0]["step"] == 3 * 6
    # The weight goes on to 10 and has passed 1, where the validation data are.
    assert last.weight.item() > best.weight.item()
    losses = (halfway.data["a"] - last.weight).square().mean() * 2
    assert losses.item() == pytest.approx(kept.history["validation"]["loss"][-1])


def test_the_optimiser_state_is_that_of_the_best_epoch(location, far_away, halfway) -> None:
    long = fit(location(), far_away, halfway, quiet(epochs=6, learning_rate=0.2))
    short = fit(location(), far_away, halfway, quiet(epochs=long.best_epoch, learning_rate=0.2))
    assert short.best_epoch == short.epochs
    assert same_tensors(long.optimizer_state, short.optimizer_state)
    assert long.optimizer_state["state"][0]["step"] == 3 * long.best_epoch


def test_training_goes_on_from_an_optimiser_state(location, far_away) -> None:
    model = location()
    first = fit(model, far_away, far_away, quiet(epochs=2, learning_rate=0.2))
    second = fit(model, far_away, far_away, quiet(epochs=1), optimizer_state=first.optimizer_state)
    assert first.optimizer_state["state"][0]["step"] == 6
    assert second.optimizer_state["state"][0]["step"] == 9
    assert second.optimizer_state["param_groups"][0]["lr"] == TrainConfig().learning_rate


def test_patience_ends_the_training(location, far_away, halfway) -> None:
    result = fit(location(), far_away, halfway, quiet(epochs=50, learning_rate=0.2, patience=2))
    assert result.epochs == result.best_epoch + 2


@pytest.mark.parametrize("private", [None, {"a": 2, "b": 2}])
def test_the_terms_of_the_history_recombine_to_the_loss(new_model, correlated, private) -> None:
    model = new_model(beta=2.0, beta_style=0.5, modalities_specific_dim=private)
    result = fit(model, correlated, correlated[:21], quiet(batch_size=16))
    weights = {"joint_divergence": 2.0, "recon_a": 1.0, "recon_b": 1.0}
    if private:
        weights |= {"style_divergence_a": 1.0, "style_divergence_b": 1.0}
    for split in ("train", "validation"):
        terms = result.history[split]
        assert set(terms) - {"gradient_norm"} == {"loss", *weights}
        total = [
            sum(weight * terms[name][epoch] for name, weight in weights.items())
            for epoch in range(result.epochs)
        ]
        assert terms["loss"] == pytest.approx(total, rel=1e-6)
    assert json.loads(json.dumps(result.to_dict()))["history"] == result.history


def test_a_smaller_last_batch_counts_by_its_samples(location) -> None:
    data = MultimodalBaseDataset({"a": torch.arange(7.0), "b": torch.zeros(7)})
    result = fit(location(), data, data, quiet(epochs=1, learning_rate=1e-30))
    assert result.history["train"]["recon_a"] == pytest.approx([13.0])
    assert result.history["validation"]["recon_a"] == pytest.approx([13.0])


def test_validation_meets_the_same_noise_in_every_epoch(new_model, correlated) -> None:
    result = fit(new_model(), correlated, correlated, quiet(learning_rate=1e-30))
    assert len(set(result.history["validation"]["loss"])) == 1
    assert len(set(result.history["train"]["loss"])) == result.epochs


@settings(max_examples=15, deadline=None)
@given(n=st.integers(1, 20), batch_size=st.integers(1, 21), drop_last=st.booleans())
def test_an_epoch_is_a_shuffle_of_the_samples(n: int, batch_size: int, drop_last: bool) -> None:
    if drop_last and batch_size > n:
        return
    seen: list[list[float]] = []
    model = Recorder(seen)
    data = MultimodalBaseDataset({"a": torch.arange(float(n))})
    fit(model, data, data, quiet(epochs=1, batch_size=batch_size, drop_last=drop_last))
    samples = [sample for batch in seen for sample in batch]
    assert len(set(samples)) == len(samples)
    assert len(samples) == (n - n % batch_size if drop_last else n)
    assert all(len(batch) == batch_size for batch in seen[:-1])


def test_every_epoch_has_its_own_order() -> None:
    seen: list[list[float]] = []
    data = MultimodalBaseDataset({"a": torch.arange(20.0)})
    fit(Recorder(seen), data, data, quiet(epochs=2, batch_size=20))
    assert seen[0] != seen[1]
    assert sorted(seen[0]) not in seen


class Recorder(torch.nn.Module):
    def __init__(self, seen: list[list[float]]) -> None:
        super().__init__()
        self.weight, self.seen = torch.nn.Parameter(torch.zeros(())), seen

    def forward(self, batch):
        from mopoe import ModelOutput

        if self.training:
            self.seen.append(batch.data["a"].tolist())
        return ModelOutput(loss=self.weight.square(), metrics=ModelOutput())


class Marker:
    """Lives as long as the node of the graph that holds it."""


def test_no_graph_outlives_its_step(location, far_away, halfway) -> None:
    graphs: list[weakref.ref] = []
    alive: list[int] = []

    def count(model, terms):
        gc.collect()
        alive.append(sum(graph() is not None for graph in graphs))
        if model.training:
            marker = terms["recon_a"].grad_fn.metadata["marker"] = Marker()
            graphs.append(weakref.ref(marker))
        else:
            assert all(term.grad_fn is None for term in terms.values())
        return terms

    model = location(spoil=count)
    gc.freeze()  # what other tests left need not be looked through eighteen times
    try:
        result = fit(model, far_away, halfway, quiet())
    finally:
        gc.unfreeze()
    assert len(graphs) == 9
    assert set(alive) == {0}
    assert all(weight.grad is None for weight in model.parameters())
    assert isinstance(result.history["train"]["loss"][0], float)


@pytest.mark.parametrize("limit", [None, 0.5])
def test_gradients_are_clipped_to_the_norm_and_recorded_before(new_model, correlated, limit) -> None:
    norms: list[float] = []

    def measure(optimizer, args, kwargs) -> None:
        gradients = [w.grad.double() for group in optimizer.param_groups for w in group["params"]]
        norms.append(sum(float(g.square().sum()) for g in gradients) ** 0.5)

    hook = register_optimizer_step_pre_hook(measure)
    try:
        result = fit(new_model(), correlated, correlated, quiet(epochs=1, batch_size=25, gradient_clip=limit))
    finally:
        hook.remove()
    recorded = result.history["train"]["gradient_norm"][0]
    assert len(norms) == 2
    if limit is None:
        assert recorded == pytest.approx(sum(norms) / 2, rel=1e-5)
    else:
        assert norms == pytest.approx([limit, limit], rel=1e-4)
        assert recorded > 2 * limit


def test_ctrl_c_keeps_the_best_weights(location, far_away, halfway) -> None:
    def stop(model, batch) -> None:
        if model.training_passes == 15:
            raise KeyboardInterrupt

    model = location(on_forward=stop)
    result = fit(model, far_away, halfway, quiet(epochs=9, learning_rate=0.2))
    untouched = location()
    expected = fit(untouched, far_away, halfway, quiet(epochs=4, learning_rate=0.2))
    assert result.interrupted
    assert not expected.interrupted
    assert result.history == expected.history
    assert torch.equal(model.weight, untouched.weight)
    assert not model.training


def test_ctrl_c_in_the_first_epoch_keeps_what_was_learnt(location, far_away, halfway) -> None:
    def stop(model, batch) -> None:
        if model.training_passes == 3:
            raise KeyboardInterrupt

    model = location(on_forward=stop)
    result = fit(model, far_away, halfway, quiet(learning_rate=0.2))
    assert (result.interrupted, result.best_epoch, result.epochs) == (True, 0, 0)
    assert model.weight.item() == pytest.approx(0.4, abs=1e-3)
    assert "interrupted" in result._repr_html_()


def test_missing_modalities_pass_through(new_model, correlated) -> None:
    seen = torch.arange(50) % 3 > 0
    data = dict(correlated.data, a=correlated.data["a"].where(seen[:, None], torch.nan))
    incomplete = IncompleteDataset(data, {"a": seen, "b": torch.ones(50, dtype=torch.bool)})
    result = fit(new_model(), incomplete, incomplete[:20], quiet(batch_size=16, learning_rate=1e-2, epochs=8))
    assert result.best_loss < result.history["validation"]["loss"][0] - 0.5


@pytest.mark.parametrize(
    ("precision", "dtype"),
    [("32-true", torch.float32), ("64-true", torch.float64), ("bf16-mixed", torch.float32)],
)
def test_every_precision_trains(new_model, correlated, precision: str, dtype: torch.dtype) -> None:
    model = new_model()
    result = fit(model, correlated, correlated, quiet(batch_size=25, precision=precision, epochs=5))
    assert result.best_loss < result.history["validation"]["loss"][0]
    assert {weight.dtype for weight in model.parameters()} == {dtype}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_where_there_is_none_is_refused(location, far_away, halfway) -> None:
    with pytest.raises(RuntimeError, match="device: 'cuda' was asked for"):
        fit(location(), far_away, halfway, quiet(device="cuda"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_run_on_cuda_is_repeatable_and_the_model_comes_home(new_model, correlated) -> None:
    before = torch.cuda.get_rng_state()
    models = [new_model(), new_model()]
    first, second = (fit(model, correlated, correlated, quiet(device="cuda")) for model in models)
    assert first.history == second.history
    assert first.device == "cuda:0"
    assert same_tensors(dict(models[0].state_dict()), dict(models[1].state_dict()))
    assert models[0].device == torch.device("cpu")
    assert torch.equal(torch.cuda.get_rng_state(), before)
