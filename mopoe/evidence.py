"""Estimates of ln p(x), and of bounds below it, for a model and data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from .bounds import Bounds
from .checks import check_count
from .data import first_indices
from .estimates import fingerprints
from .gaussians import kl_to_standard_normal
from .importance import ImportanceDraws, MixtureProposal, Proposal, importance_draws
from .inputs import Inputs
from .nll import NLLEstimate
from .output import ModelOutput
from .pretrained import PretrainedVAE
from .randomness import own_generator

PROPOSALS = ("mixture", "product", "prior")
# Samples estimated at a time: bounds memory, and keeps the draws independent of the chunk size.
_BLOCK = 16


class EvidenceVAE(PretrainedVAE):
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

        Args:
            inputs: must hold the modalities that are named; others may be absent.
            target: A: ``"all"``, a modality or a list of them.
            given: B, likewise, disjoint from A; ``None`` for no condition.
            K: draws a sample.
            proposal: q, by name: ``"mixture"`` of the products of the configured subsets within what is
                explained (A, or A and B); ``"product"`` of all experts of what is explained; ``"prior"``; or
                a modality or a list of them, for the product of those.
            chunk: draws decoded at a time; bounds memory, changes nothing else.
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
        generator = own_generator(generator, self.device)
        weights = {
            f"p({', '.join(names)})": self._draw(batch, names, source, K, chunk, generator)[0].log_weights
            for names in ([explained, conditions] if conditions else [explained])
        }
        condition = f" | {', '.join(conditions)}" if conditions else ""
        return NLLEstimate.of_weights(
            quantity=f"−ln p({', '.join(targets)}{condition})",
            log_weights=weights,
            proposal=source if isinstance(source, str) else f"product of {', '.join(source)}",
            likelihoods={name: str(self.likelihoods[name]) for name in explained},
            fingerprints=fingerprints({name: batch.data[name] for name in explained}, batch.masks),
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

        All three come from the same K · ``repeats`` draws from the mixture; see :class:`Bounds` for the
        equations, and :meth:`estimate_nll` for the arguments and errors.
        """
        for value, what in ((K, "K"), (repeats, "repeats"), (chunk, "chunk")):
            check_count(value, what)
        targets = self._names(target, "target")
        batch = self._read_some(inputs, targets, "mixture", {"target": targets})
        generator = own_generator(generator, self.device)
        draws, divergence = self._draw(batch, targets, "mixture", K * repeats, chunk, generator)
        marks = fingerprints(batch.data, batch.masks)
        return Bounds.of_draws(draws, divergence, K, f"ln p({', '.join(targets)})", marks)

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
            return proposal
        if isinstance(proposal, str) and proposal not in self.modalities:
            raise ValueError(
                f"proposal: expected one of {', '.join(map(repr, PROPOSALS))}, or modalities among "
                f"{self.modalities}, got {proposal!r}"
            )
        return self._names(proposal, "proposal")

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

    # --- draws ---

    def _draw(
        self,
        batch: Inputs,
        names: list[str],
        source: str | list[str],
        n: int,
        chunk: int,
        generator: torch.Generator,
    ) -> tuple[ImportanceDraws, Tensor]:
        """Draws for p(x_names), (n, B), and the mean KL(q ‖ p) of their proposal's components, (B,)."""
        parts, divergences = [], []
        with self.evaluating():
            for start in range(0, batch.length, _BLOCK):
                block = batch.rows(start, start + _BLOCK)
                proposal = self._proposal(block, names, source, start)
                explain = partial(self._log_likelihoods, names, block)
                parts.append(importance_draws(proposal, explain, n, chunk, generator, start))
                divergences.append(_mean_divergence(proposal))
        draws = ImportanceDraws(*(torch.cat(columns, 1) for columns in zip(*parts, strict=True)))
        return draws, torch.cat(divergences)

    def _log_likelihoods(
        self, names: list[str], block: Inputs, z: Tensor, styles: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        terms = {}
        for name in names:
            term = self._log_likelihood(name, torch.cat([z, styles[name]], -1) if styles else z, block)
            if not self.likelihoods[name].may_vanish:
                # −∞ from a density that is positive everywhere is an overflow, no weight of zero.
                term = term.masked_fill(torch.isneginf(term), torch.nan)
            terms[name] = term
        return terms

    def _proposal(self, block: Inputs, names: list[str], source: str | list[str], first: int) -> Proposal:
        if source == "prior":
            reference = next(self.parameters(), torch.empty(0, device=self.device))
            shared = _standard(reference, block.length, self.latent_dim)
            return Proposal(
                shared,
                {m: _standard(reference, block.length, d) for m, d in self.style_dims.items() if m in names},
            )
        if source == "mixture":
            within = block if names == self.modalities else block.alone(names, self.modalities)
            experts, mus, logvars, weights = self._posteriors(within)
            used = (weights > 0).any(1)
            shared = MixtureProposal(mus[used], logvars[used], weights[used])
        else:
            mu, logvar, experts = self._condition(block, names if source == "product" else list(source))
            shared = MixtureProposal.single(mu, logvar)
        self._require_finite(experts, block, first)
        styles = {m: self._style(experts[m], m, block) for m in self.style_dims if m in names}
        return Proposal(shared, {m: MixtureProposal.single(*style) for m, style in styles.items()})

    def _require_finite(self, experts: dict[str, ModelOutput], block: Inputs, first: int) -> None:
        for name, expert in experts.items():
            bad = ~torch.stack([torch.isfinite(x).all(-1) for x in expert.values()]).all(0)
            if block.masks is not None:
                bad = bad & block.masks[name]
            if bool(bad.any()):
                raise ValueError(
                    f"encoders[{name!r}]: expected finite means and log-variances, got NaN or infinity for "
                    f"samples {first_indices(bad, first)}"
                )


def _standard(reference: Tensor, length: int, size: int) -> MixtureProposal:
    zeros = reference.new_zeros(length, size)
    return MixtureProposal.single(zeros, zeros)


def _mean_divergence(proposal: Proposal) -> Tensor:
    """Σ_s w_s KL(q_s ‖ p) + Σ_m KL(q(w_m) ‖ p), (B,) in float64."""
    latents = [proposal.shared, *proposal.private.values()]
    return torch.stack(
        [(q.weights * kl_to_standard_normal(q.mus, q.logvars)).sum(0).double() for q in latents]
    ).sum(0)
