"""De-identification meets bad input with one sentence or a default stated in the decisions; never a value in either."""

import json

import pandas as pd
import pytest
from deid_tables import CATEGORY, contract, deid, hospital, people

from factory.core.errors import ContractError, FactoryError, TooFewPeople, WrongType
from factory.deid import deidentify_frame, deidentify_hospital, deidentify_table

SH = "hipaa-safe-harbor"
SECRET = "G123456(A)"


def _decision(done, column):
    return next(decision for decision in done.decisions if decision.column == column)


def _says(done):
    return json.dumps([decision.as_row() for decision in done.decisions])


@pytest.mark.parametrize("column", ["ward", "unit"])
def test_identifiers_in_clinical_and_quasi_identifying_columns_are_suppressed_and_counted(column):
    odd = [
        "G123456(A)",
        "Ｇ１２３４５６（Ａ）",
        "110101199003074514",
        "a.b@c.hk",
        "9123 4567",
        "2005-03-04",
        "dr@ward",
        "4 Mar 05",
    ]
    frame = people(400, ward=lambda i: "Medical", unit=lambda i: "North")
    frame.loc[range(8), column] = odd
    made, done = deidentify_frame(
        frame, contract({"ward": CATEGORY, "unit": {"role": "quasi-identifier", "type": "category"}}), profiles=[SH]
    )
    assert made[column].isna().sum() == 8
    assert any("8 cells look like identifiers or dates and were suppressed" in n for n in _decision(done, column).notes)
    assert not [cell for cell in odd if cell in _says(done)]


def test_an_hkid_in_a_numeric_column_is_refused_by_column_and_count():
    frame = people(200, lab=lambda i: str(i % 9)).astype(object)
    frame.loc[7, "lab"] = SECRET
    with pytest.raises(WrongType) as error:
        deidentify_frame(frame, contract({"lab": {"role": "clinical", "type": "number"}}), profiles=[SH])
    assert "lab" in str(error.value)
    assert "1 of 200 rows" in str(error.value)
    assert SECRET not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__context__ is None


def test_numbers_as_long_as_a_telephone_number_are_suppressed():
    frame = people(200, count=lambda i: i % 3 if i else 91234567)
    made, done = deidentify_frame(frame, contract({"count": {"role": "clinical", "type": "integer"}}), profiles=[SH])
    assert made["count"].isna().sum() == 1
    assert _decision(done, "count").notes


def test_a_column_of_identifiers_under_a_wrong_role_is_removed():
    frame = people(200, contact=lambda i: f"9{1000000 + i}")
    made, done = deidentify_frame(frame, contract({"contact": CATEGORY}), profiles=[SH])
    assert list(made) == ["row"]
    assert _decision(done, "contact").operator == "removed"
    assert "200 cells" in _decision(done, "contact").notes[0]


def test_a_hierarchy_that_does_not_cover_a_value(tmp_path):
    table = "level0,level1\nA,vowel\nB,consonant\n"
    (tmp_path / "letters.csv").write_text(table)
    column = {"role": "quasi-identifier", "type": "category", "hierarchy": "letters.csv"}
    frame = people(200, letter=lambda i: "AB"[i % 2] if i else SECRET[:1])
    with pytest.raises(WrongType) as error:
        deidentify_frame(frame, contract({"letter": column}), profiles=["gdpr-anonymous"], beside=tmp_path)
    assert "letter" in str(error.value)
    assert "1 distinct values" in str(error.value)
    codes = {"role": "sensitive", "type": "category", "hierarchy": "atc"}
    made, done = deidentify_frame(
        people(200, drug=lambda i: "A10BA02" if i > 3 else "aspirin"), contract({"drug": codes}), profiles=[SH]
    )
    assert set(made.drug.dropna()) == {"A10BA02"}
    assert "4 cells are not covered by atc" in _decision(done, "drug").notes[0]


def test_nulls_stay_nulls_and_are_no_group_of_their_own():
    frame = people(200, ward=lambda i: None if i < 5 else "Medical", stays=lambda i: None if i % 2 else 3)
    made, done = deidentify_frame(
        frame, contract({"ward": CATEGORY, "stays": {"role": "clinical", "type": "integer"}}), profiles=[SH]
    )
    assert made.ward.isna().tolist() == frame.ward.isna().tolist()
    assert made.stays.isna().tolist() == frame.stays.isna().tolist()
    assert _decision(done, "ward").changed == 0


def test_a_required_column_with_nulls_is_refused():
    frame = people(50, ward=lambda i: None if i == 4 else "Medical")
    with pytest.raises(WrongType, match="ward is required, and 1 of 50 rows"):
        deidentify_frame(frame, contract({"ward": {**CATEGORY, "required": True}}), profiles=[SH])


def test_too_few_people_for_classes():
    sex = {"role": "quasi-identifier", "type": "category"}
    with pytest.raises(TooFewPeople):
        deidentify_frame(people(5, sex=lambda i: "F"), contract({"sex": sex}), profiles=["pipl-anonymised"])


