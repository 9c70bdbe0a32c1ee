"""A class of explorers that forgets something is told so when it is defined."""

from __future__ import annotations

from typing import Any

import pytest

from mopoe.config import PRIOR_EXPERTS as RULES_OF_THE_LIBRARY
from tests.widgets.conftest import ALL
from workbench import explorers
from workbench.drawing.svg import Svg
from workbench.explorers import Explorer
from workbench.widgets.sample_explorer import SampleExplorer
from workbench.widgets.state import PRIOR_EXPERTS, ExplorerState

GIVEN: dict[str, Any] = {
    "title": "Nothing at all",
    "call": ("explore_nothing", ""),
    "sheet": (("blank",),),
    "presets": {},
    "answer": lambda self, state, skip=frozenset(): None,
    "figures": lambda self, state, answer: {"blank": Svg(1, 1, "")},
    "sentence": lambda self, state, answer: "nothing",
    "table": lambda self: [],
    "export_axes": lambda self: [],
    "_make_controls": lambda self: {},
    "_arrange": lambda self: [self.views["blank"]],
}


def test_what_gives_all_is_an_explorer() -> None:
    explorer = type("Whole", (Explorer,), GIVEN)(ExplorerState())
    assert explorer.question() == "nothing"
    assert explorer.figure().text()
    assert explorer.as_python() == "explore_nothing()"


@pytest.mark.parametrize("name", GIVEN)
def test_what_is_forgotten_is_named_with_what_was_expected(name: str) -> None:
    given = {key: value for key, value in GIVEN.items() if key != name}
    with pytest.raises(
        TypeError, match=rf"Forgetful: an explorer must give these too:\n- {name}: \w+"
    ) as caught:
        type("Forgetful", (Explorer,), given)
    assert str(caught.value).count("\n- ") == 1


def test_all_that_is_forgotten_is_named_at_once() -> None:
    with pytest.raises(TypeError) as caught:
        type("Empty", (Explorer,), {})
    named = [line.partition(":")[0] for line in str(caught.value).split("\n- ")[1:]]
    assert sorted(named) == sorted(GIVEN)


def test_a_class_for_others_to_derive_from_may_leave_things_to_them() -> None:
    class Titled(Explorer, abstract=True):
        title = "Titled"

    with pytest.raises(TypeError, match="abstract"):
        Titled(ExplorerState())
    rest = {key: value for key, value in GIVEN.items() if key not in ("title", "call")}
    with pytest.raises(TypeError, match=r"Nameless: .*\n- call: "):
        type("Nameless", (Titled,), rest)
    assert type("Named", (Titled,), rest | {"call": GIVEN["call"]})(ExplorerState()).title == "Titled"


def test_what_a_class_between_asks_for_is_named_too() -> None:
    with pytest.raises(TypeError, match=r"\n- _make_analysis: .*\n- _make_state: "):
        type("Forgetful", (SampleExplorer,), GIVEN)


def test_the_rules_of_the_prior_expert_are_the_librarys() -> None:
    assert PRIOR_EXPERTS == RULES_OF_THE_LIBRARY


@pytest.mark.parametrize(
    ("attribute", "names"), [("sheet", (("blank", "blnk"),)), ("answers", {"blnk"}), ("slow", {"blnk"})]
)
def test_a_panel_that_is_never_drawn_is_named(attribute: str, names: Any) -> None:
    explore = type("Mistyped", (Explorer,), GIVEN | {attribute: names})
    with pytest.raises(ValueError, match=rf"Mistyped.{attribute}: expected some of blank, got 'blnk'"):
        explore(ExplorerState())


def test_what_every_explorer_promises_is_held_against_all_of_them() -> None:
    public = {name for name in explorers.__all__ if name.startswith("explore_")}
    assert {make().explore.__name__ for make in ALL.values()} == public
