"""FHIR resources become tables and come back: equal, valid, with every reference; what has no column is said."""

import gzip
import json

import pyarrow as pa
import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhir_resources import concept, encounter, export, patient, pressure, read, request, small

from factory.core.errors import BrokenFile, ColumnMissing, DuplicateKey, OrphanRow, TableMissing, WrongType
from factory.formats import open_source
from factory.formats.convert import convert
from factory.formats.fhir import FhirSource, ndjson, write
from factory.formats.fhir.coding import with_coding
from factory.formats.fhir.reader import target
from factory.formats.fhir.resources import BY_TABLE, RESOURCES


@pytest.fixture
def source(tmp_path):
    return FhirSource(export(tmp_path / "in", small(), packed=("Patient", "Observation")))


def _back(source, tmp_path):
    out = tmp_path / "out"
    convert(source, out, "fhir")
    return out


def test_files_of_a_type_are_one_table_and_an_address_finds_them(source, tmp_path):
    assert isinstance(open_source(str(tmp_path / "in")), FhirSource)
    assert source.read("encounter", ()).column("encounter_id").to_pylist() == ["e1", "e2", "e3"]
    assert source.called("encounter") == "Encounter.ndjson and 1 more"
    assert source.read("encounter", ()).column("profile").to_pylist() == [None, None, "http://example.org/ward"]
    assert len(source.digests(("encounter",))) == len(list((tmp_path / "in").iterdir()))


def test_columns_say_what_the_resource_says(source):
    people = source.read("patient", ()).to_pylist()
    first = {column: value for column, value in people[0].items() if value is not None}
    assert first["race_code"] == "2028-9" and first["race_text"] == "Asian" and first["birth_sex"] == "F"
    assert first["mrn"] == "MRN-1" and first["family_name"] == "Invented1" and first["phone"] == "555-0100"
    assert people[1]["deceased_at"] == "2021-05"
    parts = source.read("observation_component", ()).to_pylist()
    assert [(p["observation_id"], p["code"], p["value"]) for p in parts[:2]] == [
        ("o1", "8480-6", 120.0),
        ("o1", "8462-4", 80.5),
    ]
    drugs = source.read("medication_request", ()).select(["medication_id", "medication_code", "medication_system"])
    assert [tuple(row.values()) for row in drugs.to_pylist()] == [
        ("m1", "6809", "http://www.nlm.nih.gov/research/umls/rxnorm"),
        ("m2", "metformin--saline", "urn:mix"),
        (None, "1191", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    ]
    assert source.read("encounter_location", ()).column("location").to_pylist()[:2] == ["Ward 1", "Ward 2"]


def test_what_is_read_is_written_again_and_valid(source, tmp_path):
    written = read(_back(source, tmp_path))
    given = {}
    for resources in small().values():
        for resource in resources:
            given.setdefault(resource["resourceType"], []).append(resource)
    for stay in given["Encounter"]:
        for place in stay["location"]:  # what a ward is called is looked up
            place["location"]["display"] = f"Ward {place['location']['reference'][-1]}"
    assert written == given
    for kind, resources in written.items():
        for resource in resources:
            get_fhir_model_class(kind).model_validate(resource)


def test_written_and_read_again_the_tables_are_the_same_and_so_are_the_bytes(source, tmp_path):
    again = FhirSource(_back(source, tmp_path))
    assert again.tables() == source.tables()
    for name in source.tables():
        assert again.read(name, ()).equals(source.read(name, ()))
    convert(again, tmp_path / "twice", "fhir")
    for path in (tmp_path / "out").iterdir():
        assert path.read_bytes() == (tmp_path / "twice" / path.name).read_bytes()


def test_what_has_no_column_is_counted_by_its_path_and_said_without_values(tmp_path, capsys):
    secret = "Zyxwvut-Secret-Value"
    files = small()
    files["Patient"][0] |= {"name": [{"family": "A"}, {"family": secret}], "photo": [{"title": secret}]}
    files["Patient"][1]["contact"] = [{secret: secret}]
    files["Encounter"][0]["subject"] = {"reference": "Patient/p1", "display": secret}
    files["Encounter"][1]["partOf"] = {"reference": "#inside"}
    files["Basic"] = [{"resourceType": "Basic", "id": "b"}]
    source = FhirSource(export(tmp_path / "in", files))
    source.tables()
    assert source.left_out["patient"] == {"contact.?": 1, "name.family": 1, "photo.title": 1}
    contained = "partOf.reference (contained, conditional or of another type)"
    assert source.left_out["encounter"] == {"subject.display": 1, contained: 1}
    said = capsys.readouterr().err
    assert "photo.title 1" in said and "Basic.ndjson holds resources that have no table" in said and secret not in said


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("Patient/p1", "p1"),
        ("https://fhir.example.org/r4/Patient/p1", "p1"),
        ("Patient/p1/_history/2", "p1"),
        ("urn:uuid:6b2c7bf0-0000-4000-8000-000000000000", "6b2c7bf0-0000-4000-8000-000000000000"),
        ("Group/g1", None),
        ("#p1", None),
        ("Patient?identifier=x", None),
    ],
)
def test_references_are_read_in_each_of_their_forms(reference, found):
    assert target(reference, "Patient") == found


