"""The course as a website that works from disk: notebooks are run, pages assembled, Sphinx writes them."""
