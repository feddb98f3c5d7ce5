"""Reading OMOP tables: what is left out, what is derived, what is refused, and what a draft knows."""

import datetime as dt

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
import yaml
from command import run_factory
from omop_tables import cdm, written

from factory.cli.main import main
from factory.contract import Contract, Role
from factory.formats import open_source
from factory.formats.omop.check import check, judged
from factory.formats.omop.out import Mended, as_omop_source
from factory.intake.draft import draft_source


def source(folder):
    return open_source(f"omop:{folder}")


def drafted(folder):
    made = yaml.safe_load(draft_source(source(folder), "hand made"))
    return Contract.model_validate(made)


def test_placeholders_empty_and_unknown_tables_are_left_out_and_said(tmp_path, capsys):
    tables = cdm()
    tables["PROVIDER"] = {"column0": ["PROVIDER_ID"], "column1": ["PROVIDER_NAME"]}
    tables["care_site"] = {"care_site_id": pa.array([], pa.int64())}
    tables["wards"] = {"x": [1]}
    there = source(written(tmp_path, tables)).tables()
    assert there == ("concept", "condition_occurrence", "death", "measurement", "person", "visit_occurrence")
    said = capsys.readouterr().err
    assert "placeholder row only: PROVIDER" in said
    assert "without rows: care_site" in said and "unknown to OMOP CDM 5.4: wards" in said


def test_csv_reads_as_parquet_does(tmp_path):
    for name, columns in cdm().items():
        (tmp_path / "csv").mkdir(exist_ok=True)
        pacsv.write_csv(pa.table(columns), tmp_path / "csv" / f"{name.upper()}.csv")
    a, b = source(tmp_path / "csv"), source(written(tmp_path / "parquet"))
    assert a.tables() == b.tables()
    for table in a.tables():
        assert a.read(table, ("",)).equals(b.read(table, ("",))), table


def test_a_birth_date_is_whole_and_a_death_has_a_key(tmp_path):
    there = source(written(tmp_path))
    born = [dt.datetime(1950, 4, 30), dt.datetime(1960, 7, 1), dt.datetime(1970, 6, 15)]
    assert there.read("person", ("",))["birth_datetime"].to_pylist() == born
    assert there.read("death", ("",))["death_id"].to_pylist() == [3]


def test_links_into_a_table_that_is_not_there_are_none_and_said(tmp_path, capsys):
    tables = cdm()
    tables["person"]["provider_id"] = [0, 0, None]
    assert source(written(tmp_path, tables)).read("person", ("",))["provider_id"].null_count == 3
    assert "person.provider_id: 2 links into provider, which is not there, are none" in capsys.readouterr().err


def test_digests_follow_what_is_pointed_to(tmp_path):
    there = source(written(tmp_path))
    before = there.digests(("condition_occurrence",))
    assert set(before) == {
        f"{name}.parquet" for name in ("condition_occurrence", "person", "visit_occurrence", "concept")
    }
    tables = cdm()
    tables["concept"]["concept_name"][0] = "changed"
    assert source(written(tmp_path, tables)).digests(("condition_occurrence",)) != before


def broken(table, column, row, value):
    tables = cdm()
    tables[table][column] = [value if at == row else given for at, given in enumerate(tables[table][column])]
    return tables


def without(table):
    return {name: columns for name, columns in cdm().items() if name != table}


