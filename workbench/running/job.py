"""One run that somebody wants: a notebook with values, and the key that its results are kept under."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..reading.parameters import check_parameters, default_values
from ..reading.profiles import read_profile
from ..reading.source import read_source
from .provenance import provenance

_KEY_LENGTH = 16
# A commit changes with a word in a document; what matters of it is in the digest of the code.
_MATTERS = ("notebook", "code", "versions", "platform")


@dataclass(frozen=True)
class Job:
    """A notebook and the values of its parameters, all checked.

    Args:
        notebook: absolute path.
        given: the values that are not left to the notebook.
        parameters: all values.
        provenance: see :func:`~workbench.running.provenance.provenance`.
    """

    notebook: Path
    given: dict[str, object]
    parameters: dict[str, object]
    provenance: dict[str, Any] = field(repr=False)

    @property
    def key(self) -> str:
        """Changes with the notebook, any parameter, the code, its packages or the platform; and only then."""
        facts = {name: self.provenance[name] for name in _MATTERS} | {"parameters": self.parameters}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:_KEY_LENGTH]


def make_job(notebook: Path | str, values: Mapping[str, object], profile: str | None = None) -> Job:
    """Check a run before anything is started.

    Args:
        notebook: to be run.
        values: name → value; a text is read as typed on a command line.
        profile: ``"fast"``, ``"full"``; ``None`` for the notebook's defaults. ``values`` go before it.

    Raises:
        FileNotFoundError, ValueError: there is no such notebook, or no such profile in it.
        ParameterError: an unknown parameter or a wrong type; the message lists the notebook's own.
    """
    path = Path(notebook).resolve()
    source = read_source(path)
    given = {} if profile is None else read_profile(source, profile)
    given |= check_parameters(source, values)
    return Job(path, given, default_values(source) | given, provenance(path))
