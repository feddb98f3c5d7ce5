"""The clinical data factory: from a hospital's records to a licensed synthetic data set."""

from factory.core.telemetry import silence

silence()


def __getattr__(name: str) -> object:
    """`factory.synthesize`, imported when it is asked for: verifying a bundle needs no engine."""
    if name == "synthesize":
        from factory.synth.alone import synthesize

        return synthesize
    raise AttributeError(f"module 'factory' has no attribute {name!r}")


__version__ = "0.1.0"
__all__ = ["__version__", "synthesize"]
