"""From synthetic tables to figures: fidelity, utility and privacy, each with what it is compared to."""

from factory.checks.measure import Measure
from factory.checks.stage import check

__all__ = ["Measure", "check"]
