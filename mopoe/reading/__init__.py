"""What other people's data look like in memory, and how they become tensors and data sets."""
