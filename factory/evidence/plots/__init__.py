"""Plots as inline SVG: told apart by dashes, markers and hatching as well as colour, and named for who cannot see."""

from factory.evidence.plots.forest import Row, forest
from factory.evidence.plots.lines import Series, lines
from factory.evidence.plots.map import Point, privacy_map
from factory.evidence.plots.matrix import matrix

__all__ = ["Point", "Row", "Series", "forest", "lines", "matrix", "privacy_map"]
