"""Observation and Specimen as tables."""

from __future__ import annotations

from factory.contract import Role
from factory.formats.fhir.paths import parse
from factory.formats.fhir.spec import (
    PROFILE,
    Element,
    Kind,
    Part,
    Resource,
    boolean,
    concept,
    identified,
    moment,
    number,
    quantity,
    reference,
    required,
    text,
    timed,
    words,
)

_STATUS = "registered preliminary final amended corrected cancelled entered-in-error unknown"


def _value() -> tuple[Element, ...]:
    """What was observed, of whichever type, or why nothing was."""
    return (
        *quantity("value", "valueQuantity"),
        *concept("value_concept", "valueCodeableConcept"),
        words("value_string", "valueString"),
        boolean("value_boolean", "valueBoolean"),
        number("value_integer", "valueInteger", Kind.INTEGER),
        *moment("value_at", "valueDateTime"),
        *concept("absent", "dataAbsentReason"),
    )


OBSERVATION = Resource(
    "Observation",
    "observation",
    (
        PROFILE,
        *identified(),
        reference("patient_id", "subject", "Patient"),
        reference("encounter_id", "encounter", "Encounter"),
        reference("procedure_id", "partOf[0]", "Procedure"),
        reference("specimen_id", "specimen", "Specimen"),
        reference("derived_from_id", "derivedFrom[0]", "Observation"),
        text("status", "status", codes=tuple(_STATUS.split())),
        *concept("category", "category[0]"),
        *concept("code", "code"),
        *timed("effective", "effective"),
        *moment("issued_at", "issued", Kind.INSTANT),
        *_value(),
        *concept("interpretation", "interpretation[0]"),
        *concept("body_site", "bodySite"),
        *concept("method", "method"),
        words("note", "note[0].text"),
    ),
    required=(required("status", "status", "unknown"), required("code", "code.text", "unknown")),
    parts=(
        Part(
            "component",
            "observation_component",
            (*concept("code", "code"), *_value()),
            required=(required("code", "code.text", "unknown"),),
        ),
        Part(
            "hasMember",
            "observation_member",
            (Element("member_id", parse("reference"), Kind.REFERENCE, Role.KEY, to="Observation"),),
        ),
    ),
)

SPECIMEN = Resource(
    "Specimen",
    "specimen",
    (
        PROFILE,
        *identified(),
        reference("patient_id", "subject", "Patient"),
        reference("parent_id", "parent[0]", "Specimen"),
        text("status", "status", codes=("available", "unavailable", "unsatisfactory", "entered-in-error")),
        *concept("type", "type"),
        *moment("collected_at", "collection.collectedDateTime"),
        *moment("received_at", "receivedTime"),
    ),
)
