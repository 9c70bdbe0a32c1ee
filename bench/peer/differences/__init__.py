"""What docs/coming_from_multivae.md says of MultiVae, tried on MultiVae: a function for each of its headings."""