def _released(**changes):
    """Tables as de-identification leaves them: whole numbers for ids, one parent, years and days, `yes` and `no`."""
    tables = {
        "patient": {
            "patient_id": [1, 2],
            "gender": ["male", None],
            "birth_year": [1950, 1960],
            "deceased": ["yes", "no"],
        },
        "encounter": {
            "encounter_id": [1, 2],
            "patient_id": [2, 1],
            "class_code": ["IMP", "Other"],
            "class_system": ["urn:x", "urn:x"],
            "start_year": [2020, 2021],
            "start_day": [0, 40],
            "end_year": [2020, None],
            "end_day": [3, None],
        },
        "condition": {
            "condition_id": [7, 8],
            "encounter_id": [2, 1],
            "code": ["I10", "Other"],
            "code_system": ["urn:x"] * 2,
        },
        "observation": {
            "observation_id": [5],
            "patient_id": [1],
            "code": ["a"],
            "value": [1.0],
            "value_unit": ["Other"],
        },
        **changes,
    }
    return {name: pa.table(columns) for name, columns in tables.items() if columns}


def test_released_tables_are_valid_resources_whose_references_follow_from_their_parents(tmp_path):
    assert write(_released(), tmp_path) == {"Patient": 2, "Encounter": 2, "Condition": 2, "Observation": 1}
    made = read(tmp_path)
    assert made["Patient"][0] == {
        "resourceType": "Patient",
        "id": "1",
        "gender": "male",
        "birthDate": "1950",
        "deceasedBoolean": True,
    }
    stay = made["Encounter"][0]
    assert stay["status"] == "unknown" and stay["subject"] == {"reference": "Patient/2"}
    assert stay["period"]["start"] == "2020" and stay["period"]["_end"]["extension"][0]["valueInteger"] == 3
    assert made["Encounter"][1]["period"] == {"start": "2021", "_start": made["Encounter"][1]["period"]["_start"]}
    # A pooled code is a word, never a code of the system it came from.
    assert made["Encounter"][1]["class"] == {"display": "Other"}
    assert made["Condition"][1]["code"] == {"text": "Other"}
    assert [c["subject"]["reference"] for c in made["Condition"]] == ["Patient/1", "Patient/2"]
    assert made["Observation"][0]["valueQuantity"] == {"value": 1}
    again = FhirSource(tmp_path)
    assert again.read("encounter", ()).column("start_day").to_pylist() == [0, 40]
    assert again.read("condition", ()).column("patient_id").to_pylist() == ["1", "2"]


