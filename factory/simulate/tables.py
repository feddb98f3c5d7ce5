"""The rows of the three tables, and of the gold standard of the notes, in their column order."""

from __future__ import annotations

import json

from factory.simulate.people import Person, Stay
from factory.simulate.spans import MarkedText

PATIENTS = (
    "mrn",
    "name_zh",
    "name_en",
    "sex",
    "birth_date",
    "id_type",
    "id_number",
    "phone_mobile",
    "phone_home",
    "email",
    "address",
    "postcode",
    "kin_name",
    "kin_relation",
    "kin_phone",
)
ENCOUNTERS = (
    "encounter_id",
    "mrn",
    "admitted_at",
    "discharged_at",
    "ward",
    "attending_name",
    "payer_number",
    "device_serial",
)
NOTES = ("note_id", "encounter_id", "language", "text")

Row = tuple[str, ...]


def patient_row(person: Person) -> Row:
    """One row of `patients`."""
    kin = person.kin
    # Next of kin stand in the register in the script of the form that was filled in, as the address does.
    kin_name = "" if kin is None else kin.name.latin if person.home.address.isascii() else kin.name.zh
    return (
        person.mrn,
        person.name.zh,
        person.name.latin,
        person.sex,
        person.born.isoformat(),
        person.id_type,
        person.id_number,
        person.mobile,
        person.phone_home,
        person.email,
        person.home.address,
        person.home.postcode,
        kin_name,
        kin.relation if kin else "",
        kin.phone if kin else "",
    )


def encounter_row(person: Person, stay: Stay) -> Row:
    """One row of `encounters`: the invented columns, then the clinical values verbatim."""
    return (
        stay.encounter_id,
        person.mrn,
        stay.admitted.isoformat(" "),
        stay.discharged.isoformat(" "),
        stay.ward,
        stay.attending_name,
        stay.payer,
        stay.device,
        *stay.clinical,
    )


def gold_line(note_id: str, text: MarkedText) -> str:
    """One line of notes_gold.jsonl: the identifiers of a note, their offsets in characters."""
    spans = [{"start": span.start, "end": span.end, "class": span.kind, "of": span.of} for span in text.spans]
    return json.dumps({"note_id": note_id, "spans": spans}, separators=(",", ":")) + "\n"
