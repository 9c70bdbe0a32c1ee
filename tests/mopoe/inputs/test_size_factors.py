"""Size factors of counts, from the data set to density and prediction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.data import ConcatDataset, DataLoader, Subset

from mopoe import IncompleteDataset, MoPoE, MoPoEConfig, MultimodalBaseDataset, collate
from mopoe.output import read_entry
from workbench.datasets import MultimodalDataset, Splits, keep_modalities

DIMS = {"rna": (4,), "protein": (3,), "x": (2,)}
KINDS = {"rna": "zero_inflated_negative_binomial", "protein": "poisson"}
B = 6


def model_of(**config: Any) -> MoPoE:
    torch.manual_seed(0)
    return MoPoE(MoPoEConfig(3, 2, DIMS, decoders_dist=KINDS, **config)).double()


def parts(seed: int = 0) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    generator = torch.Generator().manual_seed(seed)
    data = {
        "rna": torch.poisson(torch.full((B, 4), 3.0), generator=generator).double(),
        "protein": torch.poisson(torch.full((B, 3), 8.0), generator=generator).double(),
        "x": torch.randn(B, 2, generator=generator, dtype=torch.float64),
    }
    sizes = {name: torch.rand(B, generator=generator, dtype=torch.float64) * 3 + 0.2 for name in KINDS}
    return data, sizes


def latents() -> Tensor:
    return torch.randn(2, B, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(3))


def expected(model: MoPoE, data: dict[str, Tensor], sizes: dict[str, Tensor], z: Tensor, name: str) -> Tensor:
    """ln p(x_m|z), with the size added to the logarithm of the rate by hand."""
    dims = DIMS[name] + ((2,) if name == "rna" else ())
    recon = model.decoders[name](z.reshape(-1, 2)).reconstruction.reshape(*z.shape[:-1], *dims).clone()
    if name in sizes:
        rate = recon[..., 0] if name == "rna" else recon
        rate += sizes[name].log()[:, None]
    return model.likelihoods[name].log_prob(recon, data[name]).sum(-1)


def test_densities_are_those_at_the_samples_own_sizes() -> None:
    (data, sizes), model, z = parts(), model_of(), latents()
    for given in (sizes, {"protein": sizes["protein"]}, {}):
        found = model.log_likelihood(MultimodalBaseDataset(data, size_factors=given or None), z)
        for name in DIMS:
            torch.testing.assert_close(found[name], expected(model, data, given, z, name))


def test_slices_samples_parts_and_batches_keep_sizes() -> None:
    (data, sizes), model, z = parts(), model_of(), latents()
    dataset = MultimodalBaseDataset(data, size_factors=sizes)
    whole = model.log_likelihood(dataset, z).rna
    rows = [4, 1]
    batch = next(iter(DataLoader(dataset, batch_size=B, collate_fn=collate)))
    more = {
        "slice": (dataset[2:5], slice(2, 5)),
        "rows": (dataset[rows], rows),
        "boolean": (dataset[torch.arange(B) > 2], slice(3, B)),
        "sample": (dataset[3], slice(3, 4)),
        "list": ([dataset[i] for i in rows], rows),
        "part": (Subset(dataset, rows), rows),
        "joined": (ConcatDataset([dataset[:2], dataset[2:]]), slice(0, B)),
        "batch": (batch, slice(0, B)),
        "dictionary": ({"data": data, "size_factors": sizes}, slice(0, B)),
        "arrays": (
            MultimodalBaseDataset(data, size_factors={m: s.numpy() for m, s in sizes.items()}),
            slice(0, B),
        ),
        "moved": (dataset.to("cpu"), slice(0, B)),
    }
    for what, (inputs, which) in more.items():
        found = model.log_likelihood(inputs, z[:, which]).rna
        assert torch.allclose(found, whole[:, which], rtol=1e-9), what
    assert torch.equal(batch.size_factors["protein"], sizes["protein"])


@pytest.mark.parametrize("sized_first", [True, False])
def test_batches_forget_no_sizes(sized_first: bool) -> None:
    data = {"x": torch.ones(2, 3)}
    parts = [MultimodalBaseDataset(data, size_factors={"x": [0.5, 2.0]}), MultimodalBaseDataset(data)]
    loader = DataLoader(ConcatDataset(parts if sized_first else parts[::-1]), batch_size=4)
    with pytest.raises(ValueError, match=r"expected size factors of \[.*\] in every sample, .* at 2"):
        next(iter(loader))


def test_loss_and_estimates_know_them() -> None:
    (data, sizes), model = parts(), model_of()
    with_sizes, without = MultimodalBaseDataset(data, size_factors=sizes), MultimodalBaseDataset(data)
    ones = MultimodalBaseDataset(data, size_factors={m: torch.ones(B) for m in KINDS})

    def answers(inputs: Any) -> list[Tensor]:
        seed = torch.Generator().manual_seed
        return [
            model(inputs, generator=seed(0)).loss,
            model.estimate_nll(inputs, K=8, generator=seed(0)).nll,
            model.estimate_nll(inputs, "rna", given="x", K=8, generator=seed(0)).nll,
            model.estimate_bounds(inputs, K=8, generator=seed(0)).generalised.value,
        ]

    for one, same, other in zip(answers(without), answers(ones), answers(with_sizes), strict=True):
        torch.testing.assert_close(same, one)
        assert not torch.allclose(other, one)


def test_the_size_of_a_missing_sample_never_matters() -> None:
    data, sizes = parts()
    masks = {name: torch.ones(B, dtype=torch.bool) for name in DIMS}
    masks["rna"][[1, 4]] = False
    model = model_of()
    answers = []
    for stray in (1.0, 1e9, float("nan"), -1.0):
        given = {name: size.where(masks[name], stray) for name, size in sizes.items()}
        inputs = IncompleteDataset(data, masks, size_factors=given)
        predicted = model.predict(inputs, "x", "rna", generator=torch.Generator().manual_seed(0)).rna
        answers.append(
            [
                model(inputs, generator=torch.Generator().manual_seed(0)).loss,
                model.log_likelihood(inputs, latents()).rna,
                predicted,
            ]
        )
    for others in answers[1:]:
        for one, other in zip(answers[0], others, strict=True):
            assert torch.equal(one, other)


@pytest.mark.parametrize("stray", [0.0, -1.0, float("nan"), float("inf")])
def test_the_size_of_an_observed_sample_is_positive(stray: float) -> None:
    data, sizes = parts()
    sizes["rna"][2] = stray
    dataset, model = MultimodalBaseDataset(data, size_factors=sizes), model_of()
    for method in (model, model.estimate_nll, model.predict):
        with pytest.raises(ValueError, match=r"size_factors\['rna'\]: expected positive numbers"):
            method(dataset)


def test_what_has_no_size_is_refused() -> None:
    (data, sizes), model = parts(), model_of()
    with pytest.raises(
        ValueError, match=r"size_factors\['x'\]: expected a likelihood of counts.* got 'normal"
    ):
        model(MultimodalBaseDataset(data, size_factors={"x": sizes["rna"]}))
    with pytest.raises(ValueError, match=r"size_factors\['x'\]: expected a likelihood of counts"):
        model.decode(latents(), size_factors={"x": 2.0})
    with pytest.raises(ValueError, match=r"size_factors: expected modalities among .* got 'dna'"):
        MultimodalBaseDataset(data, size_factors={"dna": sizes["rna"]})
    with pytest.raises(ValueError, match=r"size_factors\['rna'\]: expected shape \(6,\).* got \(5,\)"):
        MultimodalBaseDataset(data, size_factors={"rna": sizes["rna"][:5]})
    with pytest.raises(ValueError, match=r"size_factors: .* got 'dna'"):
        model({"data": data, "size_factors": {"dna": sizes["rna"]}})


def test_counts_of_a_table_have_the_size_of_its_row() -> None:
    parts = [
        {
            "columns": [0, 3],
            "likelihood": "zero_inflated_negative_binomial",
            "inverse_dispersion": "predicted",
        },
        {"columns": 1, "likelihood": "normal"},
        {"columns": 2, "likelihood": "poisson"},
    ]
    config = MoPoEConfig(
        1, 2, {"row": (4,)}, decoders_dist={"row": "mixed"}, decoder_dist_params={"row": {"parts": parts}}
    )
    torch.manual_seed(0)
    model, z = MoPoE(config).double(), latents()
    rows, sizes = torch.randint(0, 9, (B, 4)).double(), torch.rand(B, dtype=torch.float64) + 0.5
    found = model.log_likelihood(MultimodalBaseDataset({"row": rows}, size_factors={"row": sizes}), z).row
    recon = model.decoders["row"](z.reshape(-1, 2)).reconstruction.reshape(2, B, 8).clone()
    recon[..., [0, 3, 7]] += sizes.log()[:, None]
    torch.testing.assert_close(found, model.likelihoods["row"].log_prob(recon, rows).sum(-1))
    plain = model.decode(z).row
    scale = torch.stack([sizes, torch.ones(B), sizes, sizes], -1)
    torch.testing.assert_close(model.decode(z, size_factors={"row": sizes}).row, scale * plain)


# --- what is generated ---


@pytest.mark.parametrize("layout", ["mopoe", "multivae"])
@pytest.mark.parametrize("flatten", [False, True])
@pytest.mark.parametrize("n_draws", [1, 3])
def test_predictions_are_counts_at_the_samples_own_sizes(n_draws: int, flatten: bool, layout: str) -> None:
    (data, sizes), model = parts(), model_of()
    dataset = MultimodalBaseDataset(data, size_factors=sizes)
    settings: dict[str, Any] = {"N": n_draws, "flatten": flatten, "layout": layout}
    at_size, plain = (
        model.predict(inputs, "x", generator=torch.Generator().manual_seed(0), **settings)
        for inputs in (dataset, data)
    )
    assert torch.equal(at_size.x, plain.x)
    for name in KINDS:
        size = sizes[name]
        if n_draws > 1:
            side_by_side = layout == "mopoe"
            size = size[:, None].expand(B, 3) if side_by_side else size.expand(3, B)
            size = size.reshape(-1) if flatten else size
        torch.testing.assert_close(at_size[name], size[..., None] * plain[name])


def test_draws_are_counts_at_the_samples_own_sizes() -> None:
    data, _ = parts()
    sizes = {"protein": torch.tensor([0.01, 0.01, 0.01, 100, 100, 100])}
    model, dataset = model_of(), MultimodalBaseDataset(data, size_factors=sizes)
    drawn = model.predict(dataset, N=50, noise=True, generator=torch.Generator().manual_seed(0)).protein
    assert torch.equal(drawn, drawn.round())
    assert float(drawn[:3].mean()) < 0.1 < 10 < float(drawn[3:].mean())


def test_latents_are_decoded_at_size_one_unless_another_is_given() -> None:
    model, z = model_of(), latents()
    plain = model.decode(z)
    sizes = torch.rand(B, dtype=torch.float64) + 0.1
    found = model.decode(z, ["protein", "x"], size_factors={"protein": sizes})
    torch.testing.assert_close(found.protein, sizes[:, None] * plain.protein)
    assert torch.equal(found.x, plain.x)
    torch.testing.assert_close(model.decode(z, size_factors={"rna": 7}).rna, 7 * plain.rna)
    with pytest.raises(ValueError, match=r"size_factors\['rna'\]: .* broadcasts to \(2, 6\).* got \(2,\)"):
        model.decode(z, size_factors={"rna": [1.0, 2.0]})
    with pytest.raises(ValueError, match=r"size_factors\['rna'\]: expected positive"):
        model.decode(z, size_factors={"rna": 0.0})
    for wrong in (2.0, {"rna": "large"}):
        with pytest.raises(TypeError, match=r"size_factors.*: expected a (dict|tensor)"):
            model.decode(z, size_factors=wrong)


def test_data_that_lack_the_generated_modality_have_no_size_of_it() -> None:
    (data, _), model = parts(), model_of()
    assert model.predict({"x": data["x"]}, "x", "rna").rna.shape == (B, 4)


# --- data sets of the workbench ---


def test_splits_keep_sizes_of_the_modalities_that_stay() -> None:
    data, sizes = parts()
    named = MultimodalDataset(data, size_factors=sizes)
    assert named.digest() != MultimodalDataset(data).digest()
    kept = keep_modalities(Splits(named, named, named, dict(KINDS)), ["rna", "x"])
    assert list(read_entry(kept.train, "size_factors")) == ["rna"]
    none = keep_modalities(Splits(named, named, named, dict(KINDS)), ["x"])
    assert read_entry(none.train, "size_factors") is None


def test_a_saved_model_answers_as_before(tmp_path: Path) -> None:
    data, sizes = parts()
    settings = {"rna": {"inverse_dispersion": "learned_per_entry"}}
    model = model_of(decoder_dist_params=settings)
    with torch.no_grad():
        model.likelihoods["rna"].inverse_dispersion.raw.copy_(torch.linspace(-1, 1, 4))
    model.save_pretrained(tmp_path)
    dataset = MultimodalBaseDataset(data, size_factors=sizes)
    again = MoPoE.from_pretrained(tmp_path).double()
    found = again.log_likelihood(dataset, latents()).rna
    torch.testing.assert_close(found, model.log_likelihood(dataset, latents()).rna)
