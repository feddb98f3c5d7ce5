"""Condition and Procedure as tables."""

from __future__ import annotations

from factory.contract import Role
from factory.formats.fhir.spec import (
    PROFILE,
    Resource,
    concept,
    identified,
    moment,
    reference,
    required,
    text,
    timed,
    words,
)

CONDITION = Resource(
    "Condition",
    "condition",
    (
        PROFILE,
        *identified(),
        reference("patient_id", "subject", "Patient"),
        reference("encounter_id", "encounter", "Encounter"),
        *concept("clinical_status", "clinicalStatus"),
        *concept("verification_status", "verificationStatus"),
        *concept("category", "category[0]"),
        *concept("severity", "severity"),
        *concept("code", "code", Role.SENSITIVE),
        *concept("body_site", "bodySite[0]"),
        *moment("onset_at", "onsetDateTime"),
        *moment("abated_at", "abatementDateTime"),
        *moment("recorded_at", "recordedDate"),
        words("note", "note[0].text"),
    ),
    needs=("patient_id",),
)

_STATUS = "preparation in-progress not-done on-hold stopped completed entered-in-error unknown"

PROCEDURE = Resource(
    "Procedure",
    "procedure",
    (
        PROFILE,
        *identified(),
        reference("patient_id", "subject", "Patient"),
        reference("encounter_id", "encounter", "Encounter"),
        reference("part_of_id", "partOf[0]", "Procedure"),
        reference("location_id", "location", "Location"),
        text("status", "status", codes=tuple(_STATUS.split())),
        *concept("category", "category"),
        *concept("code", "code"),
        *concept("body_site", "bodySite[0]"),
        *concept("reason", "reasonCode[0]", Role.SENSITIVE),
        *concept("outcome", "outcome"),
        *timed("performed", "performed"),
        words("note", "note[0].text"),
    ),
    required=(required("status", "status", "unknown"),),
    needs=("patient_id",),
)
