"""Models that compare: the same modalities, the same likelihoods, as many training runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mopoe import MoPoE, MultimodalBaseDataset

from ...widgets.checks import check_model_and_data

Models = Mapping[str, MoPoE | Sequence[MoPoE]]


def runs_of(models: Models, dataset: MultimodalBaseDataset) -> dict[str, list[MoPoE]]:
    """Family → its models, one a training run.

    Raises:
        TypeError: no mapping, or something in it that is no model.
        ValueError: no family, other modalities or likelihoods than the first family's, other numbers of
            training runs, or a data set that is not theirs; the message names the family.
    """
    if not isinstance(models, Mapping):
        raise TypeError(f"models: expected family name → model, got {type(models).__name__}")
    if not models:
        raise ValueError("models: expected at least one family name → model, got none")
    runs = {
        name: [found] if isinstance(found, MoPoE) else _listed(name, found) for name, found in models.items()
    }
    (first, (some, *_)) = next(iter(runs.items()))
    for name, found in runs.items():
        if len(found) != len(runs[first]):
            raise ValueError(
                f"{name}: expected {len(runs[first])} training runs as of {first}, got {len(found)}"
            )
        for model in found:
            _check(name, model, first, some, dataset)
    return runs


def _listed(name: str, found: object) -> list[MoPoE]:
    if not isinstance(found, Sequence) or isinstance(found, str):
        raise TypeError(f"{name}: expected a MoPoE or a list of them, got {type(found).__name__}")
    if not found:
        raise ValueError(f"{name}: expected at least one model, got an empty list")
    return list(found)


def _check(name: str, model: MoPoE, first: str, some: MoPoE, dataset: MultimodalBaseDataset) -> None:
    try:
        check_model_and_data(model, dataset)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {error}") from error
    if model.modalities != some.modalities:
        raise ValueError(
            f"{name}: expected the modalities of {first}, {some.modalities}, got {model.modalities}"
        )
    mine, theirs = ({m: str(kind) for m, kind in one.likelihoods.items()} for one in (model, some))
    if mine != theirs:
        raise ValueError(
            f"{name}: expected the likelihoods of {first}, whose numbers alone compare, {theirs}, got {mine}"
        )
