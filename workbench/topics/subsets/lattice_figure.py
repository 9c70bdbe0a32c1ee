"""All subsets of the modalities as a diagram, or as a list where they are too many for one."""

from __future__ import annotations

from collections.abc import Sequence

from ...drawing.svg import Svg
from .arrays import Lattice
from .lattice_diagram_figure import lattice_diagram
from .lattice_list_figure import lattice_list

#: More modalities than this are listed.
MOST_DRAWN = 6


def lattice_figure(lattice: Lattice, chosen: Sequence[str], search: str = "") -> Svg:
    """The diagram for up to six modalities, else the list of the subsets that match ``search``.

    Args:
        lattice: the numbers.
        chosen: the subset that is looked at.
        search: parts of names, separated by spaces; a subset must hold a modality for each.
    """
    if len(lattice.modalities) <= MOST_DRAWN:
        return lattice_diagram(lattice, tuple(chosen))
    return lattice_list(lattice, tuple(chosen), search)
