"""The profiles that a notebook declares in its cell tagged ``profiles``, read without a kernel."""

from __future__ import annotations

import ast

from .parameters import ParameterError, check_parameters
from .source import Notebook, source_of, tags_of

PROFILES = ("fast", "full")


def read_profile(notebook: Notebook, name: str) -> dict[str, object]:
    """The parameters that a profile sets; those that it leaves out keep their defaults.

    Args:
        notebook: as :func:`~workbench.reading.source.read_source` returns it.
        name: ``"fast"``, ``"full"``, or another that the notebook declares.

    Raises:
        ValueError: a name that it does not declare, or the notebook declares no profiles: it has no cell tagged
            ``profiles`` that calls ``profile_of(globals(), full={...}, fast={...})`` with plain values.
        ParameterError: a profile sets a parameter that the notebook does not have, or to a wrong type.
    """
    cell = next((cell for cell in notebook["cells"] if "profiles" in tags_of(cell)), None)
    if cell is None:
        raise ValueError("the notebook declares no profiles: no cell is tagged profiles")
    declared = _declared(source_of(cell))
    if name not in declared:
        raise ValueError(f"profile: expected one of {', '.join(declared)}, got {name!r}")
    try:
        return check_parameters(notebook, declared[name])
    except ParameterError as error:
        raise ParameterError(f"profile {name!r}: {error}") from None


def _declared(source: str) -> dict[str, dict[str, object]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("profile_of"):
            words = {word.arg: word.value for word in node.keywords if word.arg}
            if set(words) >= set(PROFILES):
                names = [*PROFILES, *(name for name in words if name not in PROFILES)]
                try:
                    return {name: ast.literal_eval(words[name]) for name in names}
                except ValueError:
                    raise ValueError("the cell tagged profiles must name plain values only") from None
    raise ValueError("the cell tagged profiles must call profile_of(globals(), full={...}, fast={...})")
