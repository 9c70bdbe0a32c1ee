"""An explorer on paper, in files and on a page without Python."""
