"""Clinical rules on values: which rows break them, in the shape of the source and in the released one."""

import numpy as np
import pandas as pd
import pytest
import yaml
from synth_tables import HEAD, TABLES, a_contract, clinical, key

from factory.checks.comparison import comparison
from factory.checks.fidelity.rules import measure_rules
from factory.contract import Contract, as_it_is, load, released
from factory.contract.holds import broken_rows, combinations_of
from factory.core.errors import ContractError

SECRET = "zq-secret"


def _tables():
    columns = TABLES["patients"]["columns"]
    people = {**TABLES["patients"], "columns": {**columns, "sex": clinical("category", **{"as": "gender"})}}
    visits = {
        "key": "visit",
        "columns": {
            "visit": key("visit_row"),
            "subject_id": key("subject_row"),
            "at": {"role": "date", "type": "date"},
            "systolic": clinical("number"),
            "diastolic": clinical("number", **{"as": "diastole"}),
            "gestation": clinical("integer"),
            "state": clinical("category"),
            "test": clinical("category"),
            "unit": clinical("category"),
        },
    }
    return {"patients": people, "visits": visits}


def _contract(*rules):
    links = [{"child": "visits.subject_id", "parent": "patients.subject_id"}]
    given = {**HEAD, "person": "patients", "tables": _tables(), "relations": links, "rules": list(rules)}
    return Contract.model_validate(given)


PEOPLE = pd.DataFrame(
    {
        "subject_id": ["a", "b", "c"],
        "sex": ["female", "male", None],
        "site": ["north", "west", "west"],
        "pregnant": pd.Series([True, False, pd.NA], dtype="boolean"),
        "weight": [60.0, 80.0, np.nan],
        "children": pd.Series([2, 0, pd.NA], dtype="Int64"),
    }
)
VISITS = pd.DataFrame(
    {
        "visit": list("uvwxyz"),
        "subject_id": ["a", "a", "b", "b", "c", "c"],
        "at": pd.to_datetime(["2020-01-01"] * 6),
        "systolic": [120.0, 80.0, 110.0, np.nan, 90.0, 130.0],
        "diastolic": [80.0, 80.0, 115.0, 90.0, np.nan, 70.0],
        "gestation": pd.Series([20, 60, 4, pd.NA, 8, -1], dtype="Int64"),
        "state": ["pregnant", "pregnant", "pregnant", "well", "pregnant", None],
        "test": ["sodium", "sodium", "weight", "weight", None, "sodium"],
        "unit": ["mmol/L", "kg", "kg", "kg", "kg", None],
    }
)


def _source(contract):
    return as_it_is(contract), {"patients": PEOPLE, "visits": VISITS}


def _released(contract):
    """The same rows as de-identification shapes them: keys renumbered, columns renamed, dates as years and days."""
    people = PEOPLE.rename(columns={"subject_id": "subject_row", "sex": "gender"}).assign(subject_row=[1, 2, 3])
    names = {"visit": "visit_row", "subject_id": "subject_row", "diastolic": "diastole"}
    visits = VISITS.rename(columns=names).assign(
        visit_row=range(1, 7), subject_row=[1, 1, 2, 2, 3, 3], at_year=2020, at_day=0
    )
    shapes = released(contract)
    return shapes, {"patients": people[shapes["patients"].names()], "visits": visits[shapes["visits"].names()]}


@pytest.fixture(params=[_source, _released], ids=["source", "released"])
def shaped(request):
    return request.param


def _broken(shaped, rule, seen_in=None):
    contract = _contract({"id": "r", "table": "visits", **rule})
    shapes, frames = shaped(contract)
    (made,) = contract.rules
    seen = combinations_of(made, shapes, frames) if seen_in else None
    rows = broken_rows(made, contract, shapes, seen_in(frames) if seen_in else frames, seen)
    assert rows.dtype == bool and (rows.index == frames["visits"].index).all()
    return [letter for letter, off in zip("uvwxyz", rows, strict=True) if off]


@pytest.mark.parametrize(
    ("op", "off"),
    [(">", "vw"), (">=", "w"), ("<", "uvz"), ("<=", "uz"), ("==", "uwz")],
)
def test_two_columns_compared(shaped, op, off):
    rule = {"kind": "compare", "left": "systolic", "op": op, "right": "diastolic"}
    assert _broken(shaped, rule) == list(off)


