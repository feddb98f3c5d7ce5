"""Sequential trees: each column of a frame drawn from a forest on the columns before it."""

from factory.synth.trees.engine import SequentialTrees
from factory.synth.trees.settings import Settings

__all__ = ["SequentialTrees", "Settings"]
