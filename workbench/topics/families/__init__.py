"""MVAE, MMVAE and MoPoE side by side."""
