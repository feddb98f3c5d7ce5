"""A simulated hospital: real clinical rows of people kept whole, with invented identities, days and notes."""

from factory.simulate.clinical import clinical_source
from factory.simulate.export import simulate

__all__ = ["clinical_source", "simulate"]
