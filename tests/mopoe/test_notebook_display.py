"""Configs and models shown in a notebook: tables that are readable and safe."""

from __future__ import annotations

from html.parser import HTMLParser

from torch import Tensor

from mopoe import MoPoE, MoPoEConfig

EVIL = "<script>alert('x')</script>"


class Cells(HTMLParser):
    """Collects the tags and the text of an HTML fragment."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_config_shows_every_field_with_its_value() -> None:
    shown = Cells(MoPoEConfig(2, input_dims={"image": (3, 28, 28), "text": (8, 71)}, beta=2.5)._repr_html_())
    assert shown.open == []
    text = " ".join(shown.texts)
    for expected in ("latent_dim", "10", "(3, 28, 28)", "beta", "2.5", "prior_expert", "full"):
        assert expected in text


def test_a_model_shows_its_modalities_networks_and_size() -> None:
    dims = {"image": (3, 28, 28), "words": (8, 71)}
    styles = {"image": 7, "words": 9}
    model = MoPoE(
        MoPoEConfig(2, 16, dims, decoders_dist={"words": "categorical"}, modalities_specific_dim=styles),
        {"image": "conv28_half", "words": "text1d"},
    )
    shown = Cells(model._repr_html_())
    assert shown.open == []
    for expected in (
        "image",
        "words",
        "(3, 28, 28)",
        "conv28_half",
        "text1d",
        "mlp",
        "normal, scale 1",
        "categorical",
        "7",
    ):
        assert expected in shown.texts
    size = sum(p.numel() for p in model.parameters())
    assert any(f"{size:,} parameters" in text and "3 subsets" in text for text in shown.texts)


def test_own_networks_and_functions_are_shown_by_name(small_model) -> None:
    def my_log_prob(recon: Tensor, target: Tensor) -> Tensor:
        return -((recon - target) ** 2)

    shown = " ".join(Cells(small_model(decoders_dist={"a": my_log_prob})._repr_html_()).texts)
    for expected in ("SmallEncoder", "SmallDecoder", "my_log_prob"):
        assert expected in shown


def test_names_are_escaped() -> None:
    config = MoPoEConfig(1, 2, {EVIL: (3,)})
    for shown in (config, MoPoE(config)):
        cells = Cells(shown._repr_html_())
        assert "script" not in cells.tags
        assert EVIL in " ".join(cells.texts) or "<script>" in " ".join(cells.texts)
