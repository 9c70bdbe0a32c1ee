"""From a model and a batch to named arrays."""
