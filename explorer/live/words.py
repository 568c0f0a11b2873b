"""The words of the live view, by key: what its modules in `browser/` say to a visitor.

`{name}` stands for a value. The browser puts them in (`phrase` in browser/words.js), and looks a
value up as well: `optimizer.adam` is what is said for the "adam" of an {optimizer}. Another
language is another dictionary here.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.words import RUN

_ENGLISH = {
    "document.no_connection": "This page waits for its connection to the server, a websocket, "
                              "which does not come through. A proxy on the way may not pass it "
                              "on: the README says what it needs, under Behind a proxy.",
    "view.label": "Live view",
    "view.no_plotly": "Plotly could not be loaded: the charts cannot be drawn.",
    "view.no_answer": 'The server did not answer to "{action}".',
    "legend.label": "Legend: press to hide or show",
    "legend.hint": "Press: hide or show. Press twice: only this one, or all.",
    "chart.home": "Undo the zoom",
    "chart.zoom": "Zoom",
    "chart.png": "Save this chart as a picture (PNG)",
    "chart.svg": "Save this chart as a picture (SVG)",
    "chart.not_saved": "This browser could not make the picture.",
    "chart.at": "at ({x}, {y})",
    "chart.values": "{alt} At {step} {at}: {values}.",
    "chart.no_values": "{alt} At {step} {at}.",
    "chart.not_finite": "not finite",
    "transport.label": "Playback",
    "transport.play": "Play",
    "transport.pause": "Pause",
    "transport.back": "One frame back",
    "transport.forward": "One frame forward",
    "transport.latest": "Jump to the newest frame",
    "transport.frame": "Frame",
    "transport.speed": "Speed",
    "transport.share": "Link to this moment",
    "share.copied": "Copied: the address of these settings and this frame.",
    "share.copy": "Copy this address of these settings and this frame:",
    "share.address": "Address",
    "share.code": "QR code of the address below",
    "share.no_code": "The QR code could not be made: the server did not answer, or the address is "
                     "too long for a code that can be read from afar.",
    "share.numbers": "All numbers (CSV)",
    "share.close": "Close",
    "transport.change": "Change from here",
    "transport.change_hint": "Change from here: another value of a setting from this step on.",
    "transport.stop": "Stop",
    "transport.restart": "Run again",
    "transport.where": "{step} {at} · frame {frame} of {total}",
    "transport.seconds": "{seconds} s",
    "transport.value": "frame {frame} of {total}, {step} {at}",
    "run.waiting": "waiting for the first frame",
    "run.queued": "waiting: number {place} in the queue",
    "run.again": "training up to here again",
    "run.lost": "connection lost, trying again",
    "run.gone": "this run is not on the server any more: press Run again",
    "run.held": "something on the way holds the frames back: they are asked for twice a second",
    "run.elsewhere": "another server answered than this page's: trying again",
    "run.failed": "The run failed: {why}",
    "run.more_notes": "and {n} more",
    "claims.check": "Check now",
    "claims.hint": "Trains it on {n} other seeds and counts.",
    "claims.label": "Check now: {sentence}",
    "claims.training": "training …",
    "claims.no_answer": "The server did not answer: move a control or reload the page.",
    "claims.ended": "The check was ended.",
    "claims.studied.seeds": "Held in {held} of {of} seeds. A check needs {need} of {n}.",
    "claims.studied.group": "Held in {held} of {of} groups of {n} seeds.",
    "claims.studied.nothing": "Nothing in it is random.",
    "claims.held.nothing": "held, now (nothing in it is random)",
    "claims.did_not_hold.nothing": "did not hold, now (nothing in it is random)",
    "claims.held.group": "held, now (one group: seeds {first} to {last})",
    "claims.did_not_hold.group": "did not hold, now (one group: seeds {first} to {last})",
    "claims.held_in": "held in {right} of {n} seeds, now (seeds {first} to {last}); "
                      "needs {need} of {n}",
    "claims.yes": "✓ As claimed: {how}",
    "claims.no": "✗ Speaks against the claim: {how}",
    "claims.open": "≈ Decides nothing: {how}",
    "pole.agent": "Agent",
    "pole.kick": "Kick",
    "pole.play": "Play yourself",
    "pole.stop_playing": "Stop playing",
    "pole.rest": "Stop the pole",
    "pole.move": "Let the pole move",
    "pole.clock": "The pole's clock",
    "pole.quarter": "¼ time",
    "pole.half": "½ time",
    "pole.real": "Real time",
    "pole.four": "4× time",
    "pole.wait": "Press ← or → to start. The cart is pushed at every step.",
    "pole.at": "{agent} at step {step}",
    "pole.episodes": "after {n} episodes",
    "pole.step": "step {steps}",
    "pole.fell": "fell after {steps} steps",
    "pole.left": "left the track after {steps} steps",
    "pole.stands": "stands after {steps} steps",
    "pole.kicked": "kicked",
    "pole.failed": "failed {seconds} s after the kick",
    "pole.recovered": "recovered from the kick in {seconds} s",
    "pole.you": "You: {how} · {text}",
    "pole.you_name": "You",
    "pole.length": "{steps} steps · {seconds} s",
}


def words(notes: Mapping[str, str] | None = None) -> dict[str, str]:
    """What the view can say, in the visitor's language.

    Args:
        notes: By key the sentences of the experiment's own notes, in that language.
    """
    return _ENGLISH | RUN | dict(notes or {})
