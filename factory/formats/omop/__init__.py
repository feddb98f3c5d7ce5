"""OMOP Common Data Model 5.4 (OHDSI): reading 5.4 and 5.3, drafting contracts from it, writing 5.4."""

from factory.formats.omop.check import check
from factory.formats.omop.read import OmopSource

__all__ = ["OmopSource", "check"]
