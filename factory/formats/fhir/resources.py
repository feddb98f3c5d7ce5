"""Every resource type that has a table, in the order in which they are written."""

from __future__ import annotations

from factory.formats.fhir.conditions import CONDITION, PROCEDURE
from factory.formats.fhir.medications import ADMINISTRATION, DISPENSE, MEDICATION, REQUEST, STATEMENT
from factory.formats.fhir.observations import OBSERVATION, SPECIMEN
from factory.formats.fhir.people import ENCOUNTER, PATIENT
from factory.formats.fhir.places import LOCATION, ORGANIZATION
from factory.formats.fhir.spec import Part, Resource

RESOURCES = (
    ORGANIZATION,
    LOCATION,
    PATIENT,
    ENCOUNTER,
    CONDITION,
    PROCEDURE,
    MEDICATION,
    REQUEST,
    DISPENSE,
    ADMINISTRATION,
    STATEMENT,
    SPECIMEN,
    OBSERVATION,
)
BY_TYPE = {resource.type: resource for resource in RESOURCES}
BY_TABLE: dict[str, tuple[Resource, Part | None]] = {
    **{resource.table: (resource, None) for resource in RESOURCES},
    **{part.table: (resource, part) for resource in RESOURCES for part in resource.parts},
}
