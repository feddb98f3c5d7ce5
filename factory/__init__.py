"""The clinical data factory: from a hospital's records to a licensed synthetic data set."""

import importlib

from factory.core.telemetry import silence

silence()


# Imported when they are asked for, and by name: verifying a bundle needs no engine, and no room stands above its own.
_HOMES = {
    "assess": "factory.assessment.run",
    "load": "factory.catalog.loading",
    "synthesize": "factory.synth.alone",
}


def __getattr__(name: str) -> object:
    """`synthesize`, `assess` and `load`."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'factory' has no attribute {name!r}")


__version__ = "0.1.0"
__all__ = ["__version__", "assess", "load", "synthesize"]
