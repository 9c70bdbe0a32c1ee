"""How experts become subset posteriors and their mixture: products, weights, choice, divergence."""
