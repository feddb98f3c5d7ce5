"""Plots as inline SVG: told apart by dashes, markers and hatching as well as colour, and named for who cannot see."""

from factory.assessment.plots.forest import Row, forest
from factory.assessment.plots.lines import Series, lines
from factory.assessment.plots.map import Point, privacy_map
from factory.assessment.plots.matrix import matrix

__all__ = ["Point", "Row", "Series", "forest", "lines", "matrix", "privacy_map"]
