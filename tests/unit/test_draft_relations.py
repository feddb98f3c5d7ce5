"""Contracts drafted from linked tables: keys, relations, codes, words for missing values, and what is left out."""

import pandas as pd
import pyarrow as pa
import pytest
from synth_tables import LEVELS, linked, links_are_whole

from factory.contract import Contract, Role
from factory.core.errors import ContractError
from factory.intake.draft import drafted
from factory.synth.alone import ROW_KEY, source_of, synthesize


def _read(tables):
    return {name: pa.Table.from_pandas(frame, preserve_index=False) for name, frame in tables.items()}


def _drafted(tables, row_key=None):
    return Contract.model_validate(drafted(_read(tables), "Drafted", row_key))


def _links(contract):
    return {(link.child, link.parent) for link in contract.relations}


CHAIN = {
    ("admissions.subject_id", "patients.subject_id"),
    ("stays.hadm_id", "admissions.hadm_id"),
    ("charted.stay_id", "stays.stay_id"),
}


@pytest.mark.parametrize("order", [LEVELS, LEVELS[::-1]], ids=["downwards", "upwards"])
def test_four_levels_hang_together_each_under_the_lowest_above_it(order):
    tables = linked(150, 4)
    contract = _drafted({name: tables[name] for name in order})
    assert contract.person == "patients"
    assert {name: table.key for name, table in contract.tables.items()} == {
        "patients": "subject_id",
        "admissions": "hadm_id",
        "stays": "stay_id",
        "charted": "row_id",
    }
    assert _links(contract) == CHAIN
    # The columns that point further up are keys, never identifiers that are left out or values that are drawn.
    for column in ("hadm_id", "subject_id"):
        assert contract.tables["charted"].columns[column].role is Role.KEY
    assert list(contract.released_tables()) == list(LEVELS)


def test_four_drafted_levels_are_drawn_whole():
    tables = linked(150, 4)
    drawn = synthesize(tables, "trees", people=100, seed=1)
    links_are_whole(_drafted(tables), drawn)
    assert list(drawn) == list(LEVELS) and len(drawn["charted"])


def test_a_table_without_a_key_gets_one_that_no_file_has():
    tables = linked(150, 4)
    tables["charted"] = tables["charted"].drop(columns="row_id")
    with pytest.raises(ContractError, match="charted has no column that names each row"):
        drafted(_read(tables), "x")
    contract = _drafted(tables, ROW_KEY)
    assert contract.tables["charted"].key == ROW_KEY
    assert _links(contract) == CHAIN
    assert ROW_KEY not in synthesize(tables, "trees", people=50, seed=1)["charted"].columns


def test_words_for_missing_values_are_said_in_the_contract_and_read_as_missing():
    rows = 120
    people = pd.DataFrame(
        {
            "id": [f"p{i}" for i in range(rows)],
            "weight": ["NA" if i % 6 == 0 else str(60 + i % 13) for i in range(rows)],
            "grade": ["?" if i % 5 == 0 else "high" for i in range(rows)],
            "seen": ["NULL" if i % 4 == 0 else f"2020-01-0{1 + i % 9}" for i in range(rows)],
        }
    )
    contract = _drafted({"people": people})
    table = contract.tables["people"]
    assert set(table.missing) == {"", "NA", "?", "NULL"}
    assert table.columns["weight"].type.value == "integer"
    assert table.columns["seen"].role is Role.DATE
    source = source_of(_read({"people": people}), None)
    assert source.tables["people"][["weight", "grade", "seen"]].isna().sum().tolist() == [20, 24, 30]
    drawn = synthesize({"people": people}, "trees", seed=1)["people"]
    assert not drawn["grade"].isin(["?"]).any()
    assert drawn["grade"].isna().any()


@pytest.mark.parametrize("name", ["itemid", "icd_code", "discharge_disposition_id", "diagnosis_cd", "code"])
def test_whole_numbers_under_a_codes_name_are_categories(name):
    rows = 200
    frame = pd.DataFrame({"id": [f"p{i}" for i in range(rows)], name: [220_045 + 7 * (i % 5) for i in range(rows)]})
    column = _drafted({"people": frame}).tables["people"].columns[name]
    assert (column.role, column.type.value) == (Role.CLINICAL, "category")


def test_whole_numbers_under_another_name_are_numbers():
    frame = pd.DataFrame({"id": [f"p{i}" for i in range(200)], "glucose": [80 + i % 5 for i in range(200)]})
    assert _drafted({"people": frame}).tables["people"].columns["glucose"].type.value == "integer"


def test_codes_with_leading_zeros_stay_text():
    frame = pd.DataFrame({"id": [f"p{i}" for i in range(200)], "ward": [f"00{i % 4}" for i in range(200)]})
    assert set(synthesize(frame, "trees", seed=1)["ward"]) <= {"000", "001", "002", "003"}


def test_tables_that_point_to_each_other_make_no_cycle():
    ids = [f"a{i}" for i in range(60)]
    left = pd.DataFrame({"left_id": ids, "right_id": ids[::-1], "n": [i % 3 for i in range(60)]})
    right = pd.DataFrame({"right_id": ids, "left_id": ids[::-1], "m": [i % 4 for i in range(60)]})
    contract = _drafted({"left": left, "right": right}, ROW_KEY)
    assert len(contract.relations) == 1
    drawn = synthesize({"left": left, "right": right}, "trees", people=30, seed=1)
    links_are_whole(contract, drawn)


def test_three_tables_that_point_round_in_a_circle_make_no_cycle():
    n = 60
    keys = {name: [f"{name}{i}" for i in range(n)] for name in "abc"}
    tables = {
        name: pd.DataFrame({f"{name}_id": keys[name], f"{after}_id": [keys[after][i // 2] for i in range(n)]})
        for name, after in zip("abc", "bca", strict=True)
    }
    made = drafted(_read(tables), "round", ROW_KEY)
    assert len(made["relations"]) == 2
    Contract.model_validate(made)


def test_a_table_linked_to_nothing_is_left_out_and_said(capsys):
    tables = linked(150, 2)
    tables["prices"] = pd.DataFrame({"drug": [f"d{i}" for i in range(12)], "price": [1.5 * (i % 5) for i in range(12)]})
    drawn = synthesize(tables, "trees", people=50, seed=1)
    assert list(drawn) == ["patients", "admissions"]
    said = capsys.readouterr().err
    assert "note prices is linked to no row of patients: it is left out" in said


def test_a_link_with_a_value_that_is_not_there_is_no_link():
    tables = linked(150, 2)
    tables["admissions"].loc[3, "subject_id"] = "nobody"
    assert drafted(_read(tables), "x")["relations"] == []


def test_an_optional_link_is_a_key_and_no_parent():
    tables = linked(150, 3)
    tables["stays"].loc[::9, "hadm_id"] = None
    contract = _drafted(tables)
    assert ("stays.subject_id", "patients.subject_id") in _links(contract)
    assert contract.tables["stays"].columns["hadm_id"].role is Role.KEY


def test_two_tables_that_share_a_column_of_values_are_not_linked_by_it():
    people = pd.DataFrame({"id": [f"p{i}" for i in range(50)], "site": [f"s{i % 3}" for i in range(50)]})
    visits = pd.DataFrame(
        {"visit_id": [f"v{i}" for i in range(90)], "id": [f"p{i % 50}" for i in range(90)], "site": ["s1"] * 90}
    )
    assert _links(_drafted({"people": people, "visits": visits})) == {("visits.id", "people.id")}
