"""The raw export as a whole: real rows unaltered, people whole, identities that agree, bytes that repeat."""

import csv
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from factory.core.errors import BrokenFile, ColumnMissing, FactoryError, OutputExists, TableMissing
from factory.simulate import clinical_source, export, simulate, writer
from factory.simulate.admissions import Hospital
from factory.simulate.ages import age_at, band
from factory.simulate.checkdigits import gb11643_check, hkid_check
from factory.simulate.clinical import KEYS, draw_people, read_source
from factory.simulate.places_cn import COUNTIES
from factory.simulate.stays import FIRST_DAY, LAST_DAY
from factory.simulate.tables import ENCOUNTERS, NOTES, PATIENTS

PEOPLE = 3000


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def small_source(path, people):
    """A source of so few people that they come round again."""
    source = read_source(clinical_source())
    table = pq.read_table(clinical_source()).to_pydict()
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(table)
        for person in source.people[:people]:
            out.writerows([column[row] for column in table.values()] for row in person)
    return path


@pytest.fixture(scope="module")
def source():
    return read_source(clinical_source())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("simulate") / "hospital"
    simulate(PEOPLE, 7, out)
    return out


@pytest.fixture(scope="module")
def patients(folder):
    return {row["mrn"]: row for row in rows_of(folder / "patients.csv")}


@pytest.fixture(scope="module")
def encounters(folder):
    return rows_of(folder / "encounters.csv")


def test_columns_are_those_promised(folder, source):
    assert list(rows_of(folder / "patients.csv")[0]) == list(PATIENTS)
    assert list(rows_of(folder / "encounters.csv")[0]) == [*ENCOUNTERS, *source.columns]
    assert list(rows_of(folder / "notes.csv")[0]) == list(NOTES)
    assert len(source.columns) == 48


def test_people_are_whole_and_their_clinical_values_unaltered(patients, encounters, source):
    real = Counter(tuple(source.rows[row] for row in person) for person in source.people)
    made: dict[str, list[tuple[str, ...]]] = {}
    for row in encounters:
        made.setdefault(row["mrn"], []).append(tuple(row[column] for column in source.columns))
    assert made.keys() == patients.keys()
    assert len(made) == PEOPLE
    assert not Counter(map(tuple, made.values())) - real


def test_the_shipped_rows_are_sorted_text(source):
    table = pq.read_table(clinical_source())
    numbers = [int(value) for value in table.column("encounter_id").to_pylist()]
    assert numbers == sorted(numbers)
    assert (table.num_rows, table.num_columns, len(source.people)) == (101_766, 50, 71_518)
    assert {str(field.type) for field in table.schema} == {"string"}


def test_stays_keep_order_length_and_readmission(encounters):
    before: dict[str, dict[str, str]] = {}
    for row in encounters:
        came, left = (datetime.fromisoformat(row[name]) for name in ("admitted_at", "discharged_at"))
        assert (left.date() - came.date()).days == int(row["time_in_hospital"])
        assert came <= left
        assert came.date() >= FIRST_DAY
        assert left.date() <= LAST_DAY
        if last := before.get(row["mrn"]):
            gap = (came.date() - datetime.fromisoformat(last["discharged_at"]).date()).days
            assert 1 <= gap <= 29 if last["readmitted"] == "<30" else 31 <= gap <= 700
        before[row["mrn"]] = row


def test_ages_agree_with_births_but_for_those_who_grow_younger(patients, encounters):
    stays: dict[str, list[tuple[int, bool]]] = {}
    for row in encounters:
        born = date.fromisoformat(patients[row["mrn"]]["birth_date"])
        low, high = band(row["age"])
        agrees = low <= age_at(born, datetime.fromisoformat(row["admitted_at"]).date()) < high
        stays.setdefault(row["mrn"], []).append((low, agrees))
    for seen in stays.values():
        lows = [low for low, _ in seen]
        assert seen[0][1]
        assert all(agrees for _, agrees in seen) or lows != sorted(lows)


def test_identity_numbers_check_and_agree_with_the_person(patients):
    counties = {county.code for county in COUNTIES}
    for row in patients.values():
        number = row["id_number"]
        if row["id_type"] == "HKID":
            assert number[-2] == hkid_check(number[:-9], number[-9:-3])
        elif row["id_type"] == "CNID":
            assert number[17] == gb11643_check(number[:17])
            assert number[:6] in counties
            assert number[6:14] == row["birth_date"].replace("-", "")
            assert row["sex"] == "U" or int(number[16]) % 2 == (row["sex"] == "M")
    shares = Counter(row["id_type"] for row in patients.values())
    assert 0.55 < shares["HKID"] / PEOPLE < 0.65
    assert 0.25 < shares["CNID"] / PEOPLE < 0.35
    assert len({row["id_number"][:6] for row in patients.values() if row["id_type"] == "CNID"}) > 50


def test_contacts_look_like_the_place(patients):
    for row in patients.values():
        if row["id_type"] == "HKID":
            assert row["phone_mobile"][0] in "569"
            assert len(row["phone_mobile"]) == 8
            assert row["phone_home"][:1] in ("", "2", "3")
            assert row["postcode"] == ""
        elif row["id_type"] == "CNID":
            assert row["phone_mobile"][0] == "1"
            assert row["phone_mobile"][1] in "3456789"
            assert len(row["phone_mobile"]) == 11
            assert len(row["postcode"]) == 6
        assert not row["email"] or "example." in row["email"]
    missing = {name: sum(not row[name] for row in patients.values()) / PEOPLE for name in PATIENTS}
    assert 0.15 < missing["email"] < 0.25
    assert 0.25 < missing["phone_home"] < 0.35
    assert 0.03 < missing["kin_name"] < 0.08


