"""From raw to de-identified: identifiers removed, dates reduced, rare values generalised."""

from factory.deid.stage import deidentify

__all__ = ["deidentify"]
