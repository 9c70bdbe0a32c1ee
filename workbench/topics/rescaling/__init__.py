"""Modality collapse, and likelihoods that are rescaled against it."""
