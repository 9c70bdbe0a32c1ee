"""Posteriors of all subsets of a sample's modalities."""
