"""HTML of an executed notebook."""
