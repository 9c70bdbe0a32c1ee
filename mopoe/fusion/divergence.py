"""The divergence of all components together, with a gradient of its own: the part that grows with S."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .gaussians import kl_to_standard_normal, subset_products, subset_union
from .mixture import SubsetMixture
from .sums import PowerSetSums, power_set_sums_transposed, subset_sums, subset_sums_transposed
from .transforms import being_transformed

# Numbers (S · samples · D) looked at in one go: what fits a processor's cache, and what fills an accelerator.
_AT_ONCE = {"cpu": 2**20, "cuda": 2**26}


def mixture_divergence(
    mus: Tensor, logvars: Tensor, mixture: SubsetMixture, observed: Tensor | None
) -> Tensor:
    r"""Σ_s w_s KL(q_s ‖ N(0, I)) of each sample in nats, q_s the products of :func:`subset_products`.

    With Λ_s = Σ_m λ_m (+ 1 with a prior expert), λ_m = σ_m^{-2}, and μ_s = Σ_m λ_m μ_m / Λ_s,

    .. math:: KL_s = \tfrac12 \sum_d (\mu_s^2 + \Lambda_s^{-1} - 1 + \ln \Lambda_s), \quad
              \frac{\partial KL_s}{\partial \Lambda_s} = -\frac{\mu_s^2 + (\Lambda_s^{-1} - 1)/2}{\Lambda_s}, \quad
              \frac{\partial KL_s}{\partial (\Lambda_s \mu_s)} = \frac{\mu_s}{\Lambda_s}

    Value and gradient are summed in one pass over slices of the batch, so that memory grows neither with S nor
    with B beyond the experts themselves.

    Args:
        mus: (M, B, D), float32 or float64.
        logvars: (M, B, D), ln σ².
        mixture: the components and their weights.
        observed: (M, B), boolean; ``None`` where everything was.

    Returns:
        (B,).
    """
    # Reduced precision, chosen by autocast, would round the precisions before they are summed.
    with torch.autocast(device_type=mus.device.type, enabled=False):
        if being_transformed():
            return _plainly(mus, logvars, mixture, observed)
        return _MixtureDivergence.apply(mus, logvars, mixture, observed)


class _MixtureDivergence(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, mus: Tensor, logvars: Tensor, mixture: SubsetMixture, observed: Tensor | None
    ) -> Tensor:
        length, size = mus.shape[1:]
        step = max(1, _AT_ONCE.get(mus.device.type, 2**26) // (len(mixture) * size))
        wanted = any(ctx.needs_input_grad[:2])
        parts = [
            _slice_of(mus[:, rows], logvars[:, rows], mixture.rows(rows.start, rows.stop), seen, wanted)
            for rows in (slice(start, min(start + step, length)) for start in range(0, length, step))
            for seen in (None if observed is None else observed[:, rows],)
        ]
        values, *gradients = zip(*parts, strict=True)
        if wanted:
            ctx.save_for_backward(mus, logvars, *(torch.cat(pieces, 1) for pieces in gradients))
            ctx.mixture, ctx.observed = mixture, observed
        return torch.cat(values)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        mus, logvars, of_mus, of_logvars = ctx.saved_tensors
        if torch.is_grad_enabled():  # the gradient is to be differentiated again
            # By views, so that neither is reached through the other where one was computed from the other.
            inputs = [x.view_as(x) for x in (mus, logvars)]
            value = _plainly(inputs[0], inputs[1], ctx.mixture, ctx.observed)
            wanted = [x for x in inputs if x.requires_grad]
            gradients = iter(torch.autograd.grad(value, wanted, upstream, create_graph=True))
            return *(next(gradients) if x.requires_grad else None for x in inputs), None, None
        return upstream[:, None] * of_mus, upstream[:, None] * of_logvars, None, None


def _plainly(mus: Tensor, logvars: Tensor, mixture: SubsetMixture, observed: Tensor | None) -> Tensor:
    """The same value, as autograd takes it apart."""
    products = subset_products(mus, logvars, mixture.membership, mixture.prior_experts, observed)
    return (mixture.dense_weights(mus.shape[1], mus.dtype) * kl_to_standard_normal(*products)).sum(0)


def _slice_of(
    mus: Tensor, logvars: Tensor, mixture: SubsetMixture, observed: Tensor | None, with_gradient: bool
) -> tuple[Tensor, ...]:
    """The divergence of each sample, (b,), and its gradients with respect to means and log-variances."""
    if observed is not None:
        mus, logvars = mus.where(observed[..., None], 0), logvars.where(observed[..., None], 0)
    precisions = torch.exp(-logvars)
    weights, joins, empty = mixture.weights, mixture.prior_experts, None
    if observed is not None:
        precisions = precisions * observed[..., None]
        empty = ~subset_union(mixture.membership, observed)
    order = mixture.binary_order
    if order is not None:
        joins = joins[order]
        weights, empty = (None if x is None else x[order] for x in (weights, empty))
    total, mean = (_sums(x, mixture) for x in (precisions, precisions * mus))
    total += joins.to(total.dtype)[:, None, None] if joins.ndim == 1 else joins.to(total.dtype)[..., None]
    if empty is not None:
        total.masked_fill_(empty[..., None], 1)
    variance = total.reciprocal()
    mean *= variance
    square = mean.square()
    excess = variance - 1
    terms = total.log_().add_(excess).add_(square)
    shares = 1 / len(mixture) if weights is None else weights.to(terms.dtype)
    value = 0.5 * (shares * terms.sum(-1)).sum(0)
    if not with_gradient:
        return (value,)
    against_total = square.add_(excess, alpha=0.5).mul_(variance)
    along_mean = mean.mul_(variance)
    if isinstance(shares, float):
        precisions *= shares
    else:
        against_total *= shares[..., None]
        along_mean *= shares[..., None]
    against_total, along_mean = (_sums_transposed(x, mixture) for x in (against_total, along_mean))
    return value, precisions * along_mean, precisions * (against_total - mus * along_mean)


def _sums(values: Tensor, mixture: SubsetMixture) -> Tensor:
    """Over the members of each subset; of a power set in binary order."""
    if mixture.binary_order is not None:
        return PowerSetSums.apply(values)
    return subset_sums(values, mixture.membership)


def _sums_transposed(values: Tensor, mixture: SubsetMixture) -> Tensor:
    """Over the subsets that hold each modality."""
    if mixture.binary_order is not None:
        return power_set_sums_transposed(values)
    return subset_sums_transposed(values, mixture.membership)
