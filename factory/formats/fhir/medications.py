"""Medication and what is done with it: requested, administered, dispensed, stated."""

from __future__ import annotations

from factory.contract import Role
from factory.formats.fhir.spec import (
    ABSENT,
    PROFILE,
    Element,
    Lookup,
    Part,
    Required,
    Resource,
    boolean,
    concept,
    identified,
    moment,
    number,
    period,
    quantity,
    reference,
    required,
    text,
    timed,
    words,
)

MEDICATION = Resource(
    "Medication",
    "medication",
    (
        PROFILE,
        text("identifier", "identifier[0].value"),
        text("identifier_system", "identifier[0].system"),
        *concept("code", "code"),
        text("status", "status", codes=("active", "inactive", "entered-in-error")),
        *concept("form", "form"),
    ),
    parts=(
        Part(
            "ingredient",
            "medication_ingredient",
            (
                reference("item_id", "itemReference", "Medication"),
                *concept("item", "itemCodeableConcept", unless=("item_id",)),
            ),
            required=(required("itemCodeableConcept", "itemCodeableConcept.text", "unknown", "itemReference"),),
        ),
    ),
    shared=True,
)

# Which drug it is: by reference or by code. A drug that has no code, a mixture, goes by its identifier.
_DRUG = (
    reference("medication_id", "medicationReference", "Medication"),
    *concept("medication", "medicationCodeableConcept", unless=("medication_id",)),
)
_KNOWN = Lookup(
    "medication_id",
    "medication",
    {"medication_code": ("code", "identifier"), "medication_system": ("code_system", "identifier_system")},
)
_SOME_DRUG = required("medicationCodeableConcept", "medicationCodeableConcept.text", "unknown", "medicationReference")


def _whose(encounter: str) -> tuple[Element, ...]:
    return (
        reference("patient_id", "subject", "Patient"),
        reference("encounter_id", encounter, "Encounter"),
    )


def _instruction() -> tuple[Element, ...]:
    """The first Dosage of a request or a dispense."""
    at = "dosageInstruction[0]"
    return (
        words("dosage_text", f"{at}.text"),
        boolean("as_needed", f"{at}.asNeededBoolean"),
        *concept("route", f"{at}.route"),
        *concept("frequency", f"{at}.timing.code"),
        number("duration", f"{at}.timing.repeat.duration"),
        text("duration_unit", f"{at}.timing.repeat.durationUnit", codes=("s", "min", "h", "d", "wk", "mo", "a")),
        *quantity("dose", f"{at}.doseAndRate[0].doseQuantity"),
        number("most", f"{at}.maxDosePerPeriod.numerator.value"),
        text("most_unit", f"{at}.maxDosePerPeriod.numerator.unit"),
        number("most_per", f"{at}.maxDosePerPeriod.denominator.value"),
        text("most_per_unit", f"{at}.maxDosePerPeriod.denominator.unit"),
        text("most_per_system", f"{at}.maxDosePerPeriod.denominator.system"),
    )


def _status(codes: str) -> Element:
    return text("status", "status", codes=(*codes.split(), "entered-in-error", "unknown"))


_UNKNOWN: Required = required("status", "status", "unknown")

REQUEST = Resource(
    "MedicationRequest",
    "medication_request",
    (
        PROFILE,
        *identified(),
        *_whose("encounter"),
        _status("active on-hold cancelled completed stopped draft"),
        text(
            "intent",
            "intent",
            codes=(
                "proposal",
                "plan",
                "order",
                "original-order",
                "reflex-order",
                "filler-order",
                "instance-order",
                "option",
            ),
        ),
        *concept("category", "category[0]"),
        text("priority", "priority", codes=("routine", "urgent", "asap", "stat")),
        *_DRUG,
        *concept("reason", "reasonCode[0]", Role.SENSITIVE),
        *moment("authored_at", "authoredOn"),
        *_instruction(),
        *period("validity_", "dispenseRequest.validityPeriod"),
        *quantity("quantity", "dispenseRequest.quantity"),
    ),
    required=(_UNKNOWN, required("intent", "intent", "order"), _SOME_DRUG),
    lookups=(_KNOWN,),
    needs=("patient_id",),
)

ADMINISTRATION = Resource(
    "MedicationAdministration",
    "medication_administration",
    (
        PROFILE,
        *identified(),
        *_whose("context"),
        reference("medication_request_id", "request", "MedicationRequest"),
        _status("in-progress not-done on-hold completed stopped"),
        *concept("category", "category"),
        *_DRUG,
        *timed("effective", "effective"),
        words("dosage_text", "dosage.text"),
        *concept("route", "dosage.route"),
        *concept("method", "dosage.method"),
        *quantity("dose", "dosage.dose"),
        *quantity("rate", "dosage.rateQuantity"),
    ),
    required=(
        _UNKNOWN,
        _SOME_DRUG,
        # On a period, since fhir.resources takes no dateTime that has an extension and no value.
        required(
            "effectiveDateTime", f"effectivePeriod.extension[url={ABSENT}].valueCode", "unknown", "effectivePeriod"
        ),
    ),
    lookups=(_KNOWN,),
    needs=("patient_id",),
)

DISPENSE = Resource(
    "MedicationDispense",
    "medication_dispense",
    (
        PROFILE,
        *identified(),
        *_whose("context"),
        reference("medication_request_id", "authorizingPrescription[0]", "MedicationRequest"),
        _status("preparation in-progress cancelled on-hold completed stopped declined"),
        *concept("category", "category"),
        *_DRUG,
        *quantity("quantity", "quantity"),
        *quantity("supply", "daysSupply"),
        *moment("prepared_at", "whenPrepared"),
        *moment("handed_over_at", "whenHandedOver"),
        *_instruction(),
    ),
    required=(_UNKNOWN, _SOME_DRUG),
    lookups=(_KNOWN,),
)

STATEMENT = Resource(
    "MedicationStatement",
    "medication_statement",
    (
        PROFILE,
        *identified(),
        *_whose("context"),
        _status("active completed intended stopped on-hold not-taken"),
        *concept("category", "category"),
        *_DRUG,
        *concept("reason", "reasonCode[0]", Role.SENSITIVE),
        *timed("effective", "effective"),
        *moment("asserted_at", "dateAsserted"),
    ),
    required=(_UNKNOWN, _SOME_DRUG),
    lookups=(_KNOWN,),
    needs=("patient_id",),
)
