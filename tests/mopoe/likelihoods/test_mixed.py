"""A table as one modality: each group of columns has a likelihood of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, Laplace, Normal, OneHotCategorical

from mopoe import IncompleteDataset, Likelihood, MoPoE, MoPoEConfig
from mopoe.likelihoods import NormalLikelihood, make_likelihood

# Columns out of order, and a one-hot event beside single numbers.
PARTS: list[dict[str, Any]] = [
    {"columns": [6, 0], "likelihood": "normal", "scale": 0.5},
    {"columns": [1, 3, 2], "likelihood": "categorical"},
    {"columns": 5, "likelihood": "bernoulli"},
    {"columns": [4], "likelihood": "laplace", "scale": 2.0},
]
N = 7


def rows(length: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    table = torch.randn(length, N, dtype=torch.float64, generator=generator)
    table[:, [1, 3, 2]] = torch.eye(3).double()[torch.randint(3, (length,), generator=generator)]
    table[:, 5] = (table[:, 5] > 0).double()
    return table


def by_hand(recon: Tensor, x: Tensor) -> dict[str, Tensor]:
    """ln p of each group, of a decoder's output that lists groups in their order."""
    return {
        "6": Normal(recon[..., 0], 0.5).log_prob(x[:, 6]),
        "0": Normal(recon[..., 1], 0.5).log_prob(x[:, 0]),
        "132": OneHotCategorical(logits=recon[..., 2:5]).log_prob(x[:, [1, 3, 2]]),
        "5": Bernoulli(logits=recon[..., 5]).log_prob(x[:, 5]),
        "4": Laplace(recon[..., 6], 2.0).log_prob(x[:, 4]),
    }


@pytest.mark.parametrize("leading", [(), (3,), (2, 3)])
def test_density_is_the_product_over_groups(leading: tuple[int, ...]) -> None:
    likelihood = make_likelihood("mixed", {"parts": PARTS}, "table", (N,))
    recon, x = torch.randn(*leading, 5, *likelihood.recon_dims((N,))).double(), rows(5)
    torch.testing.assert_close(likelihood.total(recon, x), sum(by_hand(recon, x).values()))


def test_missing_entries_leave_out_their_event() -> None:
    likelihood = make_likelihood("mixed", {"parts": PARTS}, "table", (N,))
    recon, x = torch.randn(4, N).double(), rows(4)
    entries = torch.ones(4, N, dtype=torch.bool)
    entries[1, 6] = entries[2, 3] = entries[3, 5] = False
    each = by_hand(recon, x)
    left_out = [0.0, each["6"][1], each["132"][2], each["5"][3]]
    found = likelihood.total(recon, x, likelihood.whole_events(entries))
    torch.testing.assert_close(found, sum(each.values()) - torch.tensor(left_out).double())
    assert likelihood.whole_events(entries)[2].tolist() == [True, False, False, False, True, True, True]


def test_means_and_draws_stand_in_the_columns_of_the_data() -> None:
    likelihood = make_likelihood("mixed", {"parts": PARTS}, "table", (N,))
    recon = torch.randn(N).double()
    mean, n = likelihood.mean(recon), 20_000
    torch.testing.assert_close(mean[[6, 0, 4]], recon[[0, 1, 6]])
    torch.testing.assert_close(mean[[1, 3, 2]], torch.softmax(recon[2:5], -1))
    torch.testing.assert_close(mean[5], torch.sigmoid(recon[5]))
    drawn = likelihood.sample(recon.expand(n, N), torch.Generator().manual_seed(0))
    likelihood.check(drawn)
    assert bool(((drawn.mean(0) - mean).abs() < 5 * drawn.std(0) / n**0.5).all())


def test_a_model_trains_on_it_with_entries_missing_and_is_saved(tmp_path: Path) -> None:
    config = MoPoEConfig(
        2,
        2,
        {"table": (N,), "x": (2,)},
        decoders_dist={"table": "mixed"},
        decoder_dist_params={"table": {"parts": PARTS}},
        masked_entries=["table"],
    )
    table = rows(8).float()
    table[2, 0], table[3, 2], table[5, 5] = torch.nan, torch.nan, torch.nan
    data = IncompleteDataset({"table": table, "x": torch.randn(8, 2)}, missing="nan")
    model = MoPoE(config)
    model(data).loss.backward()
    assert all(p.grad is not None and bool(torch.isfinite(p.grad).all()) for p in model.parameters())
    model.save_pretrained(tmp_path)
    again = MoPoE.from_pretrained(tmp_path)
    assert str(again.likelihoods["table"]) == str(model.likelihoods["table"])
    assert torch.equal(
        again.predict(data, return_mean=True).table, model.predict(data, return_mean=True).table
    )


def test_columns_may_come_as_a_range() -> None:
    params = {"t": {"parts": [{"columns": range(3), "likelihood": "normal"}]}}
    config = MoPoEConfig(1, 2, {"t": (3,)}, decoders_dist={"t": "mixed"}, decoder_dist_params=params)
    assert MoPoEConfig.from_json(config.to_json()) == config


