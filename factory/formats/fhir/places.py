"""Location and Organization as tables: where care is given and by whom. They describe no person."""

from __future__ import annotations

from factory.formats.fhir.spec import PROFILE, Resource, boolean, concept, reference, text

LOCATION = Resource(
    "Location",
    "location",
    (
        PROFILE,
        text("name", "name"),
        text("status", "status", codes=("active", "suspended", "inactive")),
        *concept("type", "type[0]"),
        *concept("physical_type", "physicalType"),
        reference("organization_id", "managingOrganization", "Organization"),
    ),
    shared=True,
)

ORGANIZATION = Resource(
    "Organization",
    "organization",
    (
        PROFILE,
        text("identifier", "identifier[0].value"),
        text("identifier_system", "identifier[0].system"),
        boolean("active", "active"),
        *concept("type", "type[0]"),
        text("name", "name"),
        reference("part_of_id", "partOf", "Organization"),
    ),
    shared=True,
)
