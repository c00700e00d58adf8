"""Sphinx' settings; `python docs/generate.py OUT` builds."""

project = "retailspec"
project_copyright = "the authors of retailspec"
extensions = ["myst_parser", "sphinx_copybutton"]
html_theme = "furo"
html_title = "retailspec"
html_show_sphinx = False
html_copy_source = False
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
copybutton_exclude = ".linenos, .gp, .go"
exclude_patterns: list[str] = []
