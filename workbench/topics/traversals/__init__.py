"""What changes along directions of the latent space."""
