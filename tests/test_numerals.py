"""Numbers as text: a true minus sign, and otherwise what Python writes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.drawing.svg import number
from workbench.numerals import numeral


@given(st.floats(-1e9, 1e9), st.sampled_from([".2f", "+.2f", ".3g", "z.1f", ",.0f"]))
def test_no_hyphen_stands_for_a_minus(value, form):
    written = numeral(value, form)
    assert "-" not in written
    assert written.replace("−", "-") == format(value, form)


def test_signs_and_exponents():
    assert [numeral(-2, "+d"), numeral(2, "+d"), numeral(-1.25e-7, ".3g")] == ["−2", "+2", "−1.25e−07"]
    assert number(-12345.67) == "−12\u2009345.7"
