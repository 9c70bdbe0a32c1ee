"""Estimates of ln p(x), and of bounds below it, for a model and data."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..checks import check_count
from ..data import first_indices
from ..inputs import Inputs
from ..output import ModelOutput
from .bounds import Bounds
from .draws import PROPOSALS, ImportanceVAE
from .nll import NLLEstimate
from .randomness import own_generator
from .results import fingerprints

# Their spread is the error of an estimate with sampled subsets: more would tell it better, and cost encodings.
MOST_FAMILIES = 16


class EvidenceVAE(ImportanceVAE):
    """Adds to the model its likelihood ln p(x): the evidence for it in data."""

    @torch.no_grad()
    def estimate_nll(
        self,
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
        Where subsets are sampled, the draws are shared out among some families, each drawn anew and with the density
        of its own mixture; the error is that between families. (With K that no number from 2 to 16 divides there is
        one family, and the error is given its subsets.)

        Args:
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
        targets, conditions = self._disjoint(target, given)
        source = self._source(proposal)
        explained = self._names([*targets, *conditions], "target")
        batch = self._read_some(inputs, explained, source, {"target": targets, "given": conditions})
        densities = [explained, conditions] if conditions else [explained]
        for names in densities if source == "mixture" else []:
            self._require_subsets(batch, names)
        generator = own_generator(generator, self.device)
        families = self._families(source, K)
        weights = {
            f"p({', '.join(names)})": torch.cat(
                [
                    self._draw(batch, names, source, K // families, chunk, generator).log_weights
                    for _ in range(families)
                ]
            )
            for names in densities
        }
        condition = f" | {', '.join(conditions)}" if conditions else ""
        return NLLEstimate.of_weights(
            quantity=f"−ln p({', '.join(targets)}{condition})",
            log_weights=weights,
            proposal=source if isinstance(source, str) else f"product of {', '.join(source)}",
            likelihoods={name: str(self.likelihoods[name]) for name in explained},
            fingerprints=fingerprints({name: batch.data[name] for name in explained}, batch.masks),
            families=families,
        )

    @torch.no_grad()
    def estimate_bounds(
        self,
        inputs: object,
        target: str | Sequence[str] = "all",
        K: int = 10,
        repeats: int = 100,
        chunk: int = 100,
        generator: torch.Generator | None = None,
    ) -> Bounds:
        """L_generalised ≤ L_mixture ≤ L_K ≤ ln p(x_A) of each sample, each with its Monte-Carlo error.

        All three come from the same K · ``repeats`` draws from the mixture; see :class:`Bounds` for the equations.
        Where subsets are sampled, the repeats are shared out among some families, each drawn anew; the errors are
        those between families. (If no number from 2 to 16 divides ``repeats`` there is one, and they are given it.)

        Args:
            inputs: as in :meth:`estimate_nll`.
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
        targets = self._names(target, "target")
        batch = self._read_some(inputs, targets, "mixture", {"target": targets})
        self._require_subsets(batch, targets)
        generator = own_generator(generator, self.device)
        families = self._families("mixture", repeats)
        marks = fingerprints(batch.data, batch.masks)

        def bounds() -> Bounds:
            draws = self._draw(batch, targets, "mixture", K * repeats // families, chunk, generator)
            return Bounds.of_draws(draws, K, f"ln p({', '.join(targets)})", marks)

        return Bounds.combined([bounds() for _ in range(families)])

    def compute_joint_nll(
        self, inputs: object, K: int = 1000, batch_size_K: int = 100, generator: torch.Generator | None = None
    ) -> Tensor:
        """−ln p(x) in nats, summed over the batch, with the mixture as the proposal.

        With missing modalities it is −ln p of what was observed. See :meth:`estimate_nll`.
        """
        return self._total_nll(inputs, K, "mixture", batch_size_K, generator)

    def compute_joint_nll_paper(
        self, inputs: object, K: int = 1000, batch_size_K: int = 100, generator: torch.Generator | None = None
    ) -> Tensor:
        """The same quantity with the product over all observed modalities as the proposal, as in the paper."""
        return self._total_nll(inputs, K, "product", batch_size_K, generator)

    def compute_cond_nll(
        self,
        inputs: object,
        subset: str | Sequence[str],
        pred_mods: str | Sequence[str],
        K: int = 1000,
        batch_size_K: int = 100,
        generator: torch.Generator | None = None,
    ) -> ModelOutput:
        """Modality of ``pred_mods`` → −ln p(x_m | x_subset) in nats, averaged over the batch, as in MultiVae.

        See :meth:`estimate_nll`, also for a set of modalities together and for errors by sample.
        """
        check_count(batch_size_K, "batch_size_K")
        names, conditions = self._disjoint(pred_mods, subset, "pred_mods", "subset")
        return ModelOutput(
            {
                name: self.estimate_nll(
                    inputs, name, conditions, K, "mixture", batch_size_K, generator
                ).nll.mean()
                for name in names
            }
        )

    def _total_nll(
        self, inputs: object, K: int, proposal: str, chunk: int, generator: torch.Generator | None
    ) -> Tensor:
        check_count(chunk, "batch_size_K")
        return self.estimate_nll(inputs, "all", None, K, proposal, chunk, generator).nll.sum()

    # --- what is asked for ---

    def _families(self, source: str | list[str], n: int) -> int:
        """Among how many families of subsets n draws are shared out: one, unless they are sampled."""
        sampled = self._law is not None and source == "mixture"
        return max(i for i in range(1, MOST_FAMILIES + 1) if n % i == 0) if sampled else 1

    def _disjoint(
        self,
        target: str | Sequence[str],
        given: str | Sequence[str] | None,
        target_is: str = "target",
        given_is: str = "given",
    ) -> tuple[list[str], list[str]]:
        targets = self._names(target, target_is)
        conditions = [] if given is None else self._names(given, given_is)
        shared = [name for name in targets if name in conditions]
        if shared:
            raise ValueError(
                f"{given_is}: expected modalities other than in {target_is}, got {shared} in both"
            )
        return targets, conditions

    def _source(self, proposal: str | Sequence[str]) -> str | list[str]:
        """One of the words, or the modalities whose product draws come from."""
        if isinstance(proposal, str) and proposal in PROPOSALS:
            if proposal == "refined" and torch.is_inference_mode_enabled():
                raise RuntimeError(
                    "proposal 'refined' takes gradients, which torch.inference_mode() forbids: "
                    "leave it, or use torch.no_grad() instead"
                )
            return proposal
        names = [proposal] if isinstance(proposal, str) else proposal
        if not names or not isinstance(names, Sequence) or not set(names) <= set(self.modalities):
            raise ValueError(
                f"proposal: expected one of {', '.join(map(repr, PROPOSALS))}, or modalities among "
                f"{self.modalities}, got {proposal!r}"
            )
        return self._names(names, "proposal")

    def _read_some(
        self, inputs: object, names: list[str], source: str | list[str], wanted: dict[str, list[str]]
    ) -> Inputs:
        """What the estimate needs, with something observed of each set that is ``wanted`` in every sample."""
        sources = [] if isinstance(source, str) else source
        needed = [name for name in self.modalities if name in names or name in sources]
        batch = self._read(inputs, needed, check_support=True)
        for what, of in wanted.items():
            observed = batch.observed(of) if of else None
            if observed is not None and not bool(observed.any(0).all()):
                raise ValueError(
                    f"{what}: expected some of {of} to be observed in every sample, "
                    f"but samples {first_indices(~observed.any(0))} show none; leave those out"
                )
        return batch
