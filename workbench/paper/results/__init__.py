"""Results of the published experiments: read, summarised, and put beside the published numbers."""
