"""Two likelihoods that the library does not have: functions ``log_prob(recon, target)``, in nats by element."""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma, log, pi

import torch
from torch import Tensor


@dataclass(frozen=True)
class BinomialCounts:
    r"""A count of k among n dots, each black with probability r / n.

    .. math:: \ln p(k) = \ln \binom{n}{k} + k \ln \frac{r}{n} + (n - k) \ln\Big(1 - \frac{r}{n}\Big)
    """

    n: int = 16

    def __call__(self, recon: Tensor, target: Tensor) -> Tensor:
        """``recon`` is the expected count r, between 0 and n; ``target`` the count k; any one shape."""
        share, top = recon / self.n, torch.as_tensor(self.n, dtype=recon.dtype)
        ways = torch.lgamma(top + 1) - torch.lgamma(target + 1) - torch.lgamma(top - target + 1)
        return ways + target * share.log() + (top - target) * torch.log1p(-share)


@dataclass(frozen=True)
class StudentT:
    r"""A location with heavy tails: of a wild entry it says *rare*, not *impossible*.

    .. math:: \ln p(x) = \ln \frac{\Gamma(\frac{\nu+1}{2})}{\Gamma(\frac{\nu}{2}) \sqrt{\pi \nu}\, s}
              - \frac{\nu + 1}{2} \ln\Big(1 + \frac{(x - r)^2}{\nu s^2}\Big)
    """

    freedom: float = 3.0
    scale: float = 0.3

    def __call__(self, recon: Tensor, target: Tensor) -> Tensor:
        """``recon`` is the location r; ``target`` the entry x; any one shape."""
        v, s = self.freedom, self.scale
        height = lgamma((v + 1) / 2) - lgamma(v / 2) - 0.5 * log(pi * v) - log(s)
        return height - (v + 1) / 2 * torch.log1p(((target - recon) / s).square() / v)
