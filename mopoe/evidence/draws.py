"""Importance draws of a model: which proposal, how blocks of samples are weighed, what cannot be weighed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import torch
from torch import Tensor

from ..data import first_indices
from ..files import PretrainedVAE
from ..fusion.gaussians import subset_union
from ..inputs import Inputs
from ..output import ModelOutput
from .importance import ImportanceDraws, importance_draws
from .proposals import FactorisedProposal, MixtureProposal, Proposal
from .refinement import RefinedProposal, refine

PROPOSALS = ("mixture", "product", "refined", "prior")
# Samples weighed at a time: bounds memory, and keeps the draws independent of the chunk size.
_BLOCK = 16


def blocks_of(batch: Inputs) -> Iterator[tuple[int, Inputs]]:
    """The batch in blocks, each with the number of its first sample."""
    for first in range(0, batch.length, _BLOCK):
        yield first, batch.rows(first, first + _BLOCK)


class ImportanceVAE(PretrainedVAE):
    """Adds to the model weighted draws of its latents, given data."""

    def _draw(
        self,
        batch: Inputs,
        names: list[str],
        source: str | list[str],
        n: int,
        chunk: int,
        generator: torch.Generator,
    ) -> ImportanceDraws:
        """Draws for p(x_names), (n, B)."""
        parts = []
        with self.evaluating():
            for first, block in blocks_of(batch):
                proposal = self._proposal(block, names, source, generator, first)
                explain = partial(self._log_likelihoods, names, block)
                parts.append(importance_draws(proposal, explain, n, chunk, generator, first))
        columns = zip(*parts, strict=True)
        return ImportanceDraws(*(torch.cat(column, -1) for column in columns))

    def _proposal(
        self,
        block: Inputs,
        names: list[str],
        source: str | list[str],
        generator: torch.Generator,
        first: int,
    ) -> Proposal:
        if source == "prior":
            return self._prior(block, names)
        if source == "mixture":
            return self._mixture(block, names, generator, first)
        if source == "refined":
            return self._refined(block, names, generator, first)
        return self._product(block, names if source == "product" else list(source), names, first)

    def _log_likelihoods(
        self, names: list[str], block: Inputs, z: Tensor, private: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        terms = {}
        for name in names:
            term = self._log_likelihood(name, torch.cat([z, private[name]], -1) if private else z, block)
            if not self.likelihoods[name].may_vanish:
                # −∞ from a density that is positive everywhere is an overflow, no weight of zero.
                term = term.masked_fill(torch.isneginf(term), torch.nan)
            terms[name] = term
        return terms

    def _prior(self, block: Inputs, names: list[str]) -> FactorisedProposal:
        like = self._like

        def standard(size: int) -> MixtureProposal:
            zeros = like.new_zeros(block.length, size)
            return MixtureProposal.single(zeros, zeros)

        private = {m: standard(size) for m, size in self.style_dims.items() if m in names}
        return FactorisedProposal(standard(self.latent_dim), private)

    def _require_subsets(self, batch: Inputs, names: list[str]) -> None:
        """Refuse samples that show nothing of ``names`` that a configured subset holds."""
        if self._law:
            return  # whatever was observed has subsets
        membership = self._membership[:, [self.modalities.index(name) for name in names]]
        observed = batch.observed(names)
        if observed is None:
            observed = torch.ones(len(names), batch.length, dtype=torch.bool, device=self.device)
        lost = ~subset_union(membership, observed).any(0)
        if bool(lost.any()):
            raise ValueError(
                f"proposal 'mixture': expected a configured subset with some of {names} in every sample, "
                f"but none has what samples {first_indices(lost)} show; use proposal 'product'"
            )

    def _mixture(
        self, block: Inputs, names: list[str], generator: torch.Generator, first: int
    ) -> FactorisedProposal:
        """The configured subsets' products within ``names``, those with a weight; or of some that are drawn."""
        within = block if names == self.modalities else block.alone(names, self.modalities)
        experts, mus, logvars, weights, _ = self._posteriors(within, generator)
        self._require_finite(experts, block, first)
        used = (weights > 0).any(1)
        shared = MixtureProposal(mus[used], logvars[used], weights[used])
        return FactorisedProposal(shared, self._private(block, experts, names))

    def _product(self, block: Inputs, members: list[str], names: list[str], first: int) -> FactorisedProposal:
        """The product of the experts of ``members``, to explain ``names``."""
        mu, logvar, experts = self._condition(block, members)
        self._require_finite(experts, block, first)
        return FactorisedProposal(MixtureProposal.single(mu, logvar), self._private(block, experts, names))

    def _refined(
        self, block: Inputs, names: list[str], generator: torch.Generator, first: int
    ) -> RefinedProposal:
        product = self._product(block, names, names, first)
        starts = [(product.shared.mus[0], product.shared.logvars[0])]
        if len(names) > 1:
            starts.append(self._moments(block, names))
        private = list(product.private.values())
        mus, logvars = [q.mus[0] for q in private], [q.logvars[0] for q in private]
        return refine(
            [(torch.cat([mu, *mus], -1), torch.cat([logvar, *logvars], -1)) for mu, logvar in starts],
            {name: self.style_dims[name] for name in product.private},
            partial(self._log_likelihoods, names, block),
            generator,
            first,
        )

    def _moments(self, block: Inputs, names: list[str]) -> tuple[Tensor, Tensor]:
        """Mean and ln σ² of the mixture of the observed experts: wide, where the product is narrow."""
        experts = self._experts(block)
        mus = torch.stack([experts[name].embedding for name in names])
        variances = torch.stack([experts[name].log_covariance for name in names]).exp()
        observed = block.observed(names)
        seen = torch.ones_like(mus[..., :1]) if observed is None else observed[..., None].to(mus.dtype)
        weights = seen / seen.sum(0)
        mean = (weights * mus).sum(0)
        return mean, torch.log((weights * (variances + (mus - mean).square())).sum(0))

    def _private(
        self, block: Inputs, experts: dict[str, ModelOutput], names: list[str]
    ) -> dict[str, MixtureProposal]:
        styles = {m: self._style(experts[m], m, block) for m in self.style_dims if m in names}
        return {m: MixtureProposal.single(*style) for m, style in styles.items()}

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
