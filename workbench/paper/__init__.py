"""The paper's experiments: the families that it compares, what was published, and evidence as files and tables."""
