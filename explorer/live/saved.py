"""A run as one file that still moves: a page that needs no server and no network.

    GET  /live/assets/<digest>/saved.html

is the page without a run: the view's modules, its style, and Plotly, zipped. The visitor's
browser puts the run's messages into it and what the view was told (`browser/saving.js`); opened
from a disk, `browser/saved.js` shows them. Modules in one document cannot name each other by
relative addresses: each becomes a name that the document maps to the module's text.
"""

from __future__ import annotations

import base64
import gzip
import json
import posixpath
import re
from functools import cache
from pathlib import Path

from explorer.live.assets import module_script, modules, plotly_script

NAME = "saved.html"
_HERE = Path(__file__).parent
_IMPORT = re.compile(
    r'^(?P<start>import (?:[^"\';]* from )?)"(?P<path>\.{1,2}/[^"]+)"', re.MULTILINE)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>@TITLE@</title>
<style>{style}</style>
<script type="importmap">{modules}</script>
</head>
<body>
<div id="lv-opening" class="lv-plays lv-saved"><main><h3>@TITLE@</h3><p>@ABOUT@</p></main></div>
<script type="application/json" id="lv-told">@TOLD@</script>
<script type="application/octet-stream" id="lv-plotly">{plotly}</script>
<script type="module">import {{ show }} from "{saved}"; show();</script>
</body>
</html>
"""


@cache
def page(compressed: bool) -> bytes:
    """The page, with `@TITLE@`, `@ABOUT@` and `@TOLD@` where the run's are to stand."""
    text = _PAGE.format(
        style="".join((_HERE / name).read_text("utf-8") for name in ("view.css", "opening.css")),
        modules=json.dumps({"imports": {_name(m): _address(m) for m in modules()}}),
        plotly=base64.b64encode(plotly_script(compressed=True)).decode(),
        saved=_name("saved.js"),
    ).encode()
    return gzip.compress(text, 6, mtime=0) if compressed else text


def _name(module: str) -> str:
    return f"view/{module}"


def _address(module: str) -> str:
    """The module itself, as an address, with the names of those that it imports."""
    folder = posixpath.dirname(module)

    def named(found: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, found["path"]))
        return f'{found["start"]}"{_name(path)}"'

    text = _IMPORT.sub(named, module_script(module, compressed=False).decode())
    return f"data:text/javascript;base64,{base64.b64encode(text.encode()).decode()}"
