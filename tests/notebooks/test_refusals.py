"""Common mistakes and their messages, as a lesson shows them."""

from __future__ import annotations

from functools import partial

import pytest

from mopoe import MoPoEConfig
from workbench.topics.own_data.refusals import refusals


def test_messages_stand_beside_their_mistakes() -> None:
    found = refusals(
        {"no latent": partial(MoPoEConfig, 2, latent_dim=0), "a text": partial(MoPoEConfig, "2 < 3")}
    )
    assert found.messages["no latent"].startswith("ValueError: latent_dim: expected")
    assert found.messages["a text"].startswith("TypeError: n_modalities")
    page = found._repr_html_()
    assert "no latent" in page and "2 &lt; 3" in page


def test_what_is_not_refused_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected 'two' to be refused, but it was not"):
        refusals({"two": partial(MoPoEConfig, 2)})


def test_other_errors_come_through() -> None:
    with pytest.raises(ZeroDivisionError):
        refusals({"a crash": partial(divmod, 1, 0)})