@pytest.mark.parametrize(("op", "value", "off"), [(">=", 0, "z"), ("<", 60, "v"), ("==", 8, "uvwz"), (">", -1.5, "")])
def test_a_column_compared_with_a_number_and_missing_breaks_nothing(shaped, op, value, off):
    assert _broken(shaped, {"kind": "compare", "left": "gestation", "op": op, "value": value}) == list(off)


def test_pregnant_implies_female_of_the_person_and_who_has_no_sex_breaks_nothing(shaped):
    rule = {"kind": "implies", "when": {"state": ["pregnant"]}, "then": {"person.sex": ["female"]}}
    assert _broken(shaped, rule) == ["w"]


def test_a_persons_column_can_stand_on_either_side_of_implies(shaped):
    rule = {"kind": "implies", "when": {"person.sex": ["male"]}, "then": {"state": ["well"]}}
    assert _broken(shaped, rule) == ["w"]
    rule = {"kind": "implies", "when": {"person.site": ["west"], "state": ["pregnant"]}, "then": {"unit": ["mmol/L"]}}
    assert _broken(shaped, rule) == ["w", "y"]


def test_implies_of_booleans_and_whole_numbers_is_written_as_they_read(shaped):
    contract = _contract(
        {
            "kind": "implies",
            "id": "r",
            "table": "patients",
            "when": {"pregnant": ["True"]},
            "then": {"sex": ["female"], "children": ["0", "1"]},
        }
    )
    shapes, frames = shaped(contract)
    assert broken_rows(contract.rules[0], contract, shapes, frames).tolist() == [True, False, False]


def test_a_range_holds_in_all_rows_or_where_it_says(shaped):
    rule = {"kind": "range", "column": "gestation", "minimum": 0, "maximum": 45}
    assert _broken(shaped, rule) == ["v", "z"]
    assert _broken(shaped, {**rule, "when": {"state": ["pregnant"]}}) == ["v"]
    assert _broken(shaped, {**rule, "when": {"person.sex": ["male"]}}) == []
    assert _broken(shaped, {"kind": "range", "column": "systolic", "minimum": 85}) == ["v"]


def test_a_combination_is_one_of_the_list(shaped):
    allowed = [["sodium", "mmol/L"], ["weight", "kg"], ["", "kg"]]
    rule = {"kind": "combination", "columns": ["test", "unit"], "allowed": allowed}
    # A missing value is written as the empty text, here as in the list.
    assert _broken(shaped, rule) == ["v", "z"]


def test_a_combination_without_a_list_is_one_that_the_source_has(shaped):
    def swapped(frames):
        visits = frames["visits"].copy()
        visits.loc[3, "unit"] = "mmol/L"
        return {**frames, "visits": visits}

    rule = {"kind": "combination", "columns": ["test", "unit"]}
    assert _broken(shaped, rule, swapped) == ["x"]
    assert _broken(shaped, rule) == []


def test_the_gate_counts_each_rule_and_takes_combinations_from_the_real_tables():
    contract = _contract(
        {"kind": "compare", "id": "pressure", "table": "visits", "left": "systolic", "op": ">", "right": "diastolic"},
        {"kind": "combination", "id": "unit", "table": "visits", "columns": ["test", "unit"]},
    )
    _, frames = _released(contract)
    off = {**frames, "visits": frames["visits"].assign(unit="mg")}
    _, details = measure_rules(comparison(contract, frames, frames, off, 1))
    assert {rule: parts["synthetic"] for rule, parts in details["rules"].items()} == {
        "pressure": 2,
        "unit": 6,
        "patients-key-unique": 0,
        "visits-key-unique": 0,
        "visits-has-parent": 0,
    }


