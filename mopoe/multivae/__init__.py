"""What those who come from MultiVae find here: its names, its order of draws, and a reader of its files."""
