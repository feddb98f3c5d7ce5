"""A bad export gets one sentence naming file and line, an exit code of its own, no value, and nothing is written."""

import gzip
import json

import pytest
import yaml
from command import run_factory
from fhir_resources import SECRET, condition, encounter, export, many, patient, request

from factory.cli.main import main

PEOPLE = 30


@pytest.fixture(scope="module")
def drafted(tmp_path_factory):
    """A good export, and the contract drafted for it."""
    work = tmp_path_factory.mktemp("fhir")
    export(work / "in", many(PEOPLE))
    done = run_factory("contract", "draft", work / "in")
    assert done.returncode == 0, done.stderr
    contract = {**yaml.safe_load(done.stdout), "policy": {"fewest_people": PEOPLE}}
    (work / "contract.yaml").write_text(yaml.safe_dump(contract, sort_keys=False))
    return work


def _add(folder, name, line):
    with (folder / f"{name}.ndjson").open("ab") as handle:
        handle.write(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")


def _packed(folder, cut):
    path = folder / "Patient.ndjson"
    (folder / "Patient.ndjson.gz").write_bytes(cut(path.read_bytes()))
    path.unlink()


CASES = {
    "a line that is no JSON": (lambda f: _add(f, "Patient", f'{{"id": "{SECRET}"\n'.encode()), 18, "line 31"),
    "a line that is no resource": (lambda f: _add(f, "Patient", {"id": SECRET}), 18, "line 31 is no FHIR resource"),
    "a list": (lambda f: _add(f, "Patient", [SECRET]), 18, "line 31 is no FHIR resource"),
    "NaN": (lambda f: _add(f, "Patient", b'{"resourceType": "Patient", "id": NaN}\n'), 18, "line 31 is not JSON"),
    "a resource of another type": (lambda f: _add(f, "Patient", encounter(900)), 18, "line 31 is no Patient"),
    "no id": (lambda f: _add(f, "Patient", {"resourceType": "Patient"}), 18, "line 31: id"),
    "an element of another shape": (
        lambda f: _add(f, "Patient", patient(900, name={"family": SECRET})),
        18,
        "line 31: name",
    ),
    "not UTF-8": (lambda f: _add(f, "Patient", "陳大文\n".encode("big5")), 17, "line 31 is not UTF-8"),
    "an id twice": (lambda f: _add(f, "Patient", patient(1)), 14, "1 of 31 resources have an id"),
    "a reference to nowhere": (
        lambda f: _add(f, "Condition", condition(9000, 1, SECRET)),
        15,
        "encounter_id refers to no Encounter",
    ),
    "a drug that is nowhere": (
        lambda f: _add(
            f, "MedicationRequest", request(9000, 1, 1, medicationReference={"reference": f"Medication/{SECRET}"})
        ),
        15,
        "medication_id refers to no Medication",
    ),
    "a status that FHIR has not": (
        lambda f: _add(f, "Encounter", encounter(900, status=SECRET, location=[])),
        13,
        "status leaves the contract's code list",
    ),
    "an empty file": (lambda f: (f / "Patient.ndjson").write_bytes(b""), 16, "Patient.ndjson is empty"),
    "nothing but empty lines": (lambda f: (f / "Patient.ndjson").write_bytes(b"\n\n"), 16, "holds no resource"),
    "not gzip": (lambda f: _packed(f, lambda data: data), 18, "is not gzip"),
    "gzip cut short": (lambda f: _packed(f, lambda data: gzip.compress(data)[:-20]), 18, "cut short"),
    "no patients": (lambda f: (f / "Patient.ndjson").unlink(), 11, "holds Patient resources"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_bad_export(case, drafted, tmp_path, capsys):
    spoil, code, named = CASES[case]
    folder = export(tmp_path / "in", many(PEOPLE))
    spoil(folder)
    ended = main(["contract", "check", str(drafted / "contract.yaml"), "--data", str(folder)])
    said = "".join(capsys.readouterr())
    assert ended == code, said
    assert named in said and SECRET not in said and "Traceback" not in said


@pytest.mark.parametrize("case", ["a line that is no JSON", "a reference to nowhere", "an empty file"])
def test_nothing_is_written_of_it(case, drafted, tmp_path):
    spoil, code, named = CASES[case]
    folder = export(tmp_path / "in", many(PEOPLE))
    spoil(folder)
    run = tmp_path / "run"
    done = run_factory("produce", drafted / "contract.yaml", "--data", folder, "--run", run, "--plain")
    assert done.returncode == code and named in done.stderr and SECRET not in done.stderr
    assert not (run / "source" / "intake").exists() and not (run / "release").exists()
    done = run_factory("convert", folder, tmp_path / "out", "--to", "parquet")
    assert done.returncode == code and named in done.stderr
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob(".part-*"))


def test_a_line_without_end_is_refused(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "Patient.ndjson.gz").write_bytes(gzip.compress(b" " * (70 << 20), mtime=0))
    done = run_factory("contract", "draft", tmp_path / "in")
    assert done.returncode == 18 and "line 1: the line is longer than any resource" in done.stderr


def test_tables_that_are_no_resources_are_written_as_nothing(tmp_path):
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "wards.csv").write_text("ward,beds\nA,3\n")
    done = run_factory("convert", folder, tmp_path / "out", "--to", "fhir")
    assert done.returncode == 11 and "None of the tables" in done.stderr and not (tmp_path / "out").exists()
