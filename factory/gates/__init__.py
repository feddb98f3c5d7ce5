"""The only room that imports Great Expectations: it judges tables and figures, and measures nothing."""

from factory.gates.stage import judge

__all__ = ["judge"]
