"""What latents are drawn from to generate: the prior, or a mixture fitted to q(z)."""
