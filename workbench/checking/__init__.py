"""The regression bench: notebooks run, and what they record is compared with a baseline."""
