"""What Sphinx is told about the site; `tools/build_site.py` says how it is put together."""  # noqa: INP001  Sphinx reads it

import tomllib
from pathlib import Path

_PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"

project = "iamd"
release = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"]
root_doc = "index"
extensions = ["myst_parser"]
exclude_patterns = ["files/**"]

myst_heading_anchors = 6
# Excerpts of policies are shown with what is wrong in them.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_title = f"iamd {release}"
templates_path = ["templates"]
html_static_path = ["static"]
html_css_files = ["iamd.css"]
html_logo = "static/iamd.svg"
html_favicon = "static/iamd.svg"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_use_index = False
html_permalinks_icon = "#"
html_theme_options = {
    "footer_icons": [],
    "top_of_page_buttons": [],
}
