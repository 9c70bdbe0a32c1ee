"""Values of a state that a page without Python can change."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Axis:
    """One value of the state that the page can change.

    Attributes:
        name: in the state.
        label: on the page.
        kind: "slider", "choice", or "subset" for one checkbox a modality.
        values: all that the page offers, in order.
        texts: what stands for each of them.
        start: which of them comes first.
        options: of a subset: the modalities.
    """

    name: str
    label: str
    kind: str
    values: list[Any]
    texts: list[str]
    start: int = 0
    options: tuple[str, ...] = ()

    def fixed(self) -> Axis:
        """The same with its first value alone."""
        return replace(self, values=[self.values[self.start]], texts=[self.texts[self.start]], start=0)


def first_samples(first: int, n: int, n_samples: int) -> Axis:
    """``n`` samples from the present one on.

    Raises:
        ValueError: n below 1.
    """
    if n < 1:
        raise ValueError(f"samples: expected at least 1, got {n}")
    numbers = [(first + i) % n_samples for i in range(min(n, n_samples))]
    return Axis("sample", "sample", "slider", numbers, [str(number) for number in numbers])


def subset_axis(
    modalities: Sequence[str], shown: Sequence[str], *, nothing: bool = True, label: str = "show the model"
) -> Axis:
    """All subsets of the modalities, one checkbox each.

    Raises:
        ValueError: more than six modalities: their answers would not fit into a page.
    """
    if len(modalities) > 6:
        raise ValueError(f"to_html: expected at most 6 modalities to switch, got {len(modalities)}")
    sizes = range(0 if nothing else 1, len(modalities) + 1)
    values = [list(subset) for size in sizes for subset in itertools.combinations(modalities, size)]
    texts = [" + ".join(value) or "nothing" for value in values]
    return Axis("shown", label, "subset", values, texts, values.index(list(shown)), tuple(modalities))
