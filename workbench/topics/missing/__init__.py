"""Modalities that are missing, in training and when asked."""
