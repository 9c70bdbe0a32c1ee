"""Every explorer: its state says all, changes are taken back, presets lead to views."""

from __future__ import annotations

import json


def change(explorer, example) -> None:
    for values in example.changes:
        explorer.state.update(values)
        assert explorer.message.value == ""


def test_each_change_is_another_view_and_undo_brings_back_the_one_before(explorer, example):
    views = [dict(explorer.panels)]
    for values in example.changes:
        explorer.state.update(values)
        assert explorer.message.value == ""
        assert explorer.panels != views[-1]
        views.append(dict(explorer.panels))
    for view in views[-2::-1]:
        explorer.controls["undo"].click()
        assert explorer.panels == view
    explorer.controls["undo"].click()
    assert explorer.message.value == ""
    assert explorer.panels == views[0]


def test_several_values_at_once_are_drawn_once(explorer, example):
    before = len(explorer.timings.milliseconds)
    explorer.state.update(example.changes[1])
    assert len(explorer.timings.milliseconds) == before + 1
    assert explorer.timings.in_words() in explorer.corner.value


def test_reset_returns_to_the_start_and_can_be_undone(explorer, example):
    first, panels = explorer.state.to_dict(), dict(explorer.panels)
    change(explorer, example)
    changed = explorer.state.to_dict()
    explorer.controls["reset"].click()
    assert explorer.state.to_dict() == first
    assert explorer.panels == panels
    explorer.state.undo()
    assert explorer.state.to_dict() == changed
    assert explorer.message.value == ""


def test_presets_lead_to_views(explorer):
    assert explorer.presets
    for name, values in explorer.presets.items():
        explorer.controls["presets"].value = name
        assert explorer.message.value == ""
        assert values.items() <= explorer.state.to_dict().items()
        assert explorer.controls["presets"].value == "presets …"


def test_the_state_round_trips_through_json(explorer, example):
    change(explorer, example)
    again = example.explore(*example.arguments.values(), **json.loads(json.dumps(explorer.state.to_dict())))
    assert again.panels == explorer.panels


def test_the_copied_line_of_python_makes_the_same_view(explorer, example):
    change(explorer, example)
    line = explorer.controls["copy"].text
    assert line == explorer.as_python()
    built = eval(line, {example.explore.__name__: example.explore, **example.arguments})  # noqa: S307
    assert built.panels == explorer.panels
    assert built.state.to_dict() == explorer.state.to_dict()


def test_the_line_names_no_value_that_is_usual_anyway(explorer):
    assert "seed" not in explorer.as_python()


def test_printing_says_what_is_shown_and_by_which_state(explorer):
    assert repr(explorer) == f"{explorer.title}: {explorer.question()}"
    values = ", ".join(f"{name}={value!r}" for name, value in explorer.state.to_dict().items())
    assert repr(explorer.state) == f"{type(explorer.state).__name__}({values})"
