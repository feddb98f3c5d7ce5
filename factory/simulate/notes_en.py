"""Sentences of English notes. Slots in braces are those of `mentions.py`."""

from __future__ import annotations

# Kind of note -> first sentences, last sentences; the middle is drawn from the groups below.
KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "admission": (
        (
            "ADMISSION NOTE. {patient}, MRN {mrn}, admitted {admitted} to {ward} with {diagnosis}.",
            "Seen on arrival {admitted}: {patient} ({mrn}), aged {age}, under {doctor}.",
            "{full_name}, DOB {born}, was brought in on {admitted} by ambulance.",
        ),
        (
            "Plan discussed with {doctor}.",
            "Admit to {ward}, {doctor} to review.",
            "Clerked and handed over to {nurse}.",
        ),
    ),
    "discharge": (
        (
            "DISCHARGE SUMMARY. {full_name}, ID {id}, in hospital {admitted} to {discharged} ({days} days).",
            "{patient} went home on {discharged} after {days} days for {diagnosis}. MRN {mrn}.",
            "Date of discharge: {discharged}. Patient: {patient}. Born {born}. Consultant: {doctor}.",
        ),
        (
            "Clinic follow-up on {later}.",
            "Return if fever or breathlessness. Signed {doctor}.",
            "Review booked {later}.",
        ),
    ),
    "nursing": (
        (
            "NURSING. Bed {room}, {patient}: slept well, took breakfast.",
            "Shift report {admitted}, {ward}: {patient} comfortable, no complaint of pain.",
            "Bed {room}. {patient}, {age} y, settled overnight.",
        ),
        ("Handed over to {nurse}.", "Nurse in charge: {nurse}.", "Will continue to observe."),
    ),
    "phone": (
        (
            "TELEPHONE. The {relation}, {kin}, rang from {kin_phone} about {patient}.",
            "Call to {mobile} on {discharged}, spoke to {patient} in person.",
            "Called {relation} of {patient} on {kin_phone}; {kin} will visit tonight.",
        ),
        ("No further call needed.", "Call logged by {nurse}.", "Will ring again {later}."),
    ),
    "referral": (
        (
            "Dear {outside},\nThank you for seeing {full_name}, born {born}, of {address}.",
            "Dear {outside},\nRe: {full_name}, {id}. I would be grateful for your opinion.",
            "To: {outside}\nRe {patient}, MRN {mrn}, discharged {discharged}.",
        ),
        ("Yours sincerely, {doctor}", "With kind regards, {doctor}"),
    ),
    "consent": (
        (
            "CONSENT. I, {full_name}, holder of {id}, agree to the procedure explained by {doctor}.",
            "Consent form dated {admitted}. Patient {full_name}, date of birth {born}.",
        ),
        ("Witness: {nurse}.", "Form scanned under {mrn}."),
    ),
}

IDENTITY = (
    "Identity checked against {id}.",
    "Lives at {address}.",
    "Discharge address given as {home}.",
    "Reachable on {mobile}, at home on {home_phone}.",
    "Home number {home_phone}.",
    "Asked that results go to {email}.",
    "Works for {employer}.",
    "Insurance member no. {payer}.",
    "Claim lodged under {payer} on {later}.",
    "Pump serial {device} fitted {admitted}.",
    "Glucose meter {device} returned to ward.",
    "Old notes filed under {mrn}.",
    "D.O.B. {born}.",
    "The patient, also registered as {patient}, was last seen {earlier}.",
)

FAMILY = (
    "Visited by {relation} {kin}, contact {kin_phone}.",
    "Next of kin: {kin} ({relation}), tel {kin_phone}.",
    "{kin} says the patient stopped tablets on {earlier}.",
    "Lives with {relation}, {kin}, near {home}.",
)

CLINICAL = (
    "Working diagnosis: {diagnosis}.",
    "Background of {second}.",
    "Aged {age}, no known drug allergy.",
    "On {drug}.",
    "A total of {labs} laboratory tests and {medications} medications this stay.",
    "HbA1c {a1c}.",
    "BP {pressure}, pulse {pulse}, weight {weight} kg.",
    "Capillary glucose {glucose} mmol/L, potassium {potassium} mmol/L.",
    "Given insulin {units} units subcutaneously.",
    "Stayed {days} days in {ward}.",
)

# Words that look like names, dates or numbers of a person and are none.
NEGATIVE = (
    "Known Parkinson disease, on Sinemet 25/100 mg.",
    "Foley catheter 16 Fr in place, draining well.",
    "Babinski negative, Romberg not tested.",
    "Glasgow Coma Scale 15/15, Braden 18.",
    "Paracetamol 500 mg up to 4 times a day.",
    "Na 138, K {potassium}, Cr 92, Hb 12.4.",
    "Hickman line removed; Allen test normal.",
    "Bed rails up, fall score 3/10.",
    "Fowler position, SpO2 97% on 2 L.",
    "Graves disease excluded, TSH 2.1.",
    "ICD codes 401.9 and 250.02 entered.",
)
