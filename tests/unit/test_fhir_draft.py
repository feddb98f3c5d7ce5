"""A draft of a FHIR export has its keys, links and roles from FHIR, and holds of the data it was drafted from."""

import pyarrow as pa
import pytest
import yaml
from command import run_factory
from fhir_resources import concept, export, many

from factory.contract import Contract, Role, Table
from factory.deid.batch.reading import Reading, distinct
from factory.deid.kinds import ColumnKind
from factory.formats import open_source
from factory.formats.combined import Chosen
from factory.intake.draft import draft_source
from factory.intake.validate import type_table

ALONE = "A1234563"
NDC = "http://hl7.org/fhir/sid/ndc"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    files = many(40)
    for one in files["Observation"]:
        del one["encounter"]
    for one in files["MedicationRequest"]:
        one["medicationCodeableConcept"] = concept("00536242558", NDC)
        del one["medicationReference"]
    # What one person alone has, in the place of a code.
    files["MedicationRequest"][0]["medicationCodeableConcept"] = concept(ALONE, NDC)
    return export(tmp_path_factory.mktemp("fhir") / "in", files)


@pytest.fixture(scope="module")
def drafted(folder):
    return Contract.model_validate(yaml.safe_load(draft_source(open_source(str(folder)), "x")))


def test_links_are_those_that_every_row_has(drafted):
    assert drafted.person == "patient"
    assert {(link.child, link.parent_table) for link in drafted.relations} == {
        ("encounter.patient_id", "patient"),
        ("condition.encounter_id", "encounter"),
        ("medication_request.encounter_id", "encounter"),
        ("observation.patient_id", "patient"),
        ("observation_component.observation_id", "observation"),
    }


def test_roles_are_what_fhir_says(drafted):
    person = drafted.tables["patient"].columns
    for name in ("mrn", "family_name", "given_name", "phone", "email", "address_line", "city", "postcode", "country"):
        assert person[name].role is Role.IDENTIFIER, name
    for name in ("gender", "race_code", "birth_sex"):
        assert person[name].role is Role.QUASI_IDENTIFIER, name
    assert person["birth_date"].birth and person["gender"].codes == ("male", "female", "other", "unknown")
    assert drafted.tables["condition"].columns["code"].role is Role.SENSITIVE
    assert drafted.tables["observation_component"].columns["value"].type == "number"
    assert [rule.id for rule in drafted.rules] == ["encounter-ends"]


def test_addresses_of_systems_and_words_are_not_in_it_and_codes_like_numbers_are_listed(drafted):
    columns = [column for table in drafted.tables.values() for column in table.columns]
    assert not [column for column in columns if column.endswith(("_system", "_display"))]
    assert drafted.tables["medication_request"].columns["medication_code"].codes == ("00536242558",)
    assert drafted.tables["condition"].columns["code"].codes is None


def test_what_one_person_alone_has_is_no_code(drafted, folder):
    column = drafted.tables["medication_request"].columns["medication_code"]
    assert column.codes_from == "data" and ALONE not in draft_source(open_source(str(folder)), "x")
    values = pa.chunked_array([["00536242558", ALONE, None]])
    read = distinct(values.chunk(0), Reading("x", "x", column, ColumnKind.CATEGORY, None, ("",), 89))
    assert read.values.tolist() == ["00536242558", None] and not read.misfit.any()
    key = {"role": "key", "type": "string", "as": "id"}
    table = Table.model_validate({"key": "id", "columns": {"id": key, "x": column.model_dump(by_alias=True)}})
    frame, wrong = type_table(pa.table({"id": ["1", "2", "3"], "x": values}), table, "x.csv")
    assert frame["x"].tolist() == ["00536242558", None, None] and not wrong


def test_the_data_keep_it(folder, tmp_path):
    done = run_factory("contract", "draft", folder)
    assert done.returncode == 0, done.stderr
    text = done.stdout + "policy: {fewest_people: 40}\n"
    (tmp_path / "contract.yaml").write_text(text)
    checked = run_factory("contract", "check", tmp_path / "contract.yaml", "--data", folder)
    assert checked.returncode == 0, checked.stdout


def test_a_draft_of_some_tables_hangs_them_from_the_nearest_that_is_there(folder):
    some = Chosen(open_source(str(folder)), ("patient", "condition", "observation_component"))
    made = Contract.model_validate(yaml.safe_load(draft_source(some, "x")))
    # A component has no patient of its own, and without its observation it is nobody's.
    assert list(made.tables) == ["patient", "condition"]
    assert [(link.child, link.parent) for link in made.relations] == [("condition.patient_id", "patient.patient_id")]
