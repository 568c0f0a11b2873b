"""The page's lesson; its texts are in `explorer/lessons/<language>/language_models.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.language_models import labels_claims as labels
from core.concepts.language_models import objectives_claims as objectives
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

OBJECTIVES, LABELS = find("language_models.objectives"), find("language_models.labels")
WRITER = "BERT goes on"


def loss(reader: str) -> Ref:
    """The median over the seeds of how surprised a net is, put to that use."""
    return Ref("loss", reader=reader, reduce="median")


def agrees(reader: str) -> Ref:
    """The median over the seeds of the share of verbs with the right number."""
    return Ref("agrees", reader=reader, reduce="median")


def of_kind(reader: str, kind: str) -> Value:
    return Value(Ref("by_kind", reader=reader, kind=kind, reduce="median"))


def taught(variant: str, n_labels: int) -> Ref:
    """The median over the seeds of the share right after so many labelled sentences."""
    return Ref("right", variant=variant, n_labels=n_labels, reduce="median")


SCENES = (
    Scene(
        "faster", OBJECTIVES, (objectives.DEFAULT,), ("loss",), ("slower_per_step",), right=0,
        hidden=(WRITER,), until=130,
        values={"gpt": Value(loss("causal"), step=objectives.EARLY),
                "bert": Value(loss("masked"), step=objectives.EARLY)},
        stops=(Stop(60, "loss", y=loss("masked")),),
        words=("language_model", "masked_word", "cross_entropy"),
    ),
    Scene(
        "passes", OBJECTIVES, (objectives.DEFAULT,), ("loss",), ("passes", "near_the_floor"),
        right=1, hidden=(WRITER,),
        values={"gpt": Value(loss("causal")), "bert": Value(loss("masked")),
                "gpt_above": Value(Ref("excess", reader="causal", reduce="median")),
                "bert_above": Value(Ref("excess", reader="masked", reduce="median"))},
        stops=(Stop(200, "loss", y=loss("causal")),),
        words=("language_model", "perplexity", "cross_entropy"),
    ),
    Scene(
        "writer", OBJECTIVES, (objectives.DEFAULT,), ("loss", "sentence"), ("no_writer",), right=2,
        values={"gpt": Value(loss("causal")), "writer": Value(loss("writer")),
                "bert": Value(loss("masked"))},
        stops=(Stop(250, "loss", y=loss("writer")),),
        words=("language_model", "masked_word", "causal_mask"),
    ),
    Scene(
        "verbs", OBJECTIVES, (objectives.DEFAULT,), ("agrees", "sentence"), ("agrees_first",),
        right=2, hidden=(WRITER,),
        values={"gpt": Value(agrees("causal"), "percent"),
                "bert": Value(agrees("masked"), "percent")},
        stops=(Stop(150, "agrees", y=agrees("causal")),),
        words=("language_model", "masked_word"),
    ),
    Scene(
        "words", OBJECTIVES, (objectives.DEFAULT,), ("kinds",), ("not_every_word",), right=2,
        hidden=(WRITER,),
        values={"gpt": of_kind("causal", "verb"), "bert": of_kind("masked", "verb"),
                "gpt_adjective": of_kind("causal", "adjective"),
                "bert_adjective": of_kind("masked", "adjective")},
        words=("cross_entropy", "language_model"),
    ),
    Scene(
        "few", LABELS, (labels.DEFAULT,), ("curves", "against"),
        ("gpt_gains", "less_with_many", "hardly_any_with_many"), right=2, look="8",
        hidden=("BERT, pre-trained", "BERT's net, from scratch"),
        values={"gpt": Value(taught("gpt", 8), "percent"),
                "scratch": Value(taught("gpt_scratch", 8), "percent"),
                "gpt_many": Value(taught("gpt", 64), "percent"),
                "scratch_many": Value(taught("gpt_scratch", 64), "percent")},
        stops=(Stop(257, "curves", x=Ref("labelled_step"), y=taught("gpt", 8)),),
        words=("language_model", "pre_training"),
    ),
)
