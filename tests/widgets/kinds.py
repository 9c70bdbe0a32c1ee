"""Small data of every kind that a model takes, one at a time: what is shown must be able to show them all."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import ConcatDataset, Subset

from mopoe import IncompleteDataset, Likelihood, MultimodalBaseDataset
from workbench.datasets.base import Splits

N = 24


class Spread(Likelihood):
    """A normal whose decoder says two numbers for each entry: its mean and ln σ."""

    def recon_dims(self, dims):
        return (*dims, 2)

    def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
        return torch.distributions.Normal(recon[..., 0], recon[..., 1].exp()).log_prob(target)

    def mean(self, recon: Tensor) -> Tensor:
        return recon[..., 0]


def squared(recon: Tensor, target: Tensor) -> Tensor:
    """ln p up to a constant, as people write it."""
    return -(recon - target).square()


def random(*shape: int) -> Tensor:
    return torch.randn(N, *shape, generator=torch.Generator().manual_seed(1))


def ids(n: int, *shape: int) -> Tensor:
    return torch.randint(n, (N, *shape), generator=torch.Generator().manual_seed(2))


def likelihood_instance() -> Splits:
    return of(random(3), Spread())


def function() -> Splits:
    return of(random(3), squared)


def predicted_scale() -> Splits:
    return of(random(2, 3), "student_t", degrees_of_freedom="learned", scale="predicted")


def grey_values() -> Splits:
    return of(random(1, 6, 6).sigmoid(), "continuous_bernoulli")


def class_ids() -> Splits:
    return of(ids(5), "categorical", n_classes=5)


def many_classes() -> Splits:
    return of(ids(2000, 3), "categorical", n_classes=2000)


def padded_tokens() -> Splits:
    tokens = ids(9, 6)
    tokens = tokens.where(
        torch.arange(6) < (torch.arange(N) % 7)[:, None], 9
    )  # of every seventh nothing is left
    return of(tokens, "categorical", n_classes=10, padding=9)


def counts_with_sizes() -> Splits:
    sizes = {"odd": torch.rand(N, generator=torch.Generator().manual_seed(3)) + 0.5}
    return of(ids(40, 100), "zero_inflated_negative_binomial", size_factors=sizes)


def levels() -> Splits:
    return of(ids(4, 2), "ordinal", n_levels=4)


def mixed_columns() -> list[dict]:
    return [
        {"columns": [0, 3], "likelihood": "normal", "scale": "learned"},
        {"columns": 1, "likelihood": "categorical", "n_classes": 3},
        {"columns": 2, "likelihood": "poisson"},
    ]


def table() -> Tensor:
    return torch.stack([5 + random(), ids(3).float(), ids(30).float(), random()], 1)


def mixed_table() -> Splits:
    return of(table(), "mixed", parts=mixed_columns())


def table_with_gaps() -> Splits:
    return of(with_gaps(table()), "mixed", missing="nan", parts=mixed_columns())


def picture_with_gaps() -> Splits:
    return of(with_gaps(random(1, 6, 6).sigmoid()), "laplace", missing="nan")


def letters_with_gaps() -> Splits:
    letters = F.one_hot(ids(5, 3), 5).float()
    unseen = torch.rand(N, 3, generator=torch.Generator().manual_seed(5)) < 0.3
    return of(letters.where(~unseen[..., None], torch.nan), "categorical", missing="nan")


def bytes_with_names() -> Splits:
    return of(
        ids(256, 3, 6, 6).byte(), "laplace", labels=["cat", "dog", "owl"] * (N // 3), unit_interval="odd"
    )


def parts_and_joined() -> Splits:
    data = MultimodalBaseDataset({"odd": random(4), "plain": random(3)}, torch.arange(N) % 3)
    seen = {"odd": torch.arange(N) % 5 > 0, "plain": torch.ones(N, 3)}
    seen["plain"][1, 2] = 0
    incomplete = IncompleteDataset({"odd": random(4), "plain": random(3)}, seen, torch.arange(N) % 3)
    return Splits(
        Subset(data, range(12)), data[12:], ConcatDataset([data[:8], Subset(incomplete, range(16))])
    )


KINDS: dict[str, Callable[[], Splits]] = {
    make.__name__: make
    for make in (
        likelihood_instance,
        function,
        predicted_scale,
        grey_values,
        class_ids,
        many_classes,
        padded_tokens,
        counts_with_sizes,
        levels,
        mixed_table,
        table_with_gaps,
        picture_with_gaps,
        letters_with_gaps,
        bytes_with_names,
        parts_and_joined,
    )
}


def of(
    odd: Tensor,
    likelihood: object,
    labels: object = None,
    size_factors: dict | None = None,
    unit_interval: str = (),
    missing: str | None = None,
    **params: object,
) -> Splits:
    """``odd`` beside plain numbers, in three splits that are the same."""
    options = {"size_factors": size_factors, "unit_interval": unit_interval}
    data = {"odd": odd, "plain": random(3)}
    labels = torch.arange(N) % 3 if labels is None else labels
    whole = (
        MultimodalBaseDataset(data, labels, **options)
        if missing is None
        else IncompleteDataset(data, None, labels, missing=missing, **options)
    )
    return Splits(
        whole,
        whole,
        whole,
        decoders_dist={"odd": likelihood},
        decoder_dist_params={"odd": params} if params else {},
    )


def with_gaps(data: Tensor) -> Tensor:
    """Some entries are NaN; of the second sample all, of the third none."""
    gaps = torch.rand(data.shape, generator=torch.Generator().manual_seed(4)) < 0.3
    gaps[1], gaps[2] = True, False
    return data.where(~gaps, torch.nan)
