"""A model and a likelihood of one's own."""
