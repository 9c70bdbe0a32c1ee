"""Many runs of one notebook, over a grid of its parameters, on the machines of a Dask cluster."""
