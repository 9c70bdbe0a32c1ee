"""What others have published about PolyMNIST. Nothing here was measured by the workbench.

Numbers that were read off a figure are as good as an eye or a digitiser is: about a hundredth. All are of
PolyMNIST with five modalities, and of networks, data and training of their own: a run of ours that differs in
these may differ in its numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from .arrays import Quoted

_SUTTER = "Sutter et al. 2021, as quoted by MultiVae's README (read off the paper's figure); dropout probably left on"
_HWANG_MOPOE = (
    "MoPoE rerun in Hwang et al. 2021 (MVTCAE), digitised from its figure 2, 5 seeds; dropout left on"
)
_HWANG = "Hwang et al. 2021 (MVTCAE), read off its figure; dropout left on"
_HWANG_MVAE = f"{_HWANG}; trained with the ELBO of each single view, too"
_HWANG_LATENT = (
    "Hwang et al. 2021 (MVTCAE), read off its figure; one reader, fitted to all views, for every subset"
)
_MULTIVAE = "MultiVae's own run; classifiers in evaluation mode"
_MULTIVAE_EARLY = "MultiVae, early log; dropout left on"


def _from(first: int, values: Sequence[float]) -> dict[int, float]:
    return dict(enumerate(values, first))


#: The notebook whose experiment all of them are about.
EXPERIMENT = "polymnist"

#: Evaluation mode is compared with ``coherence``, dropout left on with ``coherence_legacy``.
PUBLISHED: tuple[Quoted, ...] = (
    Quoted("coherence", "MoPoE", _MULTIVAE, "MultiVae's run", _from(1, (0.67, 0.79, 0.84, 0.85))),
    Quoted("coherence_legacy", "MoPoE", _SUTTER, "Sutter et al. 2021", _from(1, (0.66, 0.77, 0.81, 0.83))),
    Quoted(
        "coherence_legacy",
        "MoPoE",
        _HWANG_MOPOE,
        "Hwang et al. 2021",
        _from(1, (0.636, 0.751, 0.792, 0.807)),
    ),
    Quoted(
        "coherence_legacy",
        "MoPoE",
        _MULTIVAE_EARLY,
        "MultiVae, early",
        _from(1, (0.62, 0.75, 0.79, 0.80)),
    ),
    Quoted("coherence_legacy", "MMVAE", _HWANG, "Hwang et al. 2021", _from(1, (0.706, 0.705, 0.706, 0.706))),
    Quoted(
        "coherence_legacy",
        "MVAE",
        _HWANG_MVAE,
        "Hwang et al. 2021",
        _from(1, (0.289, 0.415, 0.480, 0.524)),
    ),
    Quoted("joint_coherence_prior", "MoPoE", _MULTIVAE_EARLY, "MultiVae, early", {0: 0.11}),
    Quoted(
        "latent_accuracy",
        "MoPoE",
        _HWANG_LATENT,
        "Hwang et al. 2021",
        _from(1, (0.820, 0.904, 0.931, 0.943, 0.952)),
    ),
    Quoted(
        "latent_accuracy",
        "MVAE",
        _HWANG_LATENT,
        "Hwang et al. 2021",
        _from(1, (0.697, 0.834, 0.906, 0.934, 0.946)),
    ),
    Quoted(
        "latent_accuracy",
        "MMVAE",
        _HWANG_LATENT,
        "Hwang et al. 2021",
        _from(1, (0.825, 0.824, 0.824, 0.824, 0.822)),
    ),
)


def published(*metrics: str, about: str = EXPERIMENT) -> list[Quoted]:
    """What was published about metrics such as ``"coherence"`` or ``"latent_accuracy"``.

    Args:
        metrics: names of curves or numbers.
        about: the notebook whose runs it would stand beside; nothing is quoted for another experiment.
    """
    return [quoted for quoted in PUBLISHED if quoted.metric in metrics and about == EXPERIMENT]
