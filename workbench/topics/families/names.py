"""The families and the subsets that each of them trains."""

from __future__ import annotations

#: How the experts are fused, in words → ``MoPoEConfig(subsets=...)``.
FUSIONS = {"product": "poe", "mixture": "moe", "MoPoE": "mopoe"}

#: Name of the family → ``MoPoEConfig(subsets=...)``. MVAE trains the full subset alone, as its joint posterior.
FAMILIES = {"MVAE": "poe", "MMVAE": "moe", "MoPoE": "mopoe"}
