"""Data sets, each of them once, and what is done to labels.

`DATA` has them by name. How many points a seed gets, from which random numbers, and what they are
scaled to, is a concept's own.
"""

from core.data.labels import flipped, stratified
from core.data.sets import DATA, DataSet, Labelled

__all__ = ["DATA", "DataSet", "Labelled", "flipped", "stratified"]
