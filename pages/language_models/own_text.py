"""What the lab of a visitor's own text shows. Pure functions of the configuration."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.concepts.language_models import own_text
from core.concepts.language_models.shown import body
from explorer.charts import HEIGHT, axis, curve, learning_curves
from explorer.live import Bind, Chart, Panel, Ref, Stage
from explorer.theme import INK, chosen
from pages.language_models.styles import COUNTS, TOKENS

BITS = "Bits per character"


def charts(config: own_text.Config, look: str) -> list[Panel]:
    kinds, n_seeds = chosen(TOKENS, own_text.kinds(config)), config.n_seeds
    bits = learning_curves(
        "bits", "bits", kinds, by="kind", n_seeds=n_seeds, y_title=BITS,
        title="Held out, per character",
        alt="Bits per character on the part held out, over the steps, beside what counting gets.",
    )
    per_token = learning_curves(
        "per_token", "per_token", kinds, by="kind", n_seeds=n_seeds,
        y_title="Nats per token", title="Held out, per token",
        alt="How surprised each net is by a token of its own of the part held out.",
    )
    known = learning_curves(
        "known", "known", kinds, by="kind", n_seeds=n_seeds, y_title=BITS,
        title="Learned from, per character",
        alt="Bits per character on as much of the text that nets learn from, over the steps.",
    )
    if not own_text.most_merges(config):
        return [continued(config), with_counts(bits), known]
    return [continued(config), with_counts(bits), per_token, tokens(config), known,
            lengths(config)]


def with_counts(chart: Chart) -> Chart:
    """With what counting gets, which is the same at every step."""
    data = list(chart.figure["data"])
    binds = list(chart.binds)
    for m in chosen(COUNTS, COUNTS):
        binds.append(Bind(len(data), "series", y=Ref("counted", order=m.key)))
        data.append(curve(m, line={"color": m.color, "dash": m.dash, "width": 1.5}))
    return replace(chart, figure={**chart.figure, "data": data}, binds=tuple(binds))


def continued(config: own_text.Config) -> Stage:
    """Nets at work on what a visitor begins: the browser runs those of the frame."""
    n, _ = own_text.size(config)
    options: dict[str, Any] = {
        "context": config.context, "known": n - own_text.n_held_out(config),
        "kinds": [{"label": m.label, "color": m.color, "merges": int(m.key),
                   "net": body(own_text.net_of(config, m.key)) | {"causal": True}}
                  for m in chosen(TOKENS, own_text.kinds(config))],
    }
    return Stage("continued", "continued", ("weights", "text", "alphabet", "pairs"), options,
                 "They go on with the text", "What each net writes on, token by token.",
                 width="full", height=300, note="first seed; a box is a token")


def tokens(config: own_text.Config) -> Stage:
    """The text as it falls into tokens."""
    return Stage("tokens", "tokens", ("text", "alphabet", "pairs", "counts"),
                 {"n": own_text.most_merges(config)}, "How the text falls into tokens",
                 "The beginning of the text, each token in a box, and the merges.", width="full",
                 height=320, note="merges are learned from the first four fifths; point at a token")


def lengths(config: own_text.Config) -> Chart:
    """Tokens of the text over merges."""
    most = own_text.most_merges(config)
    data = [{"type": "scatter", "mode": "lines", "uid": "tokens", "showlegend": False, "y": [],
             "x": list(range(most + 1)), "line": {"color": INK, "width": 2.5},
             "hovertemplate": "%{y} tokens"}]
    layout = {"xaxis": axis("Merges", range=[0, most]),
              "yaxis": axis("Tokens of the text", rangemode="tozero"), "hovermode": "x unified"}
    return Chart("n_tokens", {"data": data, "layout": layout},
                 (Bind(0, "state", y=Ref("n_tokens")),), "Merging makes the text shorter",
                 "The number of tokens in the whole text after each merge.", height=HEIGHT)
