"""What an address says of settings, and what others have added to it on its way."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

NO_SETTINGS = ("lab", "look", "scene", "pin")
"""What a page's address has beside its settings."""
_TRACKERS = re.compile(
    r"(utm|mtm|pk|piwik|matomo|hsa|sfmc|vero|oly|wicked|trk|ga|gad|stm)_\w+"
    r"|(fb|g|d|tw|tt|y|wb|gb|ms|sc|ir|rb_?|epik_?)cl(k|c)?id|[gw]braid|msclkid|gclsrc|srsltid"
    r"|mc_[ce]id|mkt_tok|igshid?|li_fat_id|_hs(enc|mi)|__hs\w+|_ga|_gl|_gac|_branch_\w+|__s|__twitter"
    r"|ml_subscriber(_hash)?|ck_subscriber_id|s_cid|cmpid|si|ref|ref_src|source|campaign_?id",
    re.IGNORECASE,
)
"""What mailers, networks and course pages add to links in order to count clicks."""


def mended(query: Mapping[str, str]) -> dict[str, str]:
    """A query as it was sent: a mailer that writes "&amp;" for "&" makes "amp;seed" of "seed"."""
    return {name.removeprefix("amp;"): text for name, text in query.items()}


def settings_in(query: Mapping[str, str], known: Collection[str]) -> dict[str, str]:
    """The settings in a query, by name; without what was added to it to count clicks.

    Args:
        query: By name what the address has.
        known: Names of settings, which are never taken for something else.
    """
    return {
        name: text for name, text in mended(query).items()
        if name in known or not (name in NO_SETTINGS or _TRACKERS.fullmatch(name))
    }