BAD = {
    "unknown concept": (
        broken("condition_occurrence", "condition_concept_id", 0, 987654),
        15,
        "an unknown concept in 1 of 3",
    ),
    "no person": (without("person"), 11, "no table person"),
    "no id": (
        {**cdm(), "death": {"person_id": ["three"], "death_date": [dt.date(2021, 1, 1)]}},
        13,
        "person_id should be integer; 1 of 1",
    ),
    "key twice": (broken("measurement", "measurement_id", 1, 7), 14, "that of an earlier row in 1 of 2"),
    "orphan": (broken("measurement", "person_id", 1, 77), 15, "no row of person in 1 of 2"),
    "orphan of a visit": (
        broken("condition_occurrence", "visit_occurrence_id", 0, 11),
        15,
        "no row of visit_occurrence",
    ),
    "empty date": (broken("measurement", "measurement_date", 0, None), 13, "measurement_date is empty"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_one_sentence_and_a_code_and_nothing_is_written(tmp_path, capsys, what):
    tables, code, said = BAD[what]
    folder, out = written(tmp_path / "cdm", tables), tmp_path / "out"
    done = run_factory("convert", f"omop:{folder}", out, "--to", "omop")
    complaint = [line for line in done.stderr.splitlines() if line.startswith("factory:")]
    assert done.returncode == code and len(complaint) == 1 and said in complaint[0], done.stderr
    assert not out.exists() and not list(tmp_path.glob(".part-*"))
    for value in ("987654", "three", "77"):
        assert value not in done.stderr
    assert main(["contract", "draft", f"omop:{folder}"]) == code and capsys.readouterr().out == ""


def test_what_cannot_stand_is_mended_and_counted(tmp_path, capsys):
    tables = cdm()
    tables["person"]["person_id"] = [1, 2, 2]  # the deceased third, and who else was the third, are nobody
    tables["measurement"]["measurement_id"] = [7, 7]
    tables["condition_occurrence"]["condition_concept_id"] = [320128, 987654, 0]
    tables["condition_occurrence"]["visit_occurrence_id"] = [10, 99, None]
    made = Mended(as_omop_source(source(written(tmp_path, tables))))
    said = capsys.readouterr().err
    assert "person: 1 of 3 rows with an earlier row's key dropped" in said
    assert "condition_occurrence: 1 of 3 rows dropped, whose person_id points to no row of person" in said
    assert "measurement: 1 of 2 rows with an earlier row's key got a new one" in said
    assert "values of condition_concept_id became No matching concept" in said
    assert "values of visit_occurrence_id emptied" in said
    assert len(made.made["death"]) == 0 and made.made["measurement"]["measurement_id"].to_pylist() == [7, 8]
    assert judged(made.made) == []


def test_what_stands_is_not_touched(tmp_path):
    folder = written(tmp_path / "cdm")
    for flags in ([], ["--mend"]):
        out = tmp_path / f"out{len(flags)}"
        done = run_factory("convert", f"omop:{folder}", out, "--to", "omop", *flags)
        assert done.returncode == 0, done.stderr
        assert check(out) == []
        for name, columns in cdm().items():
            kept = pq.read_table(out / f"{name}.parquet").slice(0, len(next(iter(columns.values()))))
            assert kept.select(list(columns)).to_pydict() == columns, name


def test_a_draft_knows_keys_links_roles_codes_and_order(tmp_path):
    contract = drafted(written(tmp_path))
    person, condition = contract.tables["person"].columns, contract.tables["condition_occurrence"].columns
    assert contract.person == "person" and person["gender_concept_id"].role is Role.QUASI_IDENTIFIER
    assert person["birth_datetime"].birth and not {"year_of_birth", "month_of_birth"} & set(person)
    assert person["person_source_value"].role is Role.IDENTIFIER
    assert condition["condition_source_value"].role is Role.FREE_TEXT
    assert condition["condition_concept_id"].codes == ("0", "201826", "320128")
    assert {(link.child, link.parent) for link in contract.relations} == {
        ("visit_occurrence.person_id", "person.person_id"),
        ("condition_occurrence.person_id", "person.person_id"),
        ("measurement.visit_occurrence_id", "visit_occurrence.visit_occurrence_id"),
        ("death.person_id", "person.person_id"),
    }
    assert [(rule.earlier, rule.later) for rule in contract.rules] == [
        ("visit_start_date", "visit_end_date"),
        ("condition_start_date", "condition_end_date"),
    ]


def test_a_vocabulary_too_large_to_list_lists_what_is_used(tmp_path, monkeypatch):
    monkeypatch.setattr("factory.formats.omop.hints.MOST_CODES", 2)
    contract = drafted(written(tmp_path))
    column = contract.tables["measurement"].columns["measurement_concept_id"]
    assert column.codes == ("0", "3004501")
    column = contract.tables["visit_occurrence"].columns["visit_concept_id"]
    # Fewer people than a cell may show share each of the visits' concepts: none is listed, and all are read as missing.
    assert column.codes == () and column.codes_from == "data" and "5 in the vocabulary" in column.reason


def test_a_list_taken_from_the_data_holds_what_enough_people_share(tmp_path):
    tables = cdm()
    del tables["concept"]
    people = list(range(1, 31))
    tables["person"] = {name: [values[0]] * 30 for name, values in tables["person"].items()} | {"person_id": people}
    tables["observation"] = {
        "observation_id": people,
        "person_id": people,
        "observation_concept_id": [4005823] * 11 + [91234567] * 10 + [93456789] * 9,
        "observation_date": [dt.date(2020, 1, 1)] * 30,
        "observation_type_concept_id": [32817] * 30,
    }
    for name in [name for name in tables if name not in ("person", "observation")]:
        del tables[name]
    column = drafted(written(tmp_path, tables)).tables["observation"].columns["observation_concept_id"]
    assert column.codes == ("4005823",) and column.codes_from == "data"


def test_the_draft_is_kept_by_the_data(tmp_path):
    folder = written(tmp_path / "cdm")
    contract = tmp_path / "contract.yaml"
    draft = run_factory("contract", "draft", f"omop:{folder}")
    contract.write_text(draft.stdout + "policy: {fewest_people: 20}\n")
    done = run_factory("contract", "check", contract, "--data", f"omop:{folder}")
    # Three people are too few for any line; nothing else is found.
    assert done.returncode == 19 and done.stdout.count("error") == 1, done.stdout + done.stderr
