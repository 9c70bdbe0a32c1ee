"""Readable tables for configs and models shown in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .inference import MultimodalVAE


def html_table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """An HTML table with a caption; every text is escaped."""
    head = "".join(f'<th style="text-align:left">{escape(cell)}</th>' for cell in header)
    body = "".join(
        "<tr>" + "".join(f'<td style="text-align:left">{escape(cell)}</td>' for cell in row) + "</tr>"
        for row in rows
    )
    caption = f'<caption style="text-align:left;font-weight:bold">{escape(title)}</caption>'
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def model_table(model: MultimodalVAE) -> str:
    """What a model is made of: a row a modality."""
    config = model.model_config
    rows = [
        (
            name,
            str((config.input_dims or {}).get(name, "?")),
            model.network_names["encoders"][name] or type(model.encoders[name]).__name__,
            model.network_names["decoders"][name] or type(model.decoders[name]).__name__,
            str(model.likelihoods[name]),
            f"{model.rescale_factors[name]:.4g}",
            str(model.style_dims.get(name, "–")),
        )
        for name in model.modalities
    ]
    drawn = model.subset_distribution
    subsets = f"{config.subset_draws} subsets drawn ({drawn})" if drawn else f"{len(model.subsets)} subsets"
    title = (
        f"MoPoE: latent size {model.latent_dim}, {subsets}, β = {config.beta:g}, "
        f"prior expert {config.prior_expert!r}, {sum(p.numel() for p in model.parameters()):,} parameters"
    )
    header = ("modality", "shape", "encoder", "decoder", "likelihood", "rescaling", "private latent")
    return html_table(title, header, rows)