def test_what_r4_requires_and_a_release_has_not_is_said_to_be_unknown(tmp_path):
    given = {"medication_administration_id": [1], "patient_id": [1], "medication_code": pa.array([None], pa.string())}
    write(_released(medication_administration=given), tmp_path)
    made = read(tmp_path)["MedicationAdministration"][0]
    assert made["status"] == "unknown" and made["medicationCodeableConcept"] == {"text": "unknown"}
    assert made["effectivePeriod"]["extension"][0]["valueCode"] == "unknown"


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"encounter": None}, ColumnMissing, "condition has neither patient_id nor a parent"),
        ({"condition": {"condition_id": [7], "encounter_id": [9]}}, OrphanRow, "1 of 1 rows"),
        ({"condition": {"condition_id": [7, 7], "encounter_id": [1, 2]}}, DuplicateKey, "does not name each row"),
        ({"patient": {"patient_id": [1, 2], "gender": ["male", "Q"]}}, WrongType, "gender cannot be written"),
        ({"patient": {"patient_id": [1, 2], "birth_date": ["1950", "31/1/1950"]}}, WrongType, "birth_date cannot"),
        ({"patient": {"mrn": [1, 2]}}, ColumnMissing, "patient has no column patient_id"),
        ({"patient": {"patient_id": [1, 2], "active": ["maybe", None]}}, WrongType, "active cannot"),
        (
            {"observation_component": {"observation_component_id": [1], "observation_id": [6]}},
            OrphanRow,
            "observation_id",
        ),
    ],
)
def test_tables_that_cannot_be_resources_are_refused(changes, error, said, tmp_path):
    with pytest.raises(error, match=said) as caught:
        write(_released(**changes), tmp_path)
    assert "31/1/1950" not in str(caught.value) and "maybe" not in str(caught.value)


def test_no_table_of_a_resource_type_is_no_export(tmp_path):
    with pytest.raises(TableMissing, match="None of the tables"):
        write({}, tmp_path)
    with pytest.raises(TableMissing, match="encounter is not"):
        write({"encounter_location": pa.table({"encounter_location_id": [1]})}, tmp_path)


def test_an_invalid_resource_is_found_by_its_element(tmp_path):
    tables = {"patient": pa.table({"patient_id": ["an id with spaces"]})}
    with pytest.raises(WrongType, match="1 of 1 Patient resources are not valid FHIR R4, most of them at id") as caught:
        write(tables, tmp_path)
    assert "spaces" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("2020-03-01T08:30:00+08:00", "2020-03-01T08:30:00+08:00"),
        ("2020-03-01 08:30", "2020-03-01T08:30:00Z"),
        ("2020-03-01T08:30:00+0800", "2020-03-01T08:30:00+08:00"),
        ("2020-03", "2020-03"),
    ],
)
def test_moments_are_written_in_the_precision_they_have(given, written, tmp_path):
    tables = {
        "patient": pa.table({"patient_id": ["1"]}),
        "encounter": pa.table({"encounter_id": ["1"], "patient_id": ["1"], "start": [given]}),
    }
    write(tables, tmp_path)
    assert read(tmp_path)["Encounter"][0]["period"]["start"] == written


def test_an_instant_needs_its_time_of_day(tmp_path):
    tables = {
        "patient": pa.table({"patient_id": ["1"]}),
        "observation": pa.table(
            {"observation_id": ["1", "2"], "patient_id": ["1", "1"], "issued_at": ["2020", "2020-01-01T00:00:00Z"]}
        ),
    }
    write(tables, tmp_path)
    made = read(tmp_path)["Observation"]
    assert "issued" not in made[0] and made[1]["issued"] == "2020-01-01T00:00:00Z"


def test_a_moment_and_a_period_are_told_apart_and_come_back(tmp_path):
    periods = [{"start": "2020"}, {"end": "2021"}, {"start": "2020", "end": "2021-02"}]
    given = [pressure(n, effectiveDateTime="2019") for n in (1, 2)]
    given += [{k: v for k, v in pressure(n).items() if k != "effectiveDateTime"} for n in (3, 4, 5)]
    for resource, period in zip(given[2:], periods, strict=True):
        resource["effectivePeriod"] = period
    source = FhirSource(export(tmp_path / "in", {"Observation": given}))
    rows = source.read("observation", ()).select(["effective_at", "effective_end", "effective_open"]).to_pylist()
    assert [tuple(row.values()) for row in rows[1:]] == [
        ("2019", None, None),
        ("2020", None, True),
        (None, "2021", None),
        ("2020", "2021-02", None),
    ]
    assert read(_back(source, tmp_path))["Observation"] == given


