from __future__ import annotations

from typing import Any

import pytest

from workbench.reading.parameters import ParameterError, check_parameters, describe, read_parameters

SOURCE = """\
# How large everything is
latent_dim: int = 32  # size of the shared latent space
subsets: list[list[str]] | str = "mopoe"  # which experts: mopoe, poe, moe or lists
layers: list[int] = [
    64,
    32,
]  # widths
plain = 0.5  # not annotated
hashes: str = "#no comment"
from math import pi
unknown = [1]
"""


def notebook_with(source: str | list[str]) -> dict[str, Any]:
    return {"cells": [{"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": source}]}


def test_names_types_defaults_and_comments_are_read_without_running_anything() -> None:
    read = read_parameters(notebook_with(SOURCE))
    assert [(p.name, p.kind, p.default, p.comment) for p in read.values()] == [
        ("latent_dim", "int", "32", "size of the shared latent space"),
        ("subsets", "list[list[str]] | str", "'mopoe'", "which experts: mopoe, poe, moe or lists"),
        ("layers", "list[int]", "[64, 32]", "widths"),
        ("plain", "float", "0.5", "not annotated"),
        ("hashes", "str", "'#no comment'", ""),
        ("unknown", "", "[1]", ""),
    ]


def test_source_may_be_a_list_of_lines_as_in_files() -> None:
    lines = SOURCE.splitlines(keepends=True)
    assert read_parameters(notebook_with(lines)) == read_parameters(notebook_with(SOURCE))


def test_values_come_out_with_their_types() -> None:
    given = {"latent_dim": "64", "layers": "8,4", "subsets": [["m0"]], "plain": 1}
    checked = check_parameters(notebook_with(SOURCE), given)
    assert checked == {"latent_dim": 64, "layers": [8, 4], "subsets": [["m0"]], "plain": 1.0}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"latent_dims": "3"}, ["no parameter 'latent_dims'", "did you mean 'latent_dim'?"]),
        ({"zzz": "3"}, ["no parameter 'zzz'\n"]),
        ({"latent_dim": "3.5"}, ["parameter 'latent_dim'", "expected int, got '3.5'"]),
        ({"latent_dim": 3.5}, ["expected int, got 3.5 of type float"]),
        ({"layers": "8,b"}, ["parameter 'layers'", "expected list[int], got '8,b'"]),
    ],
)
def test_bad_parameters_are_refused_with_all_there_are(given: dict[str, object], words: list[str]) -> None:
    with pytest.raises(ParameterError) as error:
        check_parameters(notebook_with(SOURCE), given)
    message = str(error.value)
    assert all(word in message for word in words)
    assert "  latent_dim: int = 32" in message
    assert "size of the shared latent space" in message


def test_a_parameter_whose_type_cannot_be_told_is_refused() -> None:
    with pytest.raises(ParameterError, match="'unknown' has no type"):
        check_parameters(notebook_with(SOURCE), {"unknown": "[2]"})


def test_a_notebook_without_parameters_says_so() -> None:
    empty: dict[str, Any] = {"cells": []}
    assert read_parameters(empty) == {}
    assert "takes no parameters" in describe({})
    with pytest.raises(ParameterError, match="takes no parameters"):
        check_parameters(empty, {"a": "1"})


def test_a_parameters_cell_that_is_not_plain_python_is_named_with_its_line() -> None:
    with pytest.raises(ParameterError, match="not plain Python, line 2"):
        read_parameters(notebook_with("a: int = 1\n%matplotlib inline\n"))
