"""The live view: a component that draws runs in the browser, and the routes that feed it.

A page describes its figures once and says which array feeds which trace (`Chart`,
`Bind`, `Ref`), or what is played from the frames (`Stage`); `live_view` shows
them. The app's entry point adds `routes(runs)`.
"""

from explorer.live.routes import routes
from explorer.live.view import (
    About,
    Bind,
    Chart,
    Click,
    Fork,
    Panel,
    Ref,
    Stage,
    claims_view,
    live_view,
    view_data,
)

__all__ = ["About", "Bind", "Chart", "Click", "Fork", "Panel", "Ref", "Stage", "claims_view",
           "live_view", "routes", "view_data"]
