"""Measures of what a model generates."""

from __future__ import annotations

from .classifier import DigitClassifier, accuracy, train_classifiers
from .coherence import Coherence, conditional_coherence
from .frechet import FrechetDistance, digit_frechet, inception_frechet
from .joint_coherence import JointCoherence, joint_coherence
from .latent_accuracy import LatentAccuracy, latent_accuracy

__all__ = [
    "Coherence",
    "DigitClassifier",
    "FrechetDistance",
    "JointCoherence",
    "LatentAccuracy",
    "accuracy",
    "conditional_coherence",
    "digit_frechet",
    "inception_frechet",
    "joint_coherence",
    "latent_accuracy",
    "train_classifiers",
]
