"""Every explorer: views show the panels, what is hidden stays hidden, errors are shown and survived."""

from __future__ import annotations

import pytest

from workbench import explorers
from workbench.drawing.svg import Svg


def covered(explorer) -> set[str]:
    """Views that show something else than their panel."""
    contents = {
        name: panel.text() if isinstance(panel, Svg) else panel for name, panel in explorer.panels.items()
    }
    shown = {
        name: view.svg if isinstance(explorer.panels[name], Svg) else view.value
        for name, view in explorer.views.items()
    }
    return {name for name in contents if shown[name] != contents[name]}


def test_what_a_class_says_of_its_panels_holds(explorer, example):
    panels = set(explorer.panels)
    assert {name for names in explorer.sheet for name in names} == panels
    assert explorer.answers <= panels and explorer.slow <= panels
    assert explorer.call[0] == example.explore.__name__ in explorers.__all__
    assert type(explorer).__name__ in explorers.__all__ and isinstance(explorer, explorers.Explorer)
    assert f'<b style="font-size:16px">{explorer.title}</b>' in explorer.status.value


def test_views_show_the_panels(explorer, example):
    assert covered(explorer) == set()
    for values in example.changes:
        explorer.state.update(values)
        assert covered(explorer) == set()


def test_predict_first_covers_the_answers_until_they_are_asked_for(explorer, example):
    sentence = explorer.question()
    assert sentence == explorer.sentence(explorer.state, explorer.current)
    explorer.state.predict_first = True
    assert covered(explorer) == set(explorer.answers)
    assert "Predict first" in explorer.views[example.panel].svg
    assert "Decide, then reveal" in explorer.status.value
    assert sentence not in explorer.question()
    assert "Predict first" in explorer.figure().text()
    assert explorer.controls["reveal"].layout.display == ""
    explorer.controls["reveal"].click()
    assert covered(explorer) == set()
    assert explorer.question() == sentence
    assert explorer.controls["reveal"].layout.display == "none"
    explorer.state.update(example.changes[1])
    assert covered(explorer) == set(explorer.answers)


def test_what_is_hidden_for_a_lesson_is_not_on_the_page(example):
    explorer = example.make(hide=[example.control, example.panel])
    assert explorer.controls[example.control].layout.display == "none"
    assert explorer.views[example.panel].layout.display == "none"
    assert not explorer.is_shown(example.panel) and not explorer.is_shown(example.control)
    assert example.panel not in explorer.shown_panels()
    assert explorer.panels[example.panel].body not in explorer.figure().text()
    explorer.state.update(example.changes[1])
    assert explorer.controls[example.control].layout.display == "none"
    assert explorer.views[example.panel].layout.display == "none"


def test_what_cannot_be_hidden_is_refused_with_what_can(example):
    with pytest.raises(ValueError, match=r"hide: expected some of .*, got 'smell'") as caught:
        example.make(hide=["smell"])
    everything = [*example.make().controls, *example.make().views]
    assert str(caught.value).removeprefix("hide: expected some of ").startswith(", ".join(everything))


def test_unknown_values_are_refused_with_those_there_are(example, explorer):
    with pytest.raises(ValueError, match=r"state: expected .*, got 'colour'") as caught:
        example.make(colour="red")
    assert all(name in str(caught.value) for name in explorer.state.to_dict())


def test_an_error_is_shown_in_words_and_the_explorer_goes_on(explorer, example, monkeypatch, tmp_path):
    def broken(*arguments):
        raise ArithmeticError("decoder <broke>")

    panels = dict(explorer.panels)
    monkeypatch.setattr(explorer, "answer", broken)
    explorer.state.update(example.changes[1])
    assert "<b>ArithmeticError</b>: decoder &lt;broke&gt;" in explorer.message.value
    with pytest.raises(RuntimeError, match="could not be drawn"):
        explorer.figure()
    for name in ("view.svg", "numbers.csv"):
        with pytest.raises(RuntimeError, match="could not be drawn"):
            explorer.save(tmp_path / name)
    bundle = explorer._repr_mimebundle_()
    assert "could not be drawn" in bundle["text/plain"] and "could not be drawn" in repr(explorer)
    assert "image/svg+xml" not in bundle
    assert not list(tmp_path.iterdir())
    monkeypatch.undo()
    explorer.state.undo()
    assert explorer.message.value == ""
    assert explorer.panels == panels
    assert explorer.save(tmp_path / "view.svg")


def test_refreshing_an_unchanged_explorer_changes_nothing(explorer):
    panels = dict(explorer.panels)
    explorer.refresh()
    assert explorer.panels == panels
    assert explorer.message.value == ""
