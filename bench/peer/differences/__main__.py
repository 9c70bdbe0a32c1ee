"""``.venv-peer/bin/python -m bench.peer.differences`` after ``make .venv-peer/.ready``.

A test holds the headings of the page against the functions here; what the page says of this library is tested with
the page itself.
"""

from __future__ import annotations

import torch

from . import behaviour, files_and_data, numbers, same
from .claims import CLAIMS

if __name__ == "__main__":
    torch.manual_seed(0)
    torch.set_grad_enabled(False)
    same.check()
    print("true of both: What is the same")
    files_and_data.check_folders()
    print("read as they were: Models that MultiVae saved")
    files_and_data.check_data()
    print("taken as they are: Data sets and batches of MultiVae")
    for heading, check in CLAIMS.items():
        check()
        print(f"true of MultiVae: {heading}")
    assert {check.__module__ for check in CLAIMS.values()} == {behaviour.__name__, numbers.__name__}
