"""Scripts of others that the page serves itself, and the hashes that browsers hold them to.

Taken from the package `htmx.org` 4.0.1 of the npm registry (sha512 of its tarball
oF7JgXhDW9UXCy/k1ZYFUQgzu/rm19ORWPSPNL91vPluB2PB9+MV55tyQdH/w7o2EAbTYUG5SDW1R60mdkdqGg==), unchanged but
for the files' names.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Script(NamedTuple):
    """A file in `static`, and its hash as Subresource Integrity writes it."""

    name: str
    integrity: str


HTMX = Script("htmx-4.0.1.min.js", "sha384-Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn")
SERVER_SENT_EVENTS = Script(
    "hx-sse-4.0.1.min.js", "sha384-v8HvucQ+ohQhMg0arboXc5049yNR46QKMjphs7YDch+Wm7zpfK5XVS01f26mQDJV"
)
SCRIPTS: Mapping[str, Script] = {script.name: script for script in (HTMX, SERVER_SENT_EVENTS)}
"""In the order in which they have to be loaded."""
