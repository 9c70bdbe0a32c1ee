"""Models that MultiVae saved answer as they did there, and nothing that their folder holds is run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from mopoe import MoPoE, from_multivae

NAMES = ["default", "private", "own_networks"]
Folder = Callable[[str], Path]
Answers = Callable[[str], dict[str, dict[str, Tensor]]]


def close(found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


@pytest.fixture
def converted(peer_folder: Folder, own_networks: Callable[[], Any]) -> Callable[[str], MoPoE]:
    """A function that converts a model; its answers were computed in double precision."""

    def convert(name: str) -> MoPoE:
        networks = own_networks() if name == "own_networks" else {}
        return from_multivae(peer_folder(name), **networks).double()

    return convert


@pytest.mark.parametrize("name", NAMES)
def test_posteriors_equal_theirs(name: str, converted: Callable[[str], MoPoE], peer_answers: Answers) -> None:
    model, answers = converted(name), peer_answers(name)
    assert not model.training
    found = model.inference(answers["data"])
    assert set(found["subsets"]) == set(answers["mu"])
    for key, (mu, logvar) in found["subsets"].items():
        assert float(answers["mu"][key].std()) > 0.05, "else anything would be close"
        close(mu, answers["mu"][key])
        close(logvar, answers["logvar"][key])
    divergence, _ = model.calc_joint_divergence(found["mus"], found["logvars"], found["weights"])
    # Theirs is rounded to single precision on the way.
    assert float(divergence.detach()) == pytest.approx(float(answers["divergence"][""]), rel=1e-6)
    for m, mu in answers.get("style_mu", {}).items():
        close(found["modalities"][m].style_embedding, mu)
        close(found["modalities"][m].style_log_covariance, answers["style_logvar"][m])


@pytest.mark.parametrize("name", NAMES)
def test_decodings_and_likelihoods_equal_theirs(
    name: str, converted: Callable[[str], MoPoE], peer_answers: Answers
) -> None:
    model, answers = converted(name), peer_answers(name)
    latents = {"z": answers["z"][""], "modalities_z": answers.get("w", {})}
    decoded = model.decode(latents)
    log_probs = model.log_likelihood(answers["data"], latents)
    # They return logits where we return probabilities.
    to_data = {"text": torch.sigmoid, "word": lambda logits: logits.softmax(-1)}
    for m, recon in answers["recon"].items():
        close(decoded[m], to_data.get(m, lambda x: x)(recon))
        # Their categorical adds 1e-6 to all logits, which changes nothing.
        close(log_probs[m], answers["log_prob"][m])
        assert model.rescale_factors[m] == pytest.approx(float(answers["factor"][m]), rel=1e-6)


def test_settings_come_over(converted: Callable[[str], MoPoE]) -> None:
    config = converted("default").model_config
    assert (config.beta, config.uses_likelihood_rescaling, config.prior_expert) == (2.5, True, "full")
    assert config.decoder_dist_params == {"image": {"scale": 0.75}}
    assert config.subsets == {"text": ["text"], "image": ["image"], "image_text": ["image", "text"]}
    config = converted("private").model_config
    assert (config.beta_style, config.modalities_specific_dim) == (0.5, {"word": 1, "image": 2})


@pytest.mark.parametrize("name", NAMES)
def test_a_converted_model_is_trained_saved_and_read_like_any_other(
    name: str,
    converted: Callable[[str], MoPoE],
    peer_answers: Answers,
    own_networks: Callable[[], Any],
    same: Callable[..., Any],
    tmp_path: Path,
) -> None:
    model, data = converted(name), peer_answers(name)["data"]
    model(data).loss.backward()
    assert all(bool(p.grad.isfinite().all()) for p in model.parameters())
    model.save_pretrained(tmp_path / "ours")
    networks = own_networks() if name == "own_networks" else {}
    same(model, MoPoE.from_pretrained(tmp_path / "ours", **networks), data)


@pytest.mark.parametrize("name", ["default", "private"])
def test_their_networks_by_name_hold_parameters_by_the_same_names(name: str, peer_folder: Folder) -> None:
    folder = peer_folder(name)
    saved = torch.load(folder / "model.pt", weights_only=True)["model_state_dict"]
    config = from_multivae(folder).model_config
    fresh = MoPoE(config, encoders="multivae_mlp", decoders="multivae_mlp")
    assert {key: x.shape for key, x in fresh.state_dict().items()} == {
        key: x.shape for key, x in saved.items()
    }


def test_the_variance_that_multivae_adds_comes_over(
    converted: Callable[[str], MoPoE], peer_answers: Answers
) -> None:
    # Without it the narrow posteriors would be narrower than theirs.
    model, answers = converted("default"), peer_answers("default")
    assert model.model_config.added_variance == 1e-8
    bare = model.sharing_networks(added_variance=0).inference(answers["data"])["subsets"]
    apart = max(
        float((bare[key][1] - logvar).abs().max().detach()) for key, logvar in answers["logvar"].items()
    )
    assert apart > 1e-3


def test_weights_keep_their_precision(peer_folder: Folder) -> None:
    folder = peer_folder("private")
    saved = torch.load(folder / "model.pt", weights_only=True)["model_state_dict"]
    torch.save({"model_state_dict": {key: x.double() for key, x in saved.items()}}, folder / "model.pt")
    assert from_multivae(folder).reference.dtype == torch.float64
