"""Estimates of ln p(x), and of bounds below it, for a model and data."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from ..checks import check_count, first_indices
from ..inference import MultimodalVAE
from ..inputs import Inputs, chosen_modalities
from .bounds import Bounds
from .draws import PROPOSALS, require_subsets, weighted_latents
from .nll import NLLEstimate
from .observed import Observed
from .randomness import own_generator
from .results import fingerprints

# Their spread is the error of an estimate with sampled subsets: more would tell it better, and cost encodings.
MOST_MIXTURES = 16


@torch.no_grad()
def estimate_nll(
    model: MultimodalVAE,
    inputs: object,
    target: str | Sequence[str] = "all",
    given: str | Sequence[str] | None = None,
    K: int = 1000,
    proposal: str | Sequence[str] = "mixture",
    chunk: int = 100,
    generator: torch.Generator | None = None,
) -> NLLEstimate:
    r"""−ln p(x_A) or −ln p(x_A | x_B) of each sample, by importance sampling, with its error.

    .. math:: \ln p(x_A) \approx \ln \frac1K \sum_k \frac{p(z_k)}{q(z_k|x)} \prod_{m \in A} p(x_m|z_k),
              \quad z_k \sim q

    and :math:`\ln p(x_A|x_B) = \ln p(x_A, x_B) - \ln p(x_B)`, both with draws and a proposal of their own.
    Where modalities are missing it is the likelihood of what was observed. Private latents come from
    their own posteriors, or from their prior where the modality is missing. Rescaling factors and β weigh
    the training objective, not the likelihood, and do not enter.
    Where subsets are sampled, the draws are shared out among some mixtures of subsets, each drawn anew and each with
    its own density; the error is that between mixtures. (With K that no number from 2 to 16 divides there is
    one mixture, and the error is given its subsets.)

    Args:
        model: the model that p is of.
        inputs: must hold the modalities that are named; others may be absent.
        target: A: ``"all"``, a modality or a list of them.
        given: B, likewise, disjoint from A; ``None`` for no condition.
        K: draws a sample.
        proposal: q, by name: ``"mixture"`` of the products of the configured subsets within what is
            explained (A, or A and B); ``"product"`` of all experts of what is explained; ``"refined"``, a
            Gaussian with full covariance fitted to each sample from there, for when the encoders' own are too far
            off (see :func:`mopoe.evidence.refinement.refine`); ``"prior"``; or a modality or a list of them,
            for the product of those.
        chunk: draws decoded at a time; bounds the memory that decoding takes, changes nothing else. The
            result keeps ln w of every draw: 8 bytes times K times the number of samples.
        generator: source of the noise. Without one it follows from the global random state, which stays
            as it was: a second call repeats the draws of the first.

    Raises:
        TypeError: K or chunk is no whole number.
        ValueError: unknown or overlapping sets, K or chunk below 1, a sample that shows nothing of A or
            nothing of B, or a density that is not finite; the message names samples and modality.
    """
    check_count(K, "K")
    check_count(chunk, "chunk")
    targets, conditions = disjoint_modalities(model.modalities, target, given)
    source = _source(model.modalities, proposal)
    explained = chosen_modalities([*targets, *conditions], model.modalities, "target")
    batch = _read_some(model, inputs, explained, source, {"target": targets, "given": conditions})
    densities = [explained, conditions] if conditions else [explained]
    for names in densities if source == "mixture" else []:
        require_subsets(model, batch, names)
    generator = own_generator(generator, model.device)
    mixtures = _n_mixtures(model, source, K)
    weights = {
        f"p({', '.join(names)})": torch.cat(
            [
                weighted_latents(model, batch, names, source, K // mixtures, chunk, generator).log_weights
                for _ in range(mixtures)
            ]
        )
        for names in densities
    }
    condition = f" | {', '.join(conditions)}" if conditions else ""
    return NLLEstimate.of_weights(
        quantity=f"−ln p({', '.join(targets)}{condition})",
        log_weights=weights,
        proposal=source if isinstance(source, str) else f"product of {', '.join(source)}",
        likelihoods={name: str(model.likelihoods[name]) for name in explained},
        fingerprints=fingerprints(batch, explained),
        mixtures=mixtures,
        observed=Observed.of(batch, explained),
    )


@torch.no_grad()
def estimate_bounds(
    model: MultimodalVAE,
    inputs: object,
    target: str | Sequence[str] = "all",
    K: int = 10,
    repeats: int = 100,
    chunk: int = 100,
    generator: torch.Generator | None = None,
) -> Bounds:
    """L_generalised ≤ L_mixture ≤ L_K ≤ ln p(x_A) of each sample, each with its Monte-Carlo error.

    All three come from the same K · ``repeats`` draws from the mixture; see :class:`Bounds` for the equations.
    Where subsets are sampled, the repeats are shared out among some mixtures of subsets, each drawn anew; the errors
    are those between mixtures. (If no number from 2 to 16 divides ``repeats`` there is one, and they are given it.)

    Args:
        model: as in :meth:`estimate_nll`.
        inputs: as there.
        target: A, as there.
        K: importance draws in L_K.
        repeats: how many times K draws are taken, for their mean and its error.
        chunk: as there.
        generator: as there.

    Raises:
        TypeError, ValueError: as there.
    """
    for value, what in ((K, "K"), (repeats, "repeats"), (chunk, "chunk")):
        check_count(value, what)
    targets = chosen_modalities(target, model.modalities, "target")
    batch = _read_some(model, inputs, targets, "mixture", {"target": targets})
    require_subsets(model, batch, targets)
    generator = own_generator(generator, model.device)
    mixtures = _n_mixtures(model, "mixture", repeats)
    draws = [
        weighted_latents(model, batch, targets, "mixture", K * repeats // mixtures, chunk, generator)
        for _ in range(mixtures)
    ]
    density, marks = f"ln p({', '.join(targets)})", fingerprints(batch, targets)
    return Bounds.of_draws(draws, K, density, marks, Observed.of(batch, targets))


def disjoint_modalities(
    modalities: Sequence[str],
    target: str | Sequence[str],
    given: str | Sequence[str] | None,
    target_is: str = "target",
    given_is: str = "given",
) -> tuple[list[str], list[str]]:
    """The modalities A and B of ln p(x_A | x_B), in the order of ``modalities``.

    Args:
        modalities: all.
        target: A: ``"all"``, a modality or a list of them.
        given: B, likewise; ``None`` for none.
        target_is: name of the argument, for messages.
        given_is: likewise.

    Raises:
        ValueError: unknown or overlapping sets.
    """
    targets = chosen_modalities(target, modalities, target_is)
    conditions = [] if given is None else chosen_modalities(given, modalities, given_is)
    shared = [name for name in targets if name in conditions]
    if shared:
        raise ValueError(f"{given_is}: expected modalities other than in {target_is}, got {shared} in both")
    return targets, conditions


def _n_mixtures(model: MultimodalVAE, source: str | list[str], n: int) -> int:
    """Among how many mixtures of subsets n draws are shared out: one, unless subsets are sampled."""
    sampled = model.subset_distribution is not None and source == "mixture"
    return max(i for i in range(1, MOST_MIXTURES + 1) if n % i == 0) if sampled else 1


def _source(modalities: Sequence[str], proposal: str | Sequence[str]) -> str | list[str]:
    """One of the words, or the modalities whose product draws come from."""
    if isinstance(proposal, str) and proposal in PROPOSALS:
        if proposal == "refined" and torch.is_inference_mode_enabled():
            raise RuntimeError(
                "proposal 'refined' takes gradients, which torch.inference_mode() forbids: "
                "leave it, or use torch.no_grad() instead"
            )
        return proposal
    names = [proposal] if isinstance(proposal, str) else proposal
    if not names or not isinstance(names, Sequence) or not set(names) <= set(modalities):
        raise ValueError(
            f"proposal: expected one of {', '.join(map(repr, PROPOSALS))}, or modalities among "
            f"{list(modalities)}, got {proposal!r}"
        )
    return chosen_modalities(names, modalities, "proposal")


def _read_some(
    model: MultimodalVAE,
    inputs: object,
    names: list[str],
    source: str | list[str],
    wanted: dict[str, list[str]],
) -> Inputs:
    """What the estimate needs, with something observed of each set that is ``wanted`` in every sample."""
    sources = [] if isinstance(source, str) else source
    needed = [name for name in model.modalities if name in names or name in sources]
    batch = model.read_inputs(inputs, needed, check_support=True)
    for what, of in wanted.items():
        observed = batch.observed(of) if of else None
        if observed is not None and not bool(observed.any(0).all()):
            raise ValueError(
                f"{what}: expected some of {of} to be observed in every sample, "
                f"but samples {first_indices(~observed.any(0))} show none; leave those out"
            )
    return batch
