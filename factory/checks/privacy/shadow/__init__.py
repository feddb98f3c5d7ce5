"""Attacks on an engine at hand: fitted again and again with and without a person, does its output tell which it was?"""

from factory.checks.privacy.shadow.battery import measure_shadow

__all__ = ["measure_shadow"]
