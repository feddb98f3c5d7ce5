"""From files to raw tables: reading, typing and validating what a hospital brings."""

from factory.intake.stage import intake

__all__ = ["intake"]
