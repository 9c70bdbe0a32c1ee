"""What mixtures cannot do: gaps of bounds, and quality against coherence."""
