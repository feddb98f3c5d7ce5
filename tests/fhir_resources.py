"""Hand-made FHIR resources of invented people, and an export of them that a test may break."""

import gzip
import json
from pathlib import Path

import numpy as np

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
LOINC = "http://loinc.org"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
ICD9 = "http://hl7.org/fhir/sid/icd-9-cm"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SECRET = "Zyxwvut-Secret-Value"


def concept(code, system, display=None):
    coding = {"system": system, "code": code, **({"display": display} if display else {})}
    return {"coding": [coding]}


def patient(one=1, **more):
    return {
        "resourceType": "Patient",
        "id": f"p{one}",
        "extension": [
            {
                "url": f"{US_CORE}race",
                "extension": [
                    {
                        "url": "ombCategory",
                        "valueCoding": {
                            "system": "urn:oid:2.16.840.1.113883.6.238",
                            "code": "2028-9",
                            "display": "Asian",
                        },
                    },
                    {"url": "text", "valueString": "Asian"},
                ],
            },
            {"url": f"{US_CORE}birthsex", "valueCode": "F"},
        ],
        "identifier": [{"system": "urn:oid:1.2.3", "value": f"MRN-{one}"}],
        "name": [{"use": "official", "family": f"Invented{one}", "given": ["Ada"]}],
        "telecom": [{"system": "phone", "value": "555-0100"}, {"system": "email", "value": "a@b.example"}],
        "address": [{"line": ["1 Nowhere Road"], "city": "Springfield", "postalCode": "00000", "country": "US"}],
        "gender": "female",
        "birthDate": "1950-04-30",
        **more,
    }


def encounter(one=1, of=1, **more):
    return {
        "resourceType": "Encounter",
        "id": f"e{one}",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "subject": {"reference": f"Patient/p{of}"},
        "period": {"start": "2020-03-01T08:30:00+08:00", "end": "2020-03-04T12:00:00+08:00"},
        "location": [
            {"location": {"reference": "Location/w1"}, "period": {"start": "2020-03-01T08:30:00+08:00"}},
            {"location": {"reference": "Location/w2"}, "status": "completed"},
        ],
        **more,
    }


def condition(one=1, of=1, within=1, code="I10", system=ICD10, **more):
    return {
        "resourceType": "Condition",
        "id": f"c{one}",
        "code": concept(code, system, "Essential hypertension"),
        "subject": {"reference": f"Patient/p{of}"},
        "encounter": {"reference": f"Encounter/e{within}"},
        "onsetDateTime": "2020-03",
        **more,
    }


def request(one=1, of=1, within=1, **more):
    drug = {"medicationReference": {"reference": "Medication/m1"}}
    if "medicationCodeableConcept" in more:
        drug = {}
    return {
        "resourceType": "MedicationRequest",
        "id": f"r{one}",
        "status": "completed",
        "intent": "order",
        **drug,
        "subject": {"reference": f"Patient/p{of}"},
        "encounter": {"reference": f"Encounter/e{within}"},
        "authoredOn": "2020-03-02T09:00:00Z",
        "dosageInstruction": [
            {
                "text": "one tablet a day",
                "timing": {"repeat": {"duration": 5, "durationUnit": "d"}, "code": {"text": "DAILY"}},
                "doseAndRate": [{"doseQuantity": {"value": 0.5, "unit": "mg", "code": "mg"}}],
            }
        ],
        **more,
    }


def pressure(one=1, of=1, within=1, **more):
    def part(code, value):
        return {"code": concept(code, LOINC), "valueQuantity": {"value": value, "unit": "mmHg"}}

    return {
        "resourceType": "Observation",
        "id": f"o{one}",
        "status": "final",
        "code": concept("85354-9", LOINC, "Blood pressure panel"),
        "subject": {"reference": f"Patient/p{of}"},
        "encounter": {"reference": f"Encounter/e{within}"},
        "effectiveDateTime": "2020-03-02T09:00:00.500Z",
        "component": [part("8480-6", 120), part("8462-4", 80.5)],
        **more,
    }


def shared():
    return {
        "Location": [{"resourceType": "Location", "id": f"w{n}", "name": f"Ward {n}"} for n in (1, 2)],
        "Medication": [
            {"resourceType": "Medication", "id": "m1", "code": concept("6809", RXNORM, "metformin")},
            {
                "resourceType": "Medication",
                "id": "m2",
                "identifier": [{"system": "urn:mix", "value": "metformin--saline"}],
                "ingredient": [
                    {"itemReference": {"reference": "Medication/m1"}},
                    {"itemCodeableConcept": concept("9863", RXNORM)},
                ],
            },
        ],
    }


def small():
    """Resources by file: two people, and everything once."""
    return {
        "Patient": [patient(1), patient(2, gender="male", deceasedDateTime="2021-05")],
        "Encounter": [encounter(1, 1), encounter(2, 2)],
        "EncounterWard": [
            encounter(3, 2, partOf={"reference": "Encounter/e2"}, meta={"profile": ["http://example.org/ward"]})
        ],
        "Condition": [condition(1, 1, 1), condition(2, 2, 2, "4019", ICD9)],
        "MedicationRequest": [
            request(1, 1, 1),
            request(2, 2, 2, medicationReference={"reference": "Medication/m2"}),
            request(3, 2, 3, medicationCodeableConcept=concept("1191", RXNORM, "aspirin")),
        ],
        "Observation": [pressure(1, 1, 1), pressure(2, 2, 2, hasMember=[{"reference": "Observation/o1"}])],
        **shared(),
    }


def many(people=120, seed=3):
    """The same kinds for as many people as the line needs, with values worth learning."""
    rng = np.random.default_rng(seed)
    made = {"Patient": [], "Encounter": [], "Condition": [], "MedicationRequest": [], "Observation": [], **shared()}
    stay = 0
    for one in range(people):
        born = f"{rng.integers(1930, 2000)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"
        made["Patient"].append(patient(one, gender=str(rng.choice(["male", "female"])), birthDate=born))
        for _ in range(rng.integers(1, 4)):
            stay += 1
            day = np.datetime64("2019-01-01") + int(rng.integers(0, 900))
            period = {"start": f"{day}T08:00:00+08:00", "end": f"{day + int(rng.integers(0, 9))}T18:00:00+08:00"}
            made["Encounter"].append(encounter(stay, one, period=period, location=[]))
            for _ in range(rng.integers(1, 4)):
                code, system = [("I10", ICD10), ("E119", ICD10), ("4019", ICD9)][rng.integers(0, 3)]
                made["Condition"].append(condition(len(made["Condition"]), one, stay, code, system))
            made["MedicationRequest"].append(request(stay, one, stay, authoredOn=f"{day}"))
            made["Observation"].append(pressure(stay, one, stay, effectiveDateTime=f"{day}"))
    return made


def export(folder: Path, files, packed=()):
    """Write the files; those in `packed` with gzip."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, resources in files.items():
        data = "".join(json.dumps(resource, ensure_ascii=False) + "\n" for resource in resources).encode()
        if name in packed:
            (folder / f"{name}.ndjson.gz").write_bytes(gzip.compress(data, mtime=0))
        else:
            (folder / f"{name}.ndjson").write_bytes(data)
    return folder


def read(folder: Path):
    """Resources by type of what was written."""
    return {path.stem: [json.loads(line) for line in path.open()] for path in sorted(folder.glob("*.ndjson"))}
