"""Models of a picture and a word, the word weighed more or less: whose information reaches the latent."""

from __future__ import annotations

import torch
from torch import Tensor

from mopoe import MoPoE, kl_to_standard_normal
from mopoe.likelihoods import LocationScaleLikelihood, make_likelihood

from ...datasets import text_to_string
from ...datasets.base import MultimodalDataset, Splits
from ...metrics import DigitClassifier, conditional_coherence
from ...training import TrainConfig, fit
from ...training.build import build_model
from .arrays import ViewBalance


def constant_guess(data: Splits) -> dict[str, float]:
    """Modality → −ln p(x_m) in nats of the best decoder that knows nothing of a sample, on test data.

    It gives the frequencies of the training data, pixel by pixel and letter by letter, or the medians of what has a
    Laplace likelihood.

    Args:
        data: of bernoulli, categorical and laplace modalities.

    Raises:
        ValueError: another likelihood, or one whose scale is learned or predicted.
    """
    guess = {}
    for name, x in data.test.data.items():
        kind = data.decoders_dist[name]
        if kind not in ("bernoulli", "categorical", "laplace"):
            raise ValueError(
                f"modality {name!r}: expected a bernoulli, categorical or laplace likelihood, got {kind!r}"
            )
        raw = _best_constant(kind, data.train.data[name].double())
        likelihood = make_likelihood(kind, data.decoder_dist_params.get(name), name, x.shape[1:])
        if isinstance(likelihood, LocationScaleLikelihood) and likelihood.scale.word:
            raise ValueError(f"modality {name!r}: expected a scale that is given, got {str(likelihood)!r}")
        guess[name] = -float(likelihood.total(raw.expand_as(x), x.double()).mean())
    return guess


def train_with_factor(
    data: Splits, factor: float, latent_dim: int, subsets: str, config: TrainConfig
) -> MoPoE:
    """A model of ``digit`` and ``text`` by small perceptrons, ln p(text|z) weighed by ``factor``."""
    model = build_model(
        data,
        networks="mlp256",
        latent_dim=latent_dim,
        subsets=subsets,
        seed=config.seed,
        uses_likelihood_rescaling=True,
        rescale_factors={"digit": 1.0, "text": factor},
    )
    fit(model, data.train, data.validation, config)
    return model.cpu()


def view_balance(
    model: MoPoE, test: MultimodalDataset, reader: DigitClassifier, seed: int, n_words: int = 6
) -> ViewBalance:
    """What the latent of a model of :func:`train_with_factor` holds of each view.

    Args:
        model: trained.
        test: labelled data that no one was trained on.
        reader: of the digit in a picture.
        seed: of all draws.
        n_words: how many words to show.
    """
    generator = torch.Generator(model.device).manual_seed(seed)
    nats, expert_kl = {}, {}
    with torch.no_grad():
        for name, expert in model.modality_encode(test).items():
            divergence = kl_to_standard_normal(expert.embedding, expert.log_covariance)
            expert_kl[name] = float(divergence.mean())
            latents = model.encode(test, name, generator=generator)
            nats[name] = -float(model.log_likelihood(test, latents, name)[name].mean())
        written = model.predict(test, "text", "text", generator=generator)["text"]
    coherence = conditional_coherence(model, test, {"digit": reader}, seed=seed, subsets=[("text",)])
    return ViewBalance(
        factor=model.rescale_factors["text"],
        nats=nats,
        expert_kl=expert_kl,
        words_right=_letters_right(written, test.data["text"]),
        digits_right=coherence.by_observed[1].value,
        words=list(text_to_string(written[:n_words])),
    )


def _best_constant(kind: str, seen: Tensor) -> Tensor:
    """What a decoder should return that knows nothing of a sample, from the data ``seen`` (n, *dims)."""
    if kind == "laplace":
        return seen.median(0).values
    # Laplace's rule: what never occurred in training is rare, not impossible.
    frequency = (seen.sum(0) + 1) / (len(seen) + 2)
    return frequency.log() if kind == "categorical" else frequency.logit()


def _letters_right(written: Tensor, true: Tensor) -> float:
    """Share of the texts, (B, 8, 27), with all letters right."""
    return float((written.argmax(-1) == true.argmax(-1)).all(1).double().mean())