def test_order_and_duration_of_moments_count_calendar_days():
    rules = [
        {"kind": "order", "id": "o", "table": "admissions", "earlier": "admittime", "later": "dischtime"},
        {"kind": "duration", "id": "d", "table": "admissions", "start": "admittime", "end": "dischtime", "days": "n"},
    ]
    admissions = TABLES["admissions"]
    tables = {
        "patients": TABLES["patients"],
        "admissions": {**admissions, "columns": {**admissions["columns"], "n": clinical("integer")}},
    }
    links = [{"child": "admissions.subject_id", "parent": "patients.subject_id"}]
    contract = Contract.model_validate(
        {**HEAD, "person": "patients", "tables": tables, "relations": links, "rules": rules}
    )
    starts = ["2020-01-01 23:50", "2020-01-02 10:00", "2020-01-05", None]
    ends = ["2020-01-02 00:10", "2020-01-02 09:00", "2020-01-06", "2020-01-06"]
    frame = pd.DataFrame(
        {
            "hadm_id": list("abcd"),
            "subject_id": ["a", "a", "b", "b"],
            "admittime": pd.to_datetime(starts, format="ISO8601"),
            "dischtime": pd.to_datetime(ends, format="ISO8601"),
            "died": "no",
            "n": pd.Series([1, 0, 2, 5], dtype="Int64"),
        }
    )
    frames = {"patients": PEOPLE, "admissions": frame}
    order, duration = (broken_rows(rule, contract, as_it_is(contract), frames) for rule in contract.rules)
    assert order.tolist() == [False, True, False, False]
    assert duration.tolist() == [False, False, True, False]


WRONG = {
    "neither side": ({"kind": "compare", "left": "systolic", "op": ">"}, "either right or value"),
    "both sides": (
        {"kind": "compare", "left": "systolic", "op": ">", "right": "diastolic", "value": 3},
        "either right or value",
    ),
    "operator": ({"kind": "compare", "left": "systolic", "op": SECRET, "value": 3}, "not one of the values"),
    "text compared": ({"kind": "compare", "left": "state", "op": ">", "value": 3}, "only columns of numbers"),
    "text compared with": (
        {"kind": "compare", "left": "systolic", "op": ">", "right": "state"},
        "only columns of numbers",
    ),
    "endless": ({"kind": "compare", "left": "systolic", "op": ">", "value": float("nan")}, "r"),
    "range of text": ({"kind": "range", "column": "state", "minimum": 0}, "only columns of numbers"),
    "range without bounds": ({"kind": "range", "column": "systolic"}, "minimum or maximum"),
    "range upside down": ({"kind": "range", "column": "systolic", "minimum": 9, "maximum": 1}, "minimum"),
    "range where": (
        {"kind": "range", "column": "systolic", "minimum": 0, "when": {"nothing": [SECRET]}},
        "visits.nothing is not a column",
    ),
    "no column": ({"kind": "compare", "left": "nothing", "op": ">", "value": 3}, "visits.nothing is not a column"),
    "no person column": (
        {"kind": "implies", "when": {"state": [SECRET]}, "then": {"person.nothing": [SECRET]}},
        "patients.nothing is not a column",
    ),
    "implies nothing": ({"kind": "implies", "when": {"state": [SECRET]}, "then": {}}, "r"),
    "one column together": ({"kind": "combination", "columns": ["test"]}, "r"),
    "a combination too short": (
        {"kind": "combination", "columns": ["test", "unit"], "allowed": [[SECRET]]},
        "a value for each column",
    ),
    "combination of nothing": (
        {"kind": "combination", "columns": ["test", "nothing"], "allowed": [[SECRET, SECRET]]},
        "visits.nothing is not a column",
    ),
    "unknown kind": ({"kind": SECRET}, "is of a kind that is not known"),
    "another table": ({"kind": "range", "table": "nowhere", "column": "x", "minimum": 1}, "nowhere is not a table"),
}


@pytest.mark.parametrize(("rule", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_rule_is_one_sentence_without_a_value(rule, said, tmp_path):
    path = tmp_path / "contract.yaml"
    links = [{"child": "visits.subject_id", "parent": "patients.subject_id"}]
    given = {**HEAD, "person": "patients", "tables": _tables(), "relations": links}
    path.write_text(yaml.safe_dump({**given, "rules": [{"id": "r", "table": "visits", **rule}]}))
    with pytest.raises(ContractError) as caught:
        load(path)
    assert said in caught.value.message
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.message.endswith(".")


def test_a_contract_with_all_kinds_of_rules_keeps_them():
    contract = a_contract(
        1,
        [
            {"kind": "compare", "id": "a", "table": "patients", "left": "weight", "op": ">", "value": 0},
            {"kind": "implies", "id": "b", "table": "patients", "when": {"pregnant": ["True"]}, "then": {"sex": ["f"]}},
            {"kind": "range", "id": "c", "table": "patients", "column": "children", "minimum": 0},
            {"kind": "combination", "id": "d", "table": "patients", "columns": ["sex", "site"]},
        ],
    )
    assert Contract.model_validate(contract.model_dump(by_alias=True)) == contract
