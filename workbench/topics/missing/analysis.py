"""What a model does with modalities that are missing, beside exact answers."""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import Tensor

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig, MultimodalBaseDataset, Summary
from mopoe.data import masks_of
from mopoe.masks import any_observed, by_entry

from ...datasets import LinearGaussian, exact_elbo
from .arrays import ByObserved, Names, SubsetWeights


def subset_weights(model: MoPoE) -> SubsetWeights:
    """Weights of the trained subsets for every set of modalities that a sample can show.

    Raises:
        ValueError: a set of modalities that no trained subset touches.
    """
    patterns = model.all_subsets()
    dims = model.model_config.input_dims or {}
    masks = {name: torch.tensor([name in shown for shown in patterns]) for name in model.modalities}
    blank = IncompleteDataset(
        {name: torch.zeros(len(patterns), *dims[name]) for name in model.modalities}, masks
    )
    with torch.no_grad():
        weights = model.inference(blank)["weights"]
    return SubsetWeights(list(model.subsets.values()), patterns, weights.cpu().numpy())


def with_other_values_under_the_mask(dataset: MultimodalBaseDataset, seed: int) -> MultimodalBaseDataset:
    """The same data, large random numbers in the place of what is hidden.

    Raises:
        ValueError: nothing is hidden.
    """
    masks = _require_masks(dataset)
    generator = torch.Generator().manual_seed(seed)
    changed = copy.copy(dataset)
    changed.data = {}
    for name, values in dataset.data.items():
        noise = 1e3 * torch.randn(values.shape, dtype=values.dtype, generator=generator)
        changed.data[name] = torch.where(by_entry(masks[name], values.ndim), values, noise)
    return changed


@torch.no_grad()
def changes_by_values_under_the_mask(
    model: MoPoE, dataset: MultimodalBaseDataset, K: int, seed: int
) -> dict[str, float]:
    """Largest change of loss and NLL, with the same noise, when other values stand under the mask."""

    def measured(data: MultimodalBaseDataset) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        loss = model(data, generator=generator).loss
        return {"loss": loss, "NLL": model.estimate_nll(data, K=K, generator=generator).nll}

    before = measured(dataset)
    after = measured(with_other_values_under_the_mask(dataset, seed))
    return {name: float((after[name] - value).abs().max()) for name, value in before.items()}


def alone(truth: LinearGaussian, names: Names) -> LinearGaussian:
    """The marginal model of these modalities: the same latent, the others never heard of."""
    return LinearGaussian(
        {name: truth.loadings[name] for name in names},
        {name: truth.offsets[name] for name in names},
        {name: truth.noise[name] for name in names},
        {name: loading for name, loading in truth.private_loadings.items() if name in names},
    )


def loss_by_observed(
    model: MoPoE, truth: LinearGaussian, dataset: MultimodalBaseDataset, repeats: int, seed: int
) -> ByObserved:
    r"""The loss on incomplete data beside the exact loss of models that know the observed modalities alone.

    The exact one is :math:`-\frac{1}{|\mathcal S|} \sum_S L_S` in closed form, over the subsets of a second
    model, which has the same networks but for the observed modalities only.

    Args:
        model: made by :func:`~workbench.datasets.linear_gaussian.model.linear_gaussian_model` for ``truth``, with
            all subsets trained.
        truth: the linear-Gaussian model, without private latents.
        dataset: incomplete data.
        repeats: how often the loss, which takes one draw a sample, is evaluated.
        seed: of these draws.
    """
    groups = _rows_by_observed(dataset)
    generator = torch.Generator().manual_seed(seed)
    estimates, errors, exact = [], [], []
    with torch.no_grad():
        for names, rows in groups.items():
            part = dataset[rows]
            losses = torch.stack([model(part, generator=generator).loss for _ in range(repeats)])
            loss = Summary.mean_of(losses)
            estimates.append(loss.value)
            errors.append(loss.standard_error)
            data = {name: part.data[name].double() for name in names}
            seen = IncompleteDataset(data, {name: part.masks[name] for name in names})
            exact.append(_exact_loss(_model_alone(model, names), alone(truth, names), seen))
    sizes = [len(rows) for rows in groups.values()]
    return ByObserved("loss", list(groups), np.array(estimates), np.array(errors), np.array(exact), sizes)


def nll_by_observed(
    model: MoPoE, truth: LinearGaussian, dataset: MultimodalBaseDataset, K: int, seed: int
) -> ByObserved:
    """−ln p of what each sample shows: ``estimate_nll`` beside the exact marginal density.

    Args:
        model: with the decoders of ``truth``; its encoders may be wrong.
        truth: the linear-Gaussian model.
        dataset: incomplete data.
        K: importance draws a sample.
        seed: of these draws.
    """
    found = model.estimate_nll(dataset, K=K, generator=torch.Generator().manual_seed(seed))
    groups = _rows_by_observed(dataset)
    estimates, errors, exact = [], [], []
    for names, rows in groups.items():
        estimates.append(float(found.nll[rows].mean()))
        errors.append(float(found.standard_error[rows].square().sum().sqrt()) / len(rows))
        part = dataset[rows]
        exact.append(-float(truth.log_prob(part.data, names, part.masks).mean()))
    sizes = [len(rows) for rows in groups.values()]
    return ByObserved("−ln p", list(groups), np.array(estimates), np.array(errors), np.array(exact), sizes)


def _model_alone(model: MoPoE, names: Names) -> MoPoE:
    """A model of these modalities only, with the same networks and likelihoods."""
    config = model.model_config
    return MoPoE(
        MoPoEConfig(
            len(names),
            latent_dim=config.latent_dim,
            input_dims={name: (config.input_dims or {})[name] for name in names},
            decoder_dist_params={name: (config.decoder_dist_params or {})[name] for name in names},
            prior_expert=config.prior_expert,
        ),
        copy.deepcopy({name: model.encoders[name] for name in names}),
        copy.deepcopy({name: model.decoders[name] for name in names}),
    )


def _exact_loss(model: MoPoE, truth: LinearGaussian, seen: IncompleteDataset) -> float:
    """The negative generalised ELBO in closed form, mean over samples, in nats."""
    bounds = []
    for shown in model.all_subsets():
        q = model.posterior(seen, shown)
        bounds.append(exact_elbo(truth, seen.data, (q.mean, q.variance.diag_embed()), masks=seen.masks))
    return -float(torch.stack(bounds).mean())


def _require_masks(dataset: MultimodalBaseDataset) -> dict[str, Tensor]:
    masks = masks_of(dataset)
    if masks is None:
        raise ValueError("dataset: expected data with masks, got complete data")
    return masks


def _rows_by_observed(dataset: MultimodalBaseDataset) -> dict[Names, Tensor]:
    """Set of observed modalities → positions of the samples that show exactly it; small sets first."""
    masks = _require_masks(dataset)
    seen = torch.stack([any_observed(masks[name]) for name in dataset.modalities], 1)
    patterns = sorted({tuple(row) for row in seen.tolist()}, key=lambda row: (sum(row), [not x for x in row]))
    return {
        tuple(name for name, there in zip(dataset.modalities, pattern, strict=True) if there): (
            (seen == torch.tensor(pattern)).all(1).nonzero().flatten()
        )
        for pattern in patterns
    }
