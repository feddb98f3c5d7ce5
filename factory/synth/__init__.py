"""From de-identified to synthetic: people split, an engine fitted, new people drawn."""

from factory.synth.split import split
from factory.synth.stage import synthesize

__all__ = ["split", "synthesize"]
