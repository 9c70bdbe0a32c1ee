"""How experts are fused: products, mixtures, and mixtures of products."""