def test_it_names_all_of_its_groups() -> None:
    assert str(make_likelihood("mixed", {"parts": PARTS}, "t", (N,))) == (
        "mixed of columns 6, 0: normal, scale 0.5; columns 1, 3, 2: categorical; columns 5: bernoulli; "
        "columns 4: laplace, scale 2"
    )


def test_a_likelihood_of_ones_own_may_be_a_group_and_gets_values_within_its_support() -> None:
    class LogNormal(Likelihood):
        def log_prob(self, recon: Tensor, target: Tensor) -> Tensor:
            return Normal(recon, 1.0).log_prob(target.log()) - target.log()

    parts = [{"columns": 1, "likelihood": LogNormal()}, {"columns": 0, "likelihood": "normal"}]
    config = MoPoEConfig(
        1, 2, {"t": (2,)}, decoders_dist={"t": make_likelihood("mixed", {"parts": parts}, "t")}
    )
    x = torch.tensor([[-1.0, 2.0], [-3.0, torch.nan], [torch.nan, 0.5]])
    model = MoPoE(config)
    with pytest.warns(UserWarning, match="masked_entries"):
        model(IncompleteDataset({"t": x}, missing="nan")).loss.backward()
    assert all(bool(torch.isfinite(p.grad).all()) for p in model.parameters())


def test_groups_of_ones_own_are_passed_again_on_loading(tmp_path: Path) -> None:
    def parts() -> dict[str, Any]:
        own = {"columns": [0, 2], "likelihood": NormalLikelihood("learned")}
        return {"parts": [own, {"columns": 1, "likelihood": "poisson"}]}

    config = MoPoEConfig(1, 2, {"t": (3,)}, decoders_dist={"t": "mixed"}, decoder_dist_params={"t": parts()})
    with pytest.raises(
        TypeError, match=r"decoder_dist_params\['t'\]: expected words .*, got a NormalLikelihood"
    ):
        config.to_json()
    model, x, z = MoPoE(config), {"t": torch.ones(2, 3)}, torch.randn(2, 2)
    model.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"expected your own log_prob for \['t'\]"):
        MoPoE.from_pretrained(tmp_path)
    again = MoPoE.from_pretrained(tmp_path, decoders_dist={"t": make_likelihood("mixed", parts(), "t")})
    assert torch.equal(again.log_likelihood(x, z).t, model.log_likelihood(x, z).t)


NORMAL = {"columns": [0, 1], "likelihood": "normal"}


@pytest.mark.parametrize(
    ("parts", "kind", "message"),
    [
        ("normal", TypeError, r"decoder_dist_params\['t'\]\['parts'\]: expected a list of dicts"),
        ([], ValueError, r"columns 0 to 2 in one group, but \[0, 1, 2\] given to no group"),
        ([NORMAL], ValueError, r"\[2\] given to no group"),
        ([NORMAL, {"columns": [1, 2], "likelihood": "normal"}], ValueError, r"\[1\] given twice"),
        ([NORMAL, {"columns": [2, 3], "likelihood": "normal"}], ValueError, r"\[3\] beyond the last one"),
        (
            [NORMAL, {"columns": 2}],
            ValueError,
            r"parts\[1\]: expected 'columns' and 'likelihood', got none of",
        ),
        (
            [NORMAL, {"columns": "age", "likelihood": "normal"}],
            ValueError,
            r"parts\[1\]: expected columns by number",
        ),
        (
            [NORMAL, {"columns": 2, "likelihood": "gamma"}],
            ValueError,
            r"parts\[1\]\['likelihood'\]: expected one of",
        ),
        (
            [NORMAL | {"scale": -1.0}],
            ValueError,
            r"parts\[0\]\['scale'\]: expected a positive number, got -1",
        ),
        ([NORMAL, 3], TypeError, r"parts\[1\]: expected a dict"),
    ],
)
def test_wrong_groups_are_refused(parts: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        MoPoEConfig(
            1, 2, {"t": (3,)}, decoders_dist={"t": "mixed"}, decoder_dist_params={"t": {"parts": parts}}
        )


def test_data_outside_a_groups_support_are_refused_by_columns() -> None:
    likelihood = make_likelihood("mixed", {"parts": PARTS}, "table", (N,))
    table = rows(3)
    table[1, 5] = 0.5
    with pytest.raises(
        ValueError, match=r"columns 5: expected targets 0 or 1 for a bernoulli likelihood, got 0\.5"
    ):
        likelihood.check(table)


def test_codes_of_what_is_missing_are_told_from_classes() -> None:
    parts = [{"columns": 0, "likelihood": "categorical", "n_classes": 2}]
    likelihood = make_likelihood("mixed", {"parts": parts}, "table", (1,))
    with pytest.raises(
        ValueError, match=r"columns 0: expected ids, .*got -1; where -1 stands for .*missing='nan'"
    ):
        likelihood.check(torch.tensor([[1.0], [-1.0]]))
