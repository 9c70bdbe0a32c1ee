"""One sample's posterior: its moments, its plane, and what it generates."""
