"""Tuning: which knobs matter, and how does one find their place?"""

from core.concepts.tuning import signal, signal_claims
from core.lab import experiment

EXPERIMENTS = (
    experiment(
        "tuning.signal", "Signal in a deep net", signal, signal_claims,
        small=signal.Config(depth=2, width=8, n_steps=20, n_seeds=2, map="off"),
    ),
)
