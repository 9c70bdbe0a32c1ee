"""Whether numbers are of a size that networks can work with: what data hold, and what broke."""
