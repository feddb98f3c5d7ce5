"""FHIR R4 Bulk Data NDJSON as tables, and tables as FHIR resources, by one specification a resource type."""

from factory.formats.fhir.source import FhirSource
from factory.formats.fhir.write import to_fhir, write

__all__ = ["FhirSource", "to_fhir", "write"]
