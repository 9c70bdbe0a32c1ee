"""Every likelihood that has a word has an example, keeps its promises, and is documented as it is."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from mopoe import MoPoEConfig, likelihoods
from mopoe.likelihoods import LIKELIHOODS, Likelihood, make_likelihood
from tests.mopoe.likelihoods import promises
from tests.mopoe.likelihoods.examples import EXAMPLES

PAGE = Path(__file__).parents[3] / "docs" / "distributions.md"


def test_every_word_has_an_example() -> None:
    assert set(EXAMPLES) == set(LIKELIHOODS)


every_word = pytest.mark.parametrize("word", list(EXAMPLES))


def example_of(
    word: str, dtype: torch.dtype = torch.float64, **params: Any
) -> tuple[Likelihood, Tensor, Tensor]:
    """The likelihood with a reconstruction and data."""
    example = EXAMPLES[word]
    dims = example.dims or (2, 3)
    likelihood = make_likelihood(word, dict(example.params) | params, "x", dims).to(dtype)
    generator = torch.Generator().manual_seed(0)

    def numbers(*shape: int) -> Tensor:
        return torch.randn(*shape, dtype=dtype, generator=generator)

    return likelihood, numbers(4, *likelihood.recon_dims(dims)), example.data(numbers(4, *dims))


@every_word
def test_promises_are_kept(word: str) -> None:
    example, (likelihood, recon, target) = EXAMPLES[word], example_of(word)
    likelihood.check(target)
    promises.hold(likelihood, recon, target)
    promises.density_is(likelihood, recon, target, example.log_prob)
    promises.stays_finite(likelihood, 1e4 * recon, target)
    torch.testing.assert_close(likelihood.mean(recon), example.mean(recon), rtol=1e-10, atol=1e-11)
    given = (x for x in example.params.values() if isinstance(x, (int, float)))
    promises.names_its_settings(likelihood, *(f"{x:g}" for x in given))


SCALES = [("normal", {"scale": scale}) for scale in ("learned", "learned_per_entry", "predicted")]


@pytest.mark.parametrize(("word", "params"), [*((word, {}) for word in EXAMPLES), *SCALES])
def test_autocast_rounds_no_density(word: str, params: dict[str, Any]) -> None:
    likelihood, recon, target = example_of(word, torch.float32, **params)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = likelihood.total(recon, target)
    assert found.dtype == torch.float32 and torch.equal(found, likelihood.total(recon, target))


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # of torch's own, in forward mode
@pytest.mark.parametrize(("word", "params"), [*((word, {}) for word in EXAMPLES), *SCALES])
def test_plain_functions_can_be_made_of_it(word: str, params: dict[str, Any]) -> None:
    likelihood, recon, target = example_of(word, **params)

    def of_one(r: Tensor, x: Tensor) -> Tensor:
        return likelihood.total(r[None], x[None]).sum()

    recon.requires_grad_()
    values = likelihood.total(recon, target)
    (expected,) = torch.autograd.grad(values.sum(), recon)
    by_sample, found = torch.func.vmap(torch.func.grad_and_value(of_one))(recon.detach(), target)
    torch.testing.assert_close((by_sample, found), (expected, values.detach()))
    direction = torch.ones_like(recon)
    _, slope = torch.func.jvp(lambda r: likelihood.total(r, target).sum(), (recon.detach(),), (direction,))
    torch.testing.assert_close(slope, expected.sum())


@pytest.mark.parametrize("word", list(LIKELIHOODS))
def test_a_word_is_told_wherever_words_are_told(word: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert re.search(rf"^\| `{word}` \|", page, re.MULTILINE), f"a row for it in {PAGE.name}"
    assert f"``'{word}'``" in str(MoPoEConfig.__doc__)
    kind = LIKELIHOODS[word]
    assert (
        kind.word == word
        and getattr(likelihoods, kind.__name__) is kind
        and kind.__name__ in likelihoods.__all__
    )


def test_the_page_names_no_other_words() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\|.*\|.*\|.*\|.*\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(rows) == set(LIKELIHOODS)


def test_the_python_of_the_page_says_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = "".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
    (tmp_path / "page.py").write_text(code, encoding="utf-8")
    names = runpy.run_path(str(tmp_path / "page.py"))
    assert capsys.readouterr().out.strip() == re.findall(r"print\(.*\)\n# (.*)", code)[0]
    assert names["model"].likelihoods["sensors"].scale().shape == (5,)
    assert names["model"].decoders["prices"](names["torch"].zeros(1, 4)).reconstruction.shape == (1, 2, 2)
