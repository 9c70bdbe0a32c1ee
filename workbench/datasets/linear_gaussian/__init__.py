"""A linear-Gaussian world: every density and every bound has a known value."""
