"""Private latents beside the shared one."""
