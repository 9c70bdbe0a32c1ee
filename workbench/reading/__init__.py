"""A notebook read without a kernel: cells, parameters, profiles, and how it failed."""
