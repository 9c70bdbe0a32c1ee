"""Pictures from arrays: SVG, charts, sheets of images. Nothing here knows torch."""