def test_systems_and_words_come_back_from_the_table_of_codings(source, tmp_path):
    coding = source.read("coding", ())
    own = [row for row in coding.to_pylist() if row["table"] == "condition"]
    assert {(row["column"], row["code"], row["system"]) for row in own} == {
        ("code", "I10", "http://hl7.org/fhir/sid/icd-10-cm"),
        ("code", "4019", "http://hl7.org/fhir/sid/icd-9-cm"),
    }
    bare = source.read("condition", ()).select(["condition_id", "patient_id", "code"])
    told = with_coding("condition", bare, coding)
    assert told["code_system"].to_pylist() == source.read("condition", ())["code_system"].to_pylist()
    assert set(told["code_display"].to_pylist()) == {"Essential hypertension"}
    dose = with_coding("medication_request", source.read("medication_request", ()).select(["dose_unit"]), coding)
    assert dose["dose_unit_code"].to_pylist() == ["mg"] * 3


def test_every_specification_reads_what_it_writes():
    for name, (resource, part) in BY_TABLE.items():
        columns = [e.column for e in (part or resource).elements if not (e.unless or e.beside)]
        assert len(columns) == len(set(columns)), name
        paths = [element.path for element in (part or resource).elements]
        assert len(paths) == len(set(paths)), name
    assert len({resource.type for resource in RESOURCES}) == len(RESOURCES)


def test_a_bad_shape_names_line_and_element(tmp_path):
    files = {"Patient": [patient(1), patient(2, name={"family": "x"})]}
    with pytest.raises(BrokenFile, match=r"Patient.ndjson, line 2: name is not what"):
        FhirSource(export(tmp_path / "a", files)).tables()
    files = {"Observation": [pressure(1, valueQuantity={"value": "7"})]}
    with pytest.raises(BrokenFile, match=r"line 1: valueQuantity.value is not what"):
        FhirSource(export(tmp_path / "b", files)).tables()


def test_a_type_that_is_not_exported_is_not_asked_for(tmp_path):
    files = {"Patient": [patient(1)], "MedicationRequest": [request(1)]}
    rows = FhirSource(export(tmp_path / "in", files)).read("medication_request", ())
    assert rows.column("medication_id").to_pylist() == ["m1"] and rows.column("encounter_id").to_pylist() == ["e1"]


def test_zstd_is_read_too(tmp_path):
    with pa.CompressedOutputStream(str(tmp_path / "Patient.ndjson.zst"), "zstd") as out:
        out.write(json.dumps(patient(1, maritalStatus=concept("M", "urn:m"))).encode())
    assert FhirSource(tmp_path).read("patient", ()).column("marital_status_code").to_pylist() == ["M"]


def test_an_encounter_may_be_part_of_itself_nowhere(tmp_path):
    files = {"Patient": [patient(1)], "Encounter": [encounter(1, 1, location=[], partOf={"reference": "Encounter/e9"})]}
    with pytest.raises(OrphanRow, match="part_of_id refers to no Encounter of the export in 1 of 1 rows"):
        FhirSource(export(tmp_path / "in", files)).read("encounter", ())


def test_what_expands_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(ndjson, "_SMALL", 1 << 16)
    line = json.dumps(patient(1)).encode() + b"\n"
    (tmp_path / "Patient.ndjson.gz").write_bytes(gzip.compress(line + b" " * (1 << 20) + b"\n", mtime=0))
    with pytest.raises(BrokenFile, match="expands to more than 300 times its size"):
        FhirSource(tmp_path).tables()
