"""The harness's page: four charts, a slider that changes the run, a choice of mishaps."""

import streamlit as st

from explorer.live import About, Bind, Chart, Ref, live_view, view_data
from tests.support.live_harness.fake_runs import METHODS, RUNS

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9",
          "light-dark(#8a7a00, #F0E442)", "light-dark(#222222, #eeeeee)")
DASHES = ("solid", "dash", "dot", "dashdot")


def axis(text, **more):
    return {"title": {"text": text}, **more}


def loss_chart(log):
    data, binds = [], []
    for i, name in enumerate(METHODS):
        line = {"color": COLORS[i], "width": 2.5, "dash": DASHES[i % 4]}
        data.append({"type": "scatter", "mode": "lines", "fill": "toself", "line": {"width": 0},
                     "fillcolor": COLORS[i], "opacity": 0.18, "hoverinfo": "skip",
                     "showlegend": False, "legendgroup": name, "uid": f"{name} band"})
        data.append({"type": "scatter", "mode": "lines", "name": name, "line": line,
                     "legendgroup": name})
        binds.append(Bind(2 * i, "band", y=Ref("loss", optimizer=name)))
        binds.append(Bind(2 * i + 1, "series", y=Ref("loss", optimizer=name, reduce="median")))
    layout = {"xaxis": axis("step"), "yaxis": axis("loss", type="log" if log else "linear")}
    return Chart("loss", {"data": data, "layout": layout}, tuple(binds),
                 "Training loss, median and range of 8 seeds", "Training loss over steps.",
                 width="full")


def surface_chart():
    data = [{"type": "contour", "showscale": False, "hoverinfo": "skip", "name": "height",
             "colorscale": [[0, "light-dark(#e8f1fa, #12202e)"],
                            [1, "light-dark(#7fa8cf, #3f6f9f)"]],
             "contours": {"coloring": "fill"}, "line": {"width": 0.5}}]
    binds = [Bind(0, "state", x=Ref("grid"), y=Ref("grid"), z=Ref("landscape"))]
    for i, name in enumerate(METHODS):
        data.append({"type": "scatter", "mode": "lines", "name": name,
                     "line": {"color": COLORS[i], "width": 2.5}, "showlegend": False})
        binds.append(Bind(i + 1, "series", x=Ref("position", optimizer=name, xy="x"),
                          y=Ref("position", optimizer=name, xy="y")))
    data.append({"type": "scatter", "mode": "lines", "name": "next step", "hoverinfo": "skip",
                 "line": {"color": "light-dark(#000000, #ffffff)", "width": 2},
                 "showlegend": False})
    binds.append(Bind(len(data) - 1, "state", x=Ref("arrow", xy="x"), y=Ref("arrow", xy="y")))
    layout = {"xaxis": axis("weight 1"), "yaxis": axis("weight 2")}
    return Chart("surface", {"data": data, "layout": layout}, tuple(binds), "Loss surface",
                 "Paths of the optimizers on the loss surface.", clickable=True)


def sweep_chart():
    data = [{"type": "bar", "name": "share", "marker": {"color": "#56B4E9"}, "xaxis": "x2",
             "yaxis": "y2", "x": list("abcdef")},
            {"type": "scatter", "mode": "lines+markers", "name": "final loss",
             "line": {"color": "#D55E00"}}]
    layout = {"xaxis": axis("learning rate", type="log", domain=[0, 0.6]),
              "yaxis": axis("final loss"), "showlegend": False,
              "xaxis2": axis("class", domain=[0.75, 1], anchor="y2"),
              "yaxis2": axis("share (%)", anchor="x2")}
    binds = (Bind(0, "state", y=Ref("share")),
             Bind(1, "state", x=Ref("rates"), y=Ref("sweep")))
    return Chart("sweep", {"data": data, "layout": layout}, binds, "Sensitivity",
                 "Final loss over the learning rate, and the share per class.")


def map_chart():
    data = [{"type": "heatmap", "colorscale": "RdBu", "colorbar": {"title": {"text": "Q"}}},
            {"type": "scatter", "mode": "markers+text", "name": "visits",
             "x": [5, 10, 15, 20, 25, 30], "y": [5, 10, 15, 20, 25, 30],
             "textposition": "top center", "texttemplate": "%{text:.1f}",
             "marker": {"cmin": 0, "cmax": 20, "colorscale": "Greys"}}]
    binds = (Bind(0, "state", z=Ref("map")),
             Bind(1, "state", size=Ref("share"), color=Ref("share"), text=Ref("share")))
    layout = {"xaxis": axis("angle"), "yaxis": axis("velocity")}
    return Chart("map", {"data": data, "layout": layout}, binds,
                 "Value map", "Value over angle and velocity.")


st.set_page_config(page_title="Live view harness", layout="wide")
with st.sidebar:
    speed = st.slider("speed", 1, 10, 5)
    kinds = ("normal", "fails", "breaks", "diverges", "waits", "queues", "unknown", "slow",
             "forgotten")
    kind = st.selectbox("kind", kinds, key="kind", bind="query-params")
    scene = st.selectbox("scene", ("", "calm", "storm"))
    log = st.toggle("log axis", True)
    n_charts = st.slider("charts", 1, 4, 4)

runs = st.session_state.setdefault("runs", {})
if (speed, kind) not in runs:
    interval = 1 / 3 if kind in ("slow", "breaks") else 1 / 40
    runs[speed, kind] = RUNS.start(speed / 5, kind, interval)
if st.session_state.get("view", {}).get("again"):
    st.session_state["asked again"] = True
forgotten = kind == "forgotten" and "asked again" not in st.session_state
token = "no-such-run" if kind == "unknown" or forgotten else runs[speed, kind].token

st.subheader("Live view")
charts = [loss_chart(log), surface_chart(), sweep_chart(), map_chart()][:n_charts]
clicks = st.session_state.setdefault("clicks", [])
notes = {"left_plateau": "{optimizer} has left the plateau", "optimizer.rmsprop": "RMSProp"}
about = About("harness.run", "Harness, run", scene, [f"Speed: {speed}"])
live_view("view", view_data(token, charts, notes=notes, about=about), {"click": clicks.append})
st.text(f"clicks: {[(c['chart'], round(c['x'], 1), round(c['y'], 1)) for c in clicks]}")
