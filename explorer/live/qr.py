"""The address of a moment as a QR code, which a hall takes from the screen with its phones."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import segno

MOST_CHARACTERS = 1500
"""Above it a code has more than 129 modules a side, too fine for a phone in the last row."""


def qr_code(address: str, hosts: frozenset[str]) -> bytes:
    """An SVG, black on white in every theme, with the quiet zone that readers need.

    Args:
        address: What it says: an address of the app with settings and moment, as the browser has
            it, in ASCII.
        hosts: Those of the app, with their ports; a code of ours leads to no other place.

    Raises:
        ValueError: Says what is wrong with the address, and what is allowed.
    """
    if len(address) > MOST_CHARACTERS:
        raise ValueError(f"to: {len(address)} characters are too many. Allowed: {MOST_CHARACTERS}")
    if not _leads_to(hosts, address):
        raise ValueError("to: this is no address of the app. Allowed: http or https, the host that "
                         "this page is asked from, and the rest in ASCII without spaces")
    svg = io.BytesIO()
    segno.make_qr(address, error="L").save(
        svg, kind="svg", dark="#000", light="#fff", border=4, omitsize=True)
    return svg.getvalue()


def _leads_to(hosts: frozenset[str], address: str) -> bool:
    # A browser drops tabs and line ends, and takes a backslash for a slash
    if not (address.isascii() and address.isprintable()) or set(address) & set(' \\"<>'):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:  # a bracket of an IPv6 host that is not closed
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() in hosts
