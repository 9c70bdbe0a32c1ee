"""Answers that are known exactly, for notebooks that are regression tests only."""
