"""The clinical data factory: from a hospital's records to a licensed synthetic data set."""

from factory.core.telemetry import silence

silence()

__version__ = "0.1.0"
__all__ = ["__version__"]
