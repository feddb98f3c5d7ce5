"""Whose copy leaked: a keyed fingerprint in the low-order structure of each licensee's values, and its tracing."""

from factory.release.fingerprint.embed import Marked, embed
from factory.release.fingerprint.trace import Accusation, Trace, Tracer, trace

__all__ = ["Accusation", "Marked", "Trace", "Tracer", "embed", "trace"]
