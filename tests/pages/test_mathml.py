"""Formulas as MathML that browsers draw as TeX means them."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from workbench.pages.mathml import to_mathml


def shape(tex: str) -> list[str]:
    """Names and texts of the elements in reading order, without the outermost two."""
    elements = ElementTree.fromstring(to_mathml(tex, "inline")).iter()
    return [f"{e.tag.rpartition('}')[2]} {(e.text or '').strip()}".strip() for e in elements][2:]


@pytest.mark.parametrize(
    ("tex", "letter"),
    [(r"\mathcal S", "𝒮"), (r"\mathcal{L}", "ℒ"), (r"\mathcal{N}", "𝒩"), (r"\mathbf x", "𝐱")],
)
def test_letters_of_another_style_are_letters_of_unicode(tex: str, letter: str) -> None:
    assert shape(tex) == [f"mi {letter}"]


def test_a_function_is_set_off_from_its_argument_but_not_from_a_bracket() -> None:
    assert shape(r"\ln p")[:3] == ["mi ln", "mspace", "mi p"]
    assert shape(r"\log_2 x") == ["msub", "mi log", "mn 2", "mspace", "mi x"]
    assert "mspace" not in shape(r"\exp(x)")
    assert "mspace" not in shape(r"x\ln")
    assert shape(r"\frac\ln 2").count("mspace") == 0, "a fraction has two places"
    assert shape(r"\frac{\ln x}{2}").count("mspace") == 1


def test_large_delimiters_are_drawn() -> None:
    delimiters = [r"\{", r"\|", r"\lvert", r"\rangle", "("]
    drawn = [shape(rf"\Big{delimiter} x")[0] for delimiter in delimiters]
    assert drawn == ["mo {", "mo ‖", "mo |", "mo ⟩", "mo ("]


def test_display_is_kept() -> None:
    assert 'display="block"' in to_mathml("x", "block")
    assert 'display="inline"' in to_mathml("x", "inline")


@pytest.mark.parametrize(("tex", "said"), [("x^2^3", "Superscript"), (r"\nosuch x", "nosuch")])
def test_what_is_no_formula_is_said(tex: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        to_mathml(tex, "inline")
