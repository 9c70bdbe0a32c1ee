"""Sphinx's settings. Notebooks were run before: Sphinx shows what they printed, and starts no kernel."""

from __future__ import annotations

project = "The MoPoE course"
author = "The MoPoE Workbench authors"
html_title = project
language = "en"

extensions = ["myst_nb", "workbench.book.mathml"]
exclude_patterns: list[str] = []
myst_enable_extensions = ["amsmath", "attrs_block", "colon_fence", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_ipywidgets_js: dict[str, dict[str, str]] = {}  # the default is a script on the net
nb_render_markdown_format = "myst"
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"

html_theme = "furo"
html_math_renderer = "mathml"
html_static_path = ["static"]
html_css_files = ["book.css"]
html_js_files = ["explorers.js"]
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
html_show_search_summary = False  # it would fetch pages, which browsers refuse from disk
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#2f6f8f", "color-brand-content": "#2f6f8f"},
    "dark_css_variables": {"color-brand-primary": "#8fc1da", "color-brand-content": "#8fc1da"},
}
