"""FHIR in and out keeps every reference: real resources as they are, and synthetic ones through the whole line."""

import json

import pytest
import yaml
from command import run_factory
from fhir.resources.R4B import get_fhir_model_class
from fhir_resources import read

from factory.formats.fhir import FhirSource, write
from factory.formats.fhir.coding import CODING
from factory.formats.fhir.ndjson import lines

TABLES = ("patient", "encounter", "condition", "procedure")
MOST_ROWS = 12
"""Rows a person of each table in the reduced export."""
EVERY = 25
"""One of so many of the 138,000 resources is held against fhir.resources; tests/benchmarks/fhir_round.py does all."""
STATEMENT = {"controller": "MIT", "legal_basis": "x", "dpia": "x", "dpo": "x", "review_on": "2030-01-01"}


@pytest.fixture(scope="module")
def mimic(factory_data):
    return factory_data / "mimic-iv-demo-fhir"


def _references(value):
    """Every reference in a resource."""
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def test_all_of_mimic_is_read_and_written_with_no_reference_lost(mimic, tmp_path):
    source = FhirSource(mimic)
    tables = {name: source.read(name, ()) for name in source.tables() if name != CODING}
    written = write(tables, tmp_path, every=EVERY)
    assert sum(written.values()) > 138_000
    before = {}
    for path in sorted(mimic.glob("*.ndjson.gz")):
        for _, resource in lines(path):
            before[f"{resource['resourceType']}/{resource['id']}"] = sorted(_references(resource))
    after = {}
    for path in tmp_path.glob("*.ndjson"):
        for line in path.open():
            resource = json.loads(line)
            after[f"{resource['resourceType']}/{resource['id']}"] = sorted(_references(resource))
    assert after == before
    assert {target for targets in after.values() for target in targets} <= set(after)


@pytest.fixture(scope="module")
def reduced(mimic, tmp_path_factory):
    """The people of mimic with their first rows of four tables."""
    folder = tmp_path_factory.mktemp("fhir") / "in"
    folder.mkdir()
    for path in sorted(mimic.glob("*.ndjson.gz")):
        kind = path.name.removeprefix("Mimic").split(".")[0]
        if not kind.startswith(("Patient", "Encounter", "Condition", "Procedure", "Location", "Organization")):
            continue
        rows: dict[str, int] = {}
        with (folder / f"{kind}.ndjson").open("w") as out:
            for _, resource in lines(path):
                whose = resource.get("subject", {}).get("reference", resource["id"])
                rows[whose] = rows.get(whose, 0) + 1
                if kind.startswith("Encounter") or rows[whose] <= MOST_ROWS:
                    out.write(json.dumps(resource) + "\n")
    return folder


@pytest.fixture(scope="module")
def synthetic(reduced, tmp_path_factory):
    """Resources of a release of a drafted contract, less title, owner, statement and policy."""
    work = tmp_path_factory.mktemp("fhir")
    draft = run_factory("contract", "draft", reduced, "--tables", ",".join(TABLES))
    assert draft.returncode == 0, draft.stderr
    policy = {"release": "data-use-agreement"}
    contract = {**yaml.safe_load(draft.stdout), "policy": policy, "statement": STATEMENT}
    (work / "contract.yaml").write_text(yaml.safe_dump(contract, sort_keys=False))
    asked = ["--data", reduced, "--run", work / "run", "--engine", "trees", "--seed", 1, "--plain"]
    done = run_factory("produce", work / "contract.yaml", *asked)
    # A hundred people cannot show that nobody is found: that the gates say so is the line at its end.
    assert done.returncode in (0, 40), done.stderr
    assert (work / "run" / "release" / "candidate" / "dossier.html").is_file()
    assert run_factory("convert", reduced, work / "codes", "--tables", "coding").returncode == 0
    done = run_factory("convert", work / "run", work / "out", "--to", "fhir", "--vocabulary", work / "codes")
    assert done.returncode == 0, done.stderr
    return work / "run", read(work / "out")


def test_synthetic_resources_are_valid_and_refer_to_each_other(synthetic):
    _, made = synthetic
    assert set(made) == {"Patient", "Encounter", "Condition", "Procedure"}
    there = {f"{kind}/{resource['id']}" for kind, resources in made.items() for resource in resources}
    for kind, resources in made.items():
        assert resources
        for resource in resources:
            get_fhir_model_class(kind).model_validate(resource)
            targets = list(_references(resource))
            assert set(targets) <= there
            assert kind == "Patient" or any(target.startswith("Patient/") for target in targets)
    whose = {f"Encounter/{stay['id']}": stay["subject"] for stay in made["Encounter"]}
    for kind in ("Condition", "Procedure"):
        assert all(whose[one["encounter"]["reference"]] == one["subject"] for one in made[kind])


def test_codes_have_their_systems_again_and_dates_no_more_than_a_year(synthetic):
    _, made = synthetic
    coded = [one["code"]["coding"][0] for one in made["Condition"] if "coding" in one.get("code", {})]
    assert coded and all(coding["system"].startswith("http") and coding["display"] for coding in coded)
    assert all(len(stay["period"]["start"]) == 4 for stay in made["Encounter"])
    assert all(stay["period"]["_start"]["extension"][0]["valueInteger"] >= 0 for stay in made["Encounter"])


def test_no_identifier_of_a_patient_is_in_them(synthetic, reduced):
    _, made = synthetic
    text = json.dumps(made)
    for _, person in lines(reduced / "Patient.ndjson"):
        for secret in (
            person["id"],
            person["identifier"][0]["value"],
            person["name"][0]["family"],
            person["birthDate"],
        ):
            assert secret not in text