def test_gold_lines_point_into_the_notes(folder, encounters):
    notes = rows_of(folder / "notes.csv")
    gold = [json.loads(line) for line in (folder / "notes_gold.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [note["note_id"] for note in notes] == [line["note_id"] for line in gold]
    assert {note["encounter_id"] for note in notes} <= {row["encounter_id"] for row in encounters}
    for note, line in zip(notes, gold, strict=True):
        for span in line["spans"]:
            assert 0 <= span["start"] < span["end"] <= len(note["text"])
            assert list(span) == ["start", "end", "class", "of"]
    assert 0.55 < len(notes) / len(encounters) < 0.65


def test_the_same_seed_gives_the_same_bytes_whatever_the_hash_seed(tmp_path):
    call = "import sys, pathlib, factory.simulate as s; s.simulate(150, 3, pathlib.Path(sys.argv[1]))"
    for hash_seed in ("1", "2"):
        root = str(Path(export.__file__).parents[2])
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": root}
        subprocess.run([sys.executable, "-c", call, str(tmp_path / hash_seed)], env=env, check=True)
    assert digests(tmp_path / "1") == digests(tmp_path / "2")


def test_another_seed_gives_other_people_and_identities(tmp_path, folder):
    simulate(PEOPLE, 8, tmp_path / "out")
    for name in ("mrn", "id_number"):
        ours = {row[name] for row in rows_of(folder / "patients.csv")}
        theirs = {row[name] for row in rows_of(tmp_path / "out" / "patients.csv")}
        assert len(ours & theirs) < PEOPLE / 100


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_chunk_size_does_not_alter_the_bytes(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(writer, "ROW_GROUP", 100)
    clinical = small_source(tmp_path / "small.csv", 90)
    for chunk in (7, 1000):
        monkeypatch.setattr(export, "CHUNK", chunk)
        simulate(250, 7, tmp_path / str(chunk), kind, clinical)
    assert digests(tmp_path / "7") == digests(tmp_path / "1000")


def test_parquet_holds_the_same_values_as_csv(tmp_path):
    clinical = small_source(tmp_path / "small.csv", 40)
    simulate(100, 7, tmp_path / "csv", "csv", clinical)
    simulate(100, 7, tmp_path / "parquet", "parquet", clinical)
    for name in ("patients", "encounters", "notes"):
        table = pq.read_table(tmp_path / "parquet" / f"{name}.parquet").to_pylist()
        text = [{key: value or "" for key, value in row.items()} for row in table]
        assert text == rows_of(tmp_path / "csv" / f"{name}.csv")


def test_people_come_round_again_with_new_identities(tmp_path):
    clinical = small_source(tmp_path / "small.csv", 10)
    simulate(25, 7, tmp_path / "out", clinical=clinical)
    people = rows_of(tmp_path / "out" / "patients.csv")
    assert len(people) == len({row["mrn"] for row in people}) == len({row["id_number"] for row in people}) == 25


def test_numbers_are_unique_at_50_000_patients(source, monkeypatch):
    monkeypatch.setattr("factory.simulate.notes.how_many", lambda dice: 0)
    hospital = Hospital(source, 5)
    mrns, numbers, stays, devices = set(), set(), [], []
    for rows in draw_people(source, 50_000, 5):
        case = hospital.admit(rows)
        mrns.add(case.person.mrn)
        numbers.add(case.person.id_number)
        stays += [stay.encounter_id for stay in case.stays]
        devices += [stay.device for stay in case.stays if stay.device]
    assert len(mrns) == len(numbers) == 50_000
    assert len(set(stays)) == len(stays)
    assert len(set(devices)) == len(devices)


def test_progress_counts_people(tmp_path, monkeypatch):
    monkeypatch.setattr(export, "CHUNK", 40)
    seen = []
    simulate(100, 7, tmp_path / "out", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(40, 100), (80, 100), (100, 100)]


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(OutputExists, match="not empty"):
        simulate(10, 7, tmp_path / "out")
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "mine.txt"]


def test_an_empty_folder_is_taken_and_nothing_is_left_beside_it(tmp_path):
    (tmp_path / "out").mkdir()
    simulate(10, 7, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_failure_leaves_no_folder(tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(10, 7, tmp_path / "out", progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_arguments_that_cannot_be_met_are_refused(tmp_path):
    with pytest.raises(FactoryError, match="At least one"):
        simulate(0, 7, tmp_path / "out")
    with pytest.raises(FactoryError, match="csv or parquet"):
        simulate(1, 7, tmp_path / "out", format="xlsx")
    with pytest.raises(TableMissing):
        simulate(1, 7, tmp_path / "out", clinical=tmp_path / "none.csv")
    short = tmp_path / "short.csv"
    short.write_text("encounter_id,patient_nbr\n1,2\n", encoding="utf-8")
    with pytest.raises(ColumnMissing, match="gender"):
        simulate(1, 7, tmp_path / "out", clinical=short)
    short.write_bytes(b"encounter_id,patient_nbr\n1\n")
    with pytest.raises(BrokenFile):
        simulate(1, 7, tmp_path / "out", clinical=short)
    assert not (tmp_path / "out").exists()


def test_the_keys_of_the_real_rows_are_not_passed_on(encounters):
    table = pq.read_table(clinical_source(), columns=list(KEYS)).to_pydict()
    assert not {row["encounter_id"] for row in encounters} & set(table["encounter_id"])
    assert "patient_nbr" not in encounters[0]
