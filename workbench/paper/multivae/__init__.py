"""MultiVae's MoPoE on networks of ours, to be trained and measured beside ours.

MultiVae 1.0.3 is no dependency: it is wanted by comparisons alone, and would bring another build of PyTorch along.
`make .venv-peer/.ready` makes an environment that holds it.
"""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("multivae") is None:
    raise ModuleNotFoundError(
        "MultiVae: expected an environment that holds it, found none here; `make .venv-peer/.ready` makes one, "
        "and .venv-peer/bin/workbench runs notebooks in it"
    )

from .models import PeerDataset, PeerMoPoE, peer_model

__all__ = ["PeerDataset", "PeerMoPoE", "peer_model"]
