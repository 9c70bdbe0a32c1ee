"""A model watched while it trains."""
