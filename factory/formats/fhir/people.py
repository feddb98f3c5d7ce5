"""Patient and Encounter as tables. Race, ethnicity and birth sex are the extensions of US Core 3 to 7."""

from __future__ import annotations

from factory.contract import Role
from factory.contract.columns import IdentifierClass
from factory.formats.fhir.spec import (
    PROFILE,
    Kind,
    Lookup,
    Part,
    Resource,
    boolean,
    coding,
    concept,
    identified,
    identifier,
    moment,
    period,
    reference,
    required,
    text,
    words,
)

_US_CORE = "extension[url=http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
_OMB = ("race", "ethnicity")
_QUASI = Role.QUASI_IDENTIFIER

PATIENT = Resource(
    "Patient",
    "patient",
    (
        PROFILE,
        identifier("mrn", "identifier[0].value", IdentifierClass.MRN),
        words("mrn_system", "identifier[0].system"),
        reference("mrn_assigner_id", "identifier[0].assigner", "Organization"),
        identifier("family_name", "name[0].family", IdentifierClass.NAME),
        identifier("given_name", "name[0].given[0]", IdentifierClass.NAME),
        identifier("full_name", "name[0].text", IdentifierClass.NAME),
        words("name_use", "name[0].use"),
        identifier("phone", "telecom[system=phone].value", IdentifierClass.PHONE),
        identifier("fax", "telecom[system=fax].value", IdentifierClass.FAX),
        identifier("email", "telecom[system=email].value", IdentifierClass.EMAIL),
        identifier("url", "telecom[system=url].value", IdentifierClass.URL),
        identifier("address_line", "address[0].line[0]", IdentifierClass.ADDRESS),
        identifier("address_text", "address[0].text", IdentifierClass.ADDRESS),
        identifier("city", "address[0].city", IdentifierClass.ADDRESS),
        identifier("district", "address[0].district", IdentifierClass.ADDRESS),
        identifier("state", "address[0].state", IdentifierClass.ADDRESS),
        identifier("country", "address[0].country", IdentifierClass.ADDRESS),
        identifier("postcode", "address[0].postalCode", IdentifierClass.POSTCODE),
        text("gender", "gender", _QUASI, ("male", "female", "other", "unknown")),
        *moment("birth_date", "birthDate", Kind.DATE, birth=True),
        *moment("deceased_at", "deceasedDateTime"),
        boolean("deceased", "deceasedBoolean"),
        *concept("marital_status", "maritalStatus", _QUASI),
        *(
            element
            for name in _OMB
            for element in (
                *coding(name, f"{_US_CORE}{name}].extension[url=ombCategory].valueCoding", _QUASI),
                words(f"{name}_text", f"{_US_CORE}{name}].extension[url=text].valueString"),
            )
        ),
        text("birth_sex", f"{_US_CORE}birthsex].valueCode", _QUASI),
        *concept("language", "communication[0].language", _QUASI),
        boolean("active", "active"),
        reference("managing_organization_id", "managingOrganization", "Organization"),
    ),
)

_STATUS = (
    "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown",
    "planned active reserved completed",
)

ENCOUNTER = Resource(
    "Encounter",
    "encounter",
    (
        PROFILE,
        *identified(),
        reference("patient_id", "subject", "Patient"),
        reference("part_of_id", "partOf", "Encounter"),
        reference("provider_id", "serviceProvider", "Organization"),
        text("status", "status", codes=tuple(_STATUS[0].split())),
        *coding("class", "class"),
        *concept("type", "type[0]"),
        *concept("service", "serviceType"),
        *concept("priority", "priority"),
        *concept("reason", "reasonCode[0]", Role.SENSITIVE),
        *period("", "period"),
        *concept("admit_source", "hospitalization.admitSource"),
        *concept("discharge", "hospitalization.dischargeDisposition"),
    ),
    required=(
        required("status", "status", "unknown"),
        required("class", "class.display", "unknown"),
    ),
    parts=(
        Part(
            "location",
            "encounter_location",
            (
                reference("location_id", "location", "Location"),
                text("location", "location.display"),
                text("status", "status", codes=tuple(_STATUS[1].split())),
                *period("", "period"),
            ),
            required=(required("location", "location.display", "unknown"),),
            lookups=(Lookup("location_id", "location", {"location": ("name",)}),),
        ),
    ),
)
