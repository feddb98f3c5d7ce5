"""The OMOP CDM 5.4 as data, and what is read as its types."""

import datetime as dt

import pyarrow as pa
import pytest

from factory.core.errors import BrokenFile, ColumnMissing, WrongType
from factory.formats.omop import cdm
from factory.formats.omop.typing import conformed
from factory.formats.omop.vocabulary import own_concepts

# OMOPCDM_duckdb_5.4_ddl.sql: 39 tables; tables without a primary key in OMOPCDM_duckdb_5.4_primary_keys.sql.
KEYLESS = {
    "death",
    "fact_relationship",
    "episode_event",
    "cdm_source",
    "concept_relationship",
    "concept_synonym",
    "concept_ancestor",
    "source_to_concept_map",
    "drug_strength",
    "cohort",
    "cohort_definition",
}


def test_the_specification_is_whole():
    tables = cdm.tables()
    assert len(tables) == 39
    assert {name for name, table in tables.items() if table.key is None} == KEYLESS
    assert all(table.key is None or table.fields[table.key].required for table in tables.values())


def test_every_link_points_to_a_table_with_a_key_of_its_type():
    for table in cdm.tables().values():
        for link in table.links:
            parent = cdm.tables()[link.refers_to]
            assert parent.fields[parent.key].kind == link.kind, (table.name, link.name)
            assert not link.name.endswith("_concept_id") or link.refers_to == "concept"


def test_parents_stand_before_their_children():
    order = cdm.parents_first()
    assert sorted(order) == sorted(cdm.tables())
    for name in ("visit_occurrence", "condition_occurrence", "death"):
        assert order.index("person") < order.index(name)
    assert order.index("visit_occurrence") < order.index("visit_detail")


def test_omops_own_concepts_are_rows_of_its_table():
    assert own_concepts().schema.names == cdm.tables()["concept"].schema.names
    ids = own_concepts()["concept_id"].to_pylist()
    assert len(set(ids)) == len(ids) and {0, 8507, 8532, 32817, 32880} <= set(ids)


def read(**columns):
    """One row of `death` with some of its columns as given."""
    given = {"PERSON_ID": [1], "Death_Date": [dt.date(2020, 1, 2)], **columns}
    return conformed(pa.table(given), cdm.tables()["death"], "death")


def test_names_are_read_whatever_their_case_and_unknown_ones_are_told():
    rows, unknown = read(cause_source_value=[7], Ward=["x"])
    assert rows.column_names == ["person_id", "death_date", "cause_source_value"]
    assert rows["cause_source_value"].to_pylist() == ["7"] and unknown == ["column 4"]


def test_fields_of_version_5_3_get_their_new_names():
    visit = {
        "visit_occurrence_id": [1],
        "person_id": [1],
        "visit_start_date": ["2020-01-01"],
        "visit_end_date": ["20200102"],
        "admitting_source_value": ["home"],
    }
    rows, _ = conformed(pa.table(visit), cdm.tables()["visit_occurrence"], "visit")
    assert rows["admitted_from_source_value"].to_pylist() == ["home"]
    assert rows["visit_end_date"].to_pylist() == [dt.date(2020, 1, 2)]


@pytest.mark.parametrize(
    ("field", "given", "becomes"),
    [
        ("person_id", [" 12 "], 12),
        ("person_id", ["12.0"], 12),
        ("person_id", [12.0], 12),
        ("person_id", ["9007199254740993"], 9007199254740993),
        ("cause_concept_id", [""], None),
        ("death_date", [dt.datetime(2020, 1, 2, 23, 59)], dt.date(2020, 1, 2)),
        ("death_datetime", ["2020-01-02 03:04:05+08:00"], dt.datetime(2020, 1, 2, 3, 4, 5)),
        ("death_datetime", [dt.date(2020, 1, 2)], dt.datetime(2020, 1, 2)),
    ],
)
def test_what_is_read_as_a_type(field, given, becomes):
    columns = {"PERSON_ID": [1], "Death_Date": ["2020-01-01"]}
    columns = {name: values for name, values in columns.items() if name.casefold() != field}
    rows, _ = conformed(pa.table({**columns, field: given}), cdm.tables()["death"], "death")
    assert rows[field].to_pylist() == [becomes]


@pytest.mark.parametrize("given", [["x7"], [1.5], [True], ["1e3"], [float("nan")]], ids=repr)
def test_what_is_no_id(given):
    with pytest.raises(WrongType, match="person_id should be integer; 1 of 1 rows are not") as caught:
        conformed(pa.table({"person_id": given, "death_date": ["2020-01-01"]}), cdm.tables()["death"], "death")
    assert "x7" not in str(caught.value)


@pytest.mark.parametrize("given", [["2020-13-01"], ["soon"], [1.5]], ids=repr)
def test_what_is_no_date(given):
    with pytest.raises(WrongType, match="death_date should be date"):
        conformed(pa.table({"person_id": [1], "death_date": given}), cdm.tables()["death"], "death")


def test_a_required_field_and_a_field_twice():
    with pytest.raises(ColumnMissing, match="lacks the column death_date"):
        conformed(pa.table({"person_id": [1]}), cdm.tables()["death"], "death")
    with pytest.raises(BrokenFile, match=r"its column 3 as an earlier one"):
        read(person_id=[1])
