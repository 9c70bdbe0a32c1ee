"""A linear-Gaussian multimodal model: every density in closed form, without a line of ``mopoe``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class LinearGaussian:
    r"""Modalities that are linear in one shared normal latent, with Gaussian noise.

    .. math:: z \sim N(0, I_D), \quad w_m \sim N(0, I_{P_m}), \quad
              x_m = A_m z + C_m w_m + b_m + \sigma_m \epsilon_m

    Any set S of modalities, stacked, is N(b, A Aᵀ + Ψ) with Ψ block-diagonal, its blocks
    :math:`C_m C_m^T + \sigma_m^2 I`.

    Attributes:
        loadings: modality → A_m, (d_m, D).
        offsets: modality → b_m, (d_m,).
        noise: modality → σ_m > 0.
        private_loadings: modality → C_m, (d_m, P_m), for those that have a private latent.

    Raises:
        ValueError: names, shapes or σ that do not fit together; the message names the modality.
    """

    loadings: Mapping[str, Tensor]
    offsets: Mapping[str, Tensor]
    noise: Mapping[str, float]
    private_loadings: Mapping[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.loadings:
            raise ValueError("loadings: expected at least one modality, got an empty dict")
        for what, given in (("offsets", self.offsets), ("noise", self.noise)):
            if set(given) != set(self.loadings):
                raise ValueError(f"{what}: expected the modalities {self.modalities}, got {list(given)}")
        unknown = [name for name in self.private_loadings if name not in self.loadings]
        if unknown:
            raise ValueError(f"private_loadings: expected modalities among {self.modalities}, got {unknown}")
        for name, loading in self.loadings.items():
            _check_tensor(f"loadings[{name!r}]", loading, (None, self.latent_dim))
            _check_tensor(f"offsets[{name!r}]", self.offsets[name], (len(loading),))
            if not 0 < self.noise[name] < math.inf:
                raise ValueError(f"noise[{name!r}]: expected 0 < σ < ∞, got {self.noise[name]}")
        for name, loading in self.private_loadings.items():
            _check_tensor(f"private_loadings[{name!r}]", loading, (len(self.loadings[name]), None))

    @classmethod
    def random(
        cls,
        dims: Mapping[str, int],
        latent_dim: int,
        noise: float = 0.5,
        private_dims: Mapping[str, int] | None = None,
        orthogonal: bool = False,
        seed: int = 0,
    ) -> LinearGaussian:
        """A model with standard normal loadings (over √D, √P_m) and offsets.

        Args:
            dims: modality → d_m.
            latent_dim: D.
            noise: σ of every modality.
            private_dims: modality → P_m, for those that have a private latent.
            orthogonal: make the columns of each A_m orthogonal (d_m ≥ D): without private latents every
                posterior is then diagonal, and so exactly the product of the modalities' Gaussian experts.
            seed: the same seed gives the same model.
        """
        generator = torch.Generator().manual_seed(seed)

        def normal(*shape: int) -> Tensor:
            return torch.randn(*shape, dtype=torch.float64, generator=generator)

        loadings = {name: normal(d, latent_dim) / math.sqrt(latent_dim) for name, d in dims.items()}
        if orthogonal:
            narrow = {name: d for name, d in dims.items() if d < latent_dim}
            if narrow:
                raise ValueError(f"dims: orthogonal columns need d ≥ latent_dim = {latent_dim}, got {narrow}")
            # Orthonormal directions, each as long as the random column that it replaces.
            loadings = {name: torch.linalg.qr(a).Q * a.norm(dim=0) for name, a in loadings.items()}
        private = {name: normal(dims[name], p) / math.sqrt(p) for name, p in (private_dims or {}).items()}
        offsets = {name: normal(d) for name, d in dims.items()}
        return cls(loadings, offsets, dict.fromkeys(dims, noise), private)

    @property
    def modalities(self) -> list[str]:
        """Names of the modalities, in order."""
        return list(self.loadings)

    @property
    def latent_dim(self) -> int:
        """D, the size of the shared latent."""
        return next(iter(self.loadings.values())).shape[-1]

    def sample(self, n: int, seed: int = 0) -> tuple[dict[str, Tensor], Tensor, dict[str, Tensor]]:
        """n draws from the model.

        Returns:
            Data, modality → (n, d_m); shared latents, (n, D); private latents, modality → (n, P_m).
        """
        generator = torch.Generator().manual_seed(seed)

        def normal(size: int) -> Tensor:
            return torch.randn(n, size, dtype=torch.float64, generator=generator)

        z = normal(self.latent_dim)
        private = {name: normal(c.shape[1]) for name, c in self.private_loadings.items()}
        data = {}
        for name, loading in self.loadings.items():
            data[name] = z @ loading.T + self.offsets[name] + self.noise[name] * normal(len(loading))
            if name in private:
                data[name] = data[name] + private[name] @ self.private_loadings[name].T
        return data, z, private

    def marginal(self, modalities: Sequence[str] | None = None) -> tuple[Tensor, Tensor]:
        """Mean (d,) and covariance (d, d) of these modalities stacked in their order; ``None`` for all."""
        loading, offset, noise = self._stacked(modalities)
        return offset, loading @ loading.T + noise

    def log_prob(
        self,
        data: Mapping[str, Tensor],
        modalities: Sequence[str] | None = None,
        masks: Mapping[str, Tensor] | None = None,
    ) -> Tensor:
        r"""Exact ln p of what was observed of these modalities together, (B,) in nats.

        The observed entries of the stacked vector are N(b_o, (A Aᵀ + Ψ)_oo). 0 where nothing was observed.

        Args:
            data: modality → (B, d_m).
            modalities: of which; ``None`` for all of the model's.
            masks: modality → (B,) or (B, d_m), true where observed; ``None`` for everything.
        """
        names = self._checked(modalities)
        values, seen = self._values(data, names), self._seen(data, names, masks)
        mean, covariance = self.marginal(names)
        log_prob = torch.zeros(len(values), dtype=torch.float64)
        for pattern in seen.unique(dim=0):
            rows = (seen == pattern).all(1)
            factor = torch.linalg.cholesky(covariance[pattern][:, pattern])
            centred = values[rows][:, pattern] - mean[pattern]
            white = torch.linalg.solve_triangular(factor, centred.T, upper=False)
            log_det = 2 * factor.diagonal().log().sum()
            size = len(factor) * math.log(2 * math.pi)
            log_prob[rows] = -0.5 * (white.square().sum(0) + log_det + size)
        return log_prob

    def conditional_log_prob(
        self,
        data: Mapping[str, Tensor],
        target: Sequence[str],
        given: Sequence[str],
        masks: Mapping[str, Tensor] | None = None,
    ) -> Tensor:
        """Exact ln p(target | given) = ln p(target, given) − ln p(given), (B,) in nats, of what was observed."""
        targets, conditions = self._checked(target), self._checked(given)
        return self.log_prob(data, targets + conditions, masks) - self.log_prob(data, conditions, masks)

    def log_likelihood(
        self,
        data: Mapping[str, Tensor],
        z: Tensor,
        private: Mapping[str, Tensor] | None = None,
        modalities: Sequence[str] | None = None,
        masks: Mapping[str, Tensor] | None = None,
    ) -> Tensor:
        r"""Exact ln p(x|z, w) of what was observed of these modalities, (\*, B) in nats.

        Args:
            data: modality → (B, d_m).
            z: shared latents, (\*, B, D).
            private: modality → w_m, (\*, B, P_m), for those that have one.
            modalities: of which; ``None`` for all of the model's.
            masks: as for :meth:`log_prob`.
        """
        total = torch.zeros(z.shape[:-1], dtype=torch.float64)
        for name in self._checked(modalities):
            location = z @ self.loadings[name].T + self.offsets[name]
            if name in self.private_loadings:
                location = location + (private or {})[name] @ self.private_loadings[name].T
            scaled = (self._values(data, [name]) - location) / self.noise[name]
            constant = math.log(self.noise[name] * math.sqrt(2 * math.pi))
            by_entry = -0.5 * scaled.square() - constant
            total = total + by_entry.where(self._seen(data, [name], masks), 0).sum(-1)
        return total

    def posterior(
        self,
        data: Mapping[str, Tensor],
        modalities: Sequence[str] | None = None,
        masks: Mapping[str, Tensor] | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Exact posterior of z given what was observed of these modalities: mean (B, D) and covariance (D, D).

        The covariance is (I + Aᵀ Ψ⁻¹ A)⁻¹ and does not depend on the data, but on which entries were observed: with
        ``masks`` it is (B, D, D).  An empty list gives the prior.
        """
        names = self._checked(modalities, least=0)
        length, identity = len(next(iter(data.values()))), torch.eye(self.latent_dim, dtype=torch.float64)
        mean, covariances = torch.zeros(length, self.latent_dim, dtype=torch.float64), identity
        if names:
            loading, offset, noise = self._stacked(names)
            centred, seen = self._values(data, names) - offset, self._seen(data, names, masks)
            covariances = identity.expand(length, -1, -1).clone()
            for pattern in seen.unique(dim=0):
                rows = (seen == pattern).all(1)
                gain = torch.linalg.solve(noise[pattern][:, pattern], loading[pattern])
                covariance = torch.linalg.inv(identity + loading[pattern].T @ gain)
                mean[rows] = centred[rows][:, pattern] @ gain @ covariance
                covariances[rows] = covariance
        return mean, covariances[0] if names and masks is None else covariances

    def _stacked(self, modalities: Sequence[str] | None) -> tuple[Tensor, Tensor, Tensor]:
        """Rows of A, b and the block-diagonal Ψ for these modalities."""
        names = self._checked(modalities)
        blocks = []
        for name in names:
            block = self.noise[name] ** 2 * torch.eye(len(self.offsets[name]), dtype=torch.float64)
            if name in self.private_loadings:
                block = block + self.private_loadings[name] @ self.private_loadings[name].T
            blocks.append(block)
        loading = torch.cat([self.loadings[name] for name in names])
        return loading, torch.cat([self.offsets[name] for name in names]), torch.block_diag(*blocks)

    def _checked(self, modalities: Sequence[str] | None, least: int = 1) -> list[str]:
        if modalities is None:
            return self.modalities
        names = [modalities] if isinstance(modalities, str) else list(modalities)
        if len(names) < least or len(set(names)) < len(names) or not set(names) <= set(self.loadings):
            raise ValueError(f"modalities: expected some of {self.modalities}, each once, got {names}")
        return names

    def _seen(
        self, data: Mapping[str, Tensor], names: Sequence[str], masks: Mapping[str, Tensor] | None
    ) -> Tensor:
        """Which entries of the stacked vector were observed, (B, d) boolean."""
        parts = []
        for name in names:
            shape = data[name].shape
            mask = torch.ones(shape[0]) if masks is None else masks[name]
            parts.append(mask.bool().reshape(shape[0], -1).expand(shape))
        return torch.cat(parts, 1)

    @staticmethod
    def _values(data: Mapping[str, Tensor], names: Sequence[str]) -> Tensor:
        missing = [name for name in names if name not in data]
        if missing:
            raise ValueError(f"data: expected the modalities {list(names)}, {missing} are not there")
        return torch.cat([data[name].to(torch.float64) for name in names], 1)


def _check_tensor(what: str, tensor: Tensor, shape: tuple[int | None, ...]) -> None:
    fits = tensor.ndim == len(shape) and all(
        wanted in (None, got) for wanted, got in zip(shape, tensor.shape, strict=True)
    )
    if not fits or tensor.dtype != torch.float64:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise ValueError(
            f"{what}: expected float64 of shape ({wanted}), got {tensor.dtype} of shape {tuple(tensor.shape)}"
        )
