"""Benchmarks look at explorers in the browser that the tests use."""

from tests.browser.conftest import artifacts, chromium_path, lab, open_notebook, page  # noqa: F401
