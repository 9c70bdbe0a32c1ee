"""Fast and full parameters of a notebook, declared in it, and which of them a run has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """Which parameters a notebook runs with.

    Args:
        name: ``"full"``, ``"fast"``, another that the notebook declares, or ``"own"`` for anything else.
        differing: parameter → (its value, its full value), where they differ.
    """

    name: str
    differing: dict[str, tuple[object, object]]

    @property
    def full(self) -> bool:
        """Whether the claims of the page are about this run."""
        return self.name == "full"

    def __str__(self) -> str:
        if self.full:
            return "Full parameters: those that this page was written for. All its claims are checked below."
        changes = ", ".join(f"{name} = {value!r}" for name, (value, _) in self.differing.items())
        whole = ", ".join(f"{name} = {value!r}" for name, (_, value) in self.differing.items())
        known = {"fast": "Fast parameters, a quick pass", "own": "Parameters of your own"}
        which = known.get(self.name, f"Parameters of the profile {self.name}")
        return (
            f"{which}: {changes}. Numbers differ from the text's, which was written for {whole}; "
            "claims that need those are shown here, not checked."
        )

    def _repr_markdown_(self) -> str:
        head, _, rest = str(self).partition(":")
        return f"**{head}:**{rest}".replace("_", r"\_")


def profile_of(
    values: Mapping[str, object],
    *,
    full: Mapping[str, object],
    fast: Mapping[str, object],
    **others: Mapping[str, object],
) -> Profile:
    """Tell which profile a notebook runs with.

    They are written out in the cell tagged ``profiles``: ``workbench check --profile fast`` and ``workbench run
    --profile fast`` read them there.

    Args:
        values: name → value of all parameters; in a notebook, ``globals()``.
        full: the parameters that the claims of the page depend on, with their defaults.
        fast: those of them that differ in a quick pass.
        others: likewise of any other profile, such as ``paper={...}``.

    Raises:
        ValueError: one of them has a parameter that ``full`` has not, or ``values`` lacks one.
    """
    declared = {"fast": fast, **others}
    for profile, changed in declared.items():
        for name in changed:
            if name not in full:
                raise ValueError(
                    f"profile_of: {name!r} is in {profile} but not in full, which has {', '.join(full)}"
                )
    for name in full:
        if name not in values:
            raise ValueError(f"profile_of: no parameter {name!r}; was the parameters cell run?")
    differing = {name: (values[name], value) for name, value in full.items() if values[name] != value}
    if not differing:
        return Profile("full", {})
    for profile, changed in declared.items():
        if all(values[name] == value for name, value in {**full, **changed}.items()):
            return Profile(profile, differing)
    return Profile("own", differing)
