"""The training loop."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from mopoe import MultimodalBaseDataset
from mopoe.reading.parts import as_dataset, is_fixed, require_samples, take

from .captured import Capture
from .clipping import clipped_norm
from .config import TrainConfig
from .device import device_of, gpu_algorithms, resident
from .fabric import make_fabric
from .loss_terms import LossTerms, MeanTerms
from .nonfinite import require_finite
from .parallel.process_group import ModelOnShard, ProcessGroup, Shard
from .progress_line import ProgressLine
from .result import History, TrainResult
from .scale.first_look import look_at_data
from .seeding import seeded

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def fit(
    model: nn.Module,
    train: Any,
    validation: Any,
    config: TrainConfig | None = None,
    *,
    optimizer_state: dict[str, Any] | None = None,
) -> TrainResult:
    """Train ``model`` and leave it in evaluation mode, with the weights that ``config.keep`` asks for.

    The validation loss is computed with the same noise after every epoch, so that epochs compare. All noise
    comes from ``config.seed``: two runs on one machine are bit-identical, and the caller's random state is
    left as it was. Ctrl-C ends the training early and keeps the best weights (those at hand if no epoch was
    finished). The model returns to the device it came from.

    Where ``config.devices`` processes train together (docs/training.md), each takes its rows of the same
    batches, and the history is that of one process within rounding if the model has ``draw_noise``, as MoPoE
    has. Any other model draws its noise from ``config.seed`` plus the place of its process.

    It looks at the data first: numbers far from the unit scale are refused where the first loss would not be finite,
    and else warned of (docs/scaling.md).

    Args:
        model: called on a batch it returns ``loss`` and ``metrics``, a dict of the terms of the loss, each a
            mean over the batch; where there is a ``share_<m>``, ``recon_<m>`` and ``style_divergence_<m>`` are means
            over that share of the batch, and weigh so in an epoch.
        train: data to learn from, of any kind that :func:`mopoe.reading.parts.as_dataset` takes; a class with a
            ``__getitem__`` of its own is asked anew for the samples of each batch.
        validation: data to choose the best epoch by, likewise.
        config: settings; ``TrainConfig()`` by default.
        optimizer_state: of an earlier result of the same model, to go on from there.

    Returns:
        History, best epoch and its optimiser state.

    Raises:
        TypeError: data that are no samples, or a config of another class.
        ValueError: data sets with different modalities, others than the model's, or no whole batch; other
            processes than the ``devices`` that are to train together, or other data in one of them; data whose
            numbers break the model before the first step.
        RuntimeError: a CUDA device that is not there, or another process that has died.
        ModuleNotFoundError: TensorBoard asked for where it is not installed.
        OSError: the folder of the log cannot be made.
        NonFiniteLoss: the loss or its gradient was infinite or not a number; the model has the weights that were
            kept last.
    """
    config = TrainConfig() if config is None else config
    train, validation = _readable("train", train), _readable("validation", validation)
    _check(model, train, validation, config)
    look_at_data(model, train, validation, config)
    fabric, log_folder = make_fabric(config)
    home = next(model.parameters()).device
    try:
        run = _Run(fabric, model, train, validation, config, optimizer_state)
    except BaseException:
        model.to(home)
        raise
    try:
        with seeded(run.seed, fabric.device), gpu_algorithms(fabric.device, config.reproducible):
            interrupted = run.epochs()
    finally:
        model.load_state_dict(run.snapshot.weights)
        model.zero_grad()
        model.eval().to(home)
        run.end()
    return TrainResult(
        config=config,
        history=run.history,
        best_epoch=run.best_epoch,
        interrupted=interrupted,
        seconds=run.progress.seconds,
        device=str(fabric.device),
        log_folder=log_folder,
        optimizer_state=run.snapshot.optimizer,
    )


@dataclass(frozen=True)
class _Snapshot:
    """Copies of the weights and of the optimiser state at one moment."""

    weights: dict[str, Tensor]
    optimizer: dict[str, Any]

    @classmethod
    def take(cls, model: nn.Module, optimizer: Any) -> _Snapshot:
        return cls(copy.deepcopy(model.state_dict()), copy.deepcopy(optimizer.state_dict()))


class _Run:
    """One training: what changes while it runs."""

    def __init__(
        self,
        fabric: Fabric,
        model: nn.Module,
        train: Any,
        validation: Any,
        config: TrainConfig,
        optimizer_state: dict[str, Any] | None,
    ) -> None:
        self.fabric, self.config, self.plain_model = fabric, config, model
        self.train, self.validation = (resident(data, fabric.device) for data in (train, validation))
        weights = [weight for weight in model.parameters() if weight.requires_grad]
        optimizer = torch.optim.AdamW(
            weights,
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            fused=True,
            capturable=config.capture,
        )
        self.processes = ProcessGroup(fabric)
        self.seed = config.seed + self.processes.rank  # of what is not drawn for all processes together
        for name, data in (("train", train), ("validation", validation)):
            self.processes.require_same(f"length of {name}", len(data))
        called = model if self.processes.size == 1 else ModelOnShard(model)
        self.model, self.optimizer = fabric.setup(called, optimizer)
        if optimizer_state is not None:
            self.optimizer.load_state_dict(copy.deepcopy(optimizer_state))
            for group in self.optimizer.param_groups:
                group.update(
                    lr=config.learning_rate, weight_decay=config.weight_decay, capturable=config.capture
                )
        self.history: History = {"train": {}, "validation": {}}
        self.snapshot = _Snapshot.take(model, self.optimizer)
        self.best_epoch, self.best_loss = 0, math.inf
        self.weights = weights
        self.capture = None
        if config.capture:
            self.capture = Capture(model, self.train, optimizer, config.gradient_clip)
        self.step = 0
        self.shuffle = torch.Generator().manual_seed(config.seed)
        self.noise = torch.Generator(fabric.device).manual_seed(config.seed)
        shown = config.progress and self.processes.rank == 0
        self.progress = ProgressLine(config.epochs, _count_batches(len(train), config), shown)

    def epochs(self) -> bool:
        """Train to the end; whether Ctrl-C came before."""
        try:
            for epoch in range(1, self.config.epochs + 1):
                self._finish(epoch, self._train(epoch), self._validate(epoch))
                patience = self.config.patience
                if patience is not None and epoch - self.best_epoch >= patience:
                    break
        except KeyboardInterrupt:
            if not self.best_epoch:
                self.snapshot = _Snapshot.take(self.plain_model, self.optimizer)
            return True
        return False

    def end(self) -> None:
        """Close the log and leave a last line."""
        for logger in self.fabric.loggers:
            logger.finalize("done")
        loss = f"best validation loss {self.best_loss:.1f} after epoch {self.best_epoch}"
        self.progress.end(f"{self.step} steps; {loss if self.best_epoch else 'no epoch finished'}")

    def _train(self, epoch: int) -> dict[str, float]:
        self.model.train()
        means = MeanTerms()
        order = torch.randperm(len(self.train), generator=self.shuffle).to(device_of(self.train))
        batches = order.split(self.config.batch_size)[: _count_batches(len(order), self.config)]
        for number, indices in enumerate(batches, 1):
            self.progress.step(epoch, number, self._train_step(epoch, indices, means))
        return means.read(self.processes.gather)

    def _train_step(self, epoch: int, indices: Tensor, means: MeanTerms) -> Tensor:
        """One step down the gradient; its loss. The graph ends with it."""
        self.step += 1
        where = f"epoch {epoch}, training"
        # The first step makes the optimiser's state, which a recorded one takes as it is.
        if self.capture is not None and self.step > 1:
            terms, update = self.capture.gradient(indices)
            if not terms.finite:
                self._require_finite(self.train[indices], terms, where)
            update()
            means.add(terms, len(indices))
            return terms.loss
        batch = take(self.train, indices).to(self.fabric.device)
        self.optimizer.zero_grad()
        shard, output = self._forward(batch, self.noise, where)
        self.fabric.backward(output.loss if self.processes.size == 1 else shard.weight * output.loss)
        terms = LossTerms.of(output, clipped_norm(self.weights, self.config.gradient_clip))
        self._require_finite(batch, terms, where)
        self.optimizer.step()
        means.add(terms, shard.samples)
        return terms.loss

    def _forward(self, batch: MultimodalBaseDataset, noise: torch.Generator, where: str) -> tuple[Shard, Any]:
        """The model's output for this process's shard of a batch."""
        shard = self.processes.shard(len(batch))
        if self.processes.size == 1:
            return shard, self.model(batch)
        # Before the gradients are exchanged: nobody is to wait there for one that has failed.
        with self.processes.failing_together():
            output = self.model(batch, shard.rows, noise)
            self._require_finite(batch[shard.rows], LossTerms.of(output), where)
        return shard, output

    def _require_finite(self, batch: MultimodalBaseDataset, terms: LossTerms, where: str) -> None:
        training = self.plain_model.training
        data, changed = self.train if training else self.validation, self.step > 1 or not training
        require_finite(self.plain_model, batch, terms, self.step, where, data, changed)

    def _validate(self, epoch: int) -> dict[str, float]:
        self.model.eval()
        means = MeanTerms()
        # The same noise in every epoch: what changes is the model alone.
        noise = torch.Generator(self.fabric.device).manual_seed(self.config.seed)
        with torch.no_grad(), seeded(self.seed, self.fabric.device):
            for indices in torch.arange(len(self.validation)).split(self.config.batch_size):
                batch = take(self.validation, indices).to(self.fabric.device)
                where = f"epoch {epoch}, validation"
                shard, output = self._forward(batch, noise, where)
                terms = LossTerms.of(output)
                self._require_finite(batch, terms, where)
                means.add(terms, shard.samples)
        return means.read(self.processes.gather)

    def _finish(self, epoch: int, train: dict[str, float], validation: dict[str, float]) -> None:
        logged = {}
        for split, values in (("train", train), ("validation", validation)):
            for term, value in values.items():
                self.history[split].setdefault(term, []).append(value)
                if not math.isnan(value):  # of a modality that nobody has
                    logged[f"{split}/{term}"] = value
        better = validation["loss"] < self.best_loss
        if better:
            self.best_epoch, self.best_loss = epoch, validation["loss"]
        if better or self.config.keep == "last":
            self.snapshot = _Snapshot.take(self.plain_model, self.optimizer)
        self.fabric.log_dict(logged, step=epoch)
        self.progress.epoch(epoch, train["loss"], validation["loss"], self.best_epoch)


def _count_batches(n: int, config: TrainConfig) -> int:
    return n // config.batch_size if config.drop_last else math.ceil(n / config.batch_size)


def _readable(what: str, data: Any) -> Any:
    """The data in tensors, or as they are where a class of their own picks samples."""
    if not isinstance(data, (Dataset, list, tuple)):
        raise TypeError(f"{what}: expected a MultimodalBaseDataset, got {type(data).__name__}")
    require_samples(data)
    return as_dataset(data) if is_fixed(data) else data


def _check(model: Any, train: Any, validation: Any, config: Any) -> None:
    if not isinstance(model, nn.Module):
        raise TypeError(f"model: expected a torch module, got {type(model).__name__}")
    if not isinstance(config, TrainConfig):
        raise TypeError(f"config: expected a TrainConfig, got {type(config).__name__}")
    trained, validated = (take(data, [0]).modalities for data in (train, validation))
    if trained != validated:
        raise ValueError(
            f"validation: expected the modalities {trained} of the training data, got {validated}"
        )
    expected = getattr(model, "modalities", None)  # a model of others need not name its own
    if expected is not None and set(expected) != set(trained):
        raise ValueError(f"train: expected the modalities {list(expected)} of the model, got {trained}")
    if not any(weight.requires_grad for weight in model.parameters()):
        raise ValueError("model: expected weights that can be trained, got none")
    if not _count_batches(len(train), config):
        raise ValueError(
            f"batch_size: expected at most {len(train)}, the length of the training data, "
            f"as drop_last leaves out smaller batches; got {config.batch_size}"
        )