def test_clinical_words_and_measurements_are_not_taken_for_identifiers():
    words = ["2 sepsis", "5 decubitus", "250.83", "[70-80)", "120/80", "may recur", "III-IV", "ICD 401.9", "10 mg 2x"]
    columns = {"word": CATEGORY, "load": {"role": "clinical", "type": "integer", "unit": "{copies}/mL"}}
    frame = people(180, word=lambda i: words[i % 9], load=lambda i: 12_345_678 + i % 3)
    made, done = deidentify_frame(frame, contract(columns), profiles=[SH])
    assert made.word.tolist() == frame.word.tolist()
    assert made.load.tolist() == frame.load.tolist()
    assert not [decision for decision in done.decisions if decision.notes]


@pytest.mark.parametrize(
    ("table", "column", "value", "code"),
    [
        ("people", "id", "P00003", 14),
        ("people", "id", None, 14),
        ("visits", "id", SECRET, 15),
        ("visits", "at", "31/12/1999", 13),
        ("people", "sex", SECRET, 13),
    ],
)
def test_a_hospital_whose_tables_do_not_keep_the_contract(table, column, value, code, tmp_path):
    data = tmp_path / "data"
    made = hospital(data)
    frame = pd.read_csv(data / f"{table}.csv", dtype=str)
    frame.loc[7, column] = value
    frame.to_csv(data / f"{table}.csv", index=False)
    with pytest.raises(FactoryError) as error:
        deidentify_hospital(made, data, tmp_path / "out", [SH])
    assert error.value.exit_code == code
    assert column in str(error.value)
    assert SECRET not in str(error.value)
    assert [left.name for left in tmp_path.iterdir()] == ["data"]


def test_fewer_people_than_the_policy_asks_for(tmp_path):
    made = hospital(tmp_path / "data", n=40, visits=60)
    with pytest.raises(TooFewPeople, match="holds 40 people and the policy asks for 100"):
        deidentify_hospital(made, tmp_path / "data", tmp_path / "out", [SH])


def _mixed(path):
    path.write_bytes("id,ward\nP1,内科\n".encode() + "P2,內科\n".encode("big5"))


def _ragged(path):
    path.write_text(f"id,ward\nP1,x\nP2,{SECRET},1,2\n")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda path: path.write_bytes(b""), 16),
        (lambda path: path.write_text("id,ward\n"), 16),
        (_mixed, 17),
        (_ragged, 18),
        (lambda path: path.write_text(f"{SECRET},{SECRET}\nP1,x\n"), 18),
        (lambda path: path.write_bytes(b"PAR1" + SECRET.encode()), 18),
    ],
)
@pytest.mark.parametrize("piped", [False, True])
def test_files_that_are_none(spoil, code, piped, tmp_path):
    path = tmp_path / "a.csv"
    spoil(path)
    out = tmp_path / "out.csv"
    with pytest.raises(FactoryError) as error, path.open("rb") as stream:
        deidentify_table(stream if piped else path, out, profiles=[SH])
    assert error.value.exit_code == code
    assert SECRET not in str(error.value)
    assert [left.name for left in tmp_path.iterdir()] == ["a.csv"]


def test_unknown_roles_and_profiles_end_before_anything_is_made(tmp_path):
    data = tmp_path / "data"
    hospital(data)
    done = deid("run", data / "contract.yaml", "--out", tmp_path / "out", "--profile", "hipaa")
    assert done.returncode == 10
    assert "gdpr-anonymous" in done.stderr
    path = data / "contract.yaml"
    path.write_text(path.read_text().replace('"sensitive"', '"gossip"'))
    done = deid("run", path, "--out", tmp_path / "out")
    assert done.returncode == 10
    assert "tables.visits.columns.code.role" in done.stderr
    assert [left.name for left in tmp_path.iterdir()] == ["data"]


def test_a_table_of_which_nothing_may_be_released():
    only = contract({"name": {"role": "identifier", "type": "string", "class": "name"}})
    frame = people(30, name=lambda i: f"N{i}").drop(columns="id")
    with pytest.raises(ContractError, match="No column of people is left"):
        deidentify_frame(frame, only, profiles=[SH])


def test_two_columns_under_one_name():
    both = contract({"a": {**CATEGORY, "as": "x"}, "x": CATEGORY})
    with pytest.raises(ContractError, match="both be released as x"):
        deidentify_frame(people(30, a=lambda i: "p", x=lambda i: "q"), both, profiles=[SH])


def test_a_missing_column_and_an_unknown_table(tmp_path):
    frame = people(30, a=lambda i: "p")
    with pytest.raises(FactoryError, match="lacks the column b"):
        deidentify_frame(frame, contract({"a": CATEGORY, "b": CATEGORY}), profiles=[SH])
    with pytest.raises(ContractError, match="is not a table"):
        deidentify_frame(frame, contract({"a": CATEGORY}), "visits", profiles=[SH])


def test_columns_that_hold_lists_or_bytes(tmp_path):
    frame = people(60, ward=lambda i: "A", tags=lambda i: [1, 2], photo=lambda i: bytes([255, i]))
    frame.to_parquet(tmp_path / "people.parquet")
    photo = {"role": "identifier", "type": "string", "class": "photo"}
    deidentify_table(
        tmp_path / "people.parquet", tmp_path / "out.csv", contract({"ward": CATEGORY, "photo": photo}), profiles=[SH]
    )
    assert list(pd.read_csv(tmp_path / "out.csv")) == ["row", "ward"]
