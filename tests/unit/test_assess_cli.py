"""`factory assess`: any synthetic tables in, a verdict with its own exit code out, no rare cell in what it writes."""

from __future__ import annotations

import json

import jsonschema
import numpy as np
import pandas as pd
import pytest
import yaml
from synth_tables import a_contract, linked

import factory as package
from factory.assessment.read import read
from factory.assessment.schema import schema_text
from factory.checks import battery
from factory.checks.comparison import comparison
from factory.checks.measure import Bearing, Measure, Outcome
from factory.checks.privacy.artefacts import measure_artefacts
from factory.cli.main import main
from factory.contract import Contract, IdentifierClass
from factory.core.errors import ColumnMissing, ContractError, DataError, OutputExists, TooFewPeople
from factory.scan.index import SourceIndex
from factory.scan.scanner import Options, scan

PLANTED = ("Qwyxhollow-Vane", "Zorbentine syndrome")


def parts_of(people=90, depth=1):
    """Training, hold-out and synthetic tables of different people, planted with values that one real person has."""
    found = [linked(people, depth, seed) for seed in range(3)]
    for place, tables in enumerate(found):
        for frame in tables.values():
            for column in frame.columns[frame.columns.str.endswith("_id")]:
                frame[column] = f"{'abc'[place]}" + frame[column]
    for place, value in enumerate(PLANTED):
        found[place]["patients"].loc[3, "site"] = value
    found[2]["patients"].loc[5, "site"] = PLANTED[0]
    return found


@pytest.fixture
def light(monkeypatch):
    """A battery of one part, for tests of all else."""

    def found(comparison, _):
        gate = Measure("a_gate", "A gate", 0.1, 0.05, 0.2, 0.5, "at most", comparison.people("train"), "a book")
        return [gate], {"site": {PLANTED[0]: 1, "north": 2}, "list": [f"site = {PLANTED[1]}", float("nan")]}

    monkeypatch.setattr(battery, "parts", lambda: (battery.Part("one", "one part", "privacy", found),))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The three sources as folders of one file each."""
    top = tmp_path_factory.mktemp("assess")
    for name, tables in zip(("train", "holdout", "synthetic"), parts_of(), strict=True):
        (top / name).mkdir()
        for table, frame in tables.items():
            frame.to_csv(top / name / f"{table}.csv", index=False)
    return top


def words(top, out, *more):
    return [
        "assess",
        *(word for name in ("train", "holdout", "synthetic") for word in (f"--{name}", str(top / name))),
        "--out",
        str(out),
        *map(str, more),
    ]


@pytest.fixture(scope="module")
def whole(folders, factory, tmp_path_factory):
    """The whole battery, as a process."""
    out = tmp_path_factory.mktemp("whole") / "report"
    done = factory(*words(folders, out, "--seed", 4))
    assert "Traceback" not in done.stderr and done.returncode in (0, 42, 43), done.stderr
    return out, done


def test_the_exit_code_and_the_words_say_the_verdict(whole):
    out, done = whole
    said = json.loads((out / "assessment.json").read_bytes())
    assert done.returncode == {"pass": 0, "fail": 42, "inconclusive": 43}[said["verdict"]]
    assert done.stdout.strip() == str(out)
    assert {path.name for path in out.iterdir()} == {"assessment.html", "assessment.json"}
    assert (out / "assessment.html").stat().st_size < 3_000_000
    assert said["people"] == {"train": 90, "holdout": 90, "synthetic": 90}
    # So few people clear nobody.
    assert said["verdict"] != "pass" and said["because"]
    for named in said["because"]:
        assert named["name"] in done.stderr


def test_the_json_keeps_the_published_schema(whole):
    jsonschema.Draft202012Validator(json.loads(schema_text())).validate(
        json.loads((whole[0] / "assessment.json").read_bytes())
    )


def test_the_same_seed_and_data_give_the_same_bytes(whole, folders, tmp_path):
    assert main(words(folders, tmp_path / "again", "--seed", 4)) == whole[1].returncode
    for name in ("assessment.html", "assessment.json"):
        assert (tmp_path / "again" / name).read_bytes() == (whole[0] / name).read_bytes()


def test_no_value_of_one_person_is_in_anything_written(whole, folders):
    text = b"".join(path.read_bytes() for path in whole[0].iterdir()).decode() + whole[1].stderr + whole[1].stdout
    for value in PLANTED:
        assert value not in text
    index = SourceIndex.build([(value, IdentifierClass.NAME) for value in PLANTED])
    report = scan([whole[0]], Options(index=index))
    assert not report.source_hits and report.clean, report.findings
    given = read(*(folders / name for name in ("train", "holdout", "synthetic")))
    compared = comparison(given.contract, given.train, given.holdout, given.synthetic, 4)
    (searched,) = measure_artefacts(compared, [whole[0]])
    assert searched.value == 0, searched.where


def test_the_python_call_is_the_same(light):
    train, holdout, synthetic = parts_of()
    found = package.assess(train, holdout, synthetic, a_contract(1), seed=1)
    assert found.verdict is Outcome.PASS and found.because() == []
    assert found.about["people"]["train"] == 90
    one = package.assess(*(tables["patients"] for tables in (train, holdout, synthetic)))
    assert one.about["contract"]["drafted"] and list(one.about["rows"]) == ["rows"]


def test_rare_values_are_taken_out_of_details(light):
    found = package.assess(*parts_of(), a_contract(1)).as_json()
    assert found["details"]["one"] == {"site": {"(withheld)": 1, "north": 2}, "list": ["(withheld)", None]}
    jsonschema.Draft202012Validator(json.loads(schema_text())).validate(found)


@pytest.mark.parametrize(("value", "code", "verdict"), [(0.1, 0, "pass"), (0.9, 42, "fail"), (0.5, 43, "inconclusive")])
def test_each_verdict_has_its_exit_code(folders, tmp_path, monkeypatch, capsys, value, code, verdict):
    def found(comparison, _):
        gate = Measure("a_gate", "A gate", value, value - 0.05, value + 0.05, 0.5, "at most", 90, "a book", where="x")
        shown = Measure("shown", "A distance", 9.0, None, None, None, "at most", 90, "-", bearing=Bearing.DIAGNOSTIC)
        return [gate, shown], {}

    monkeypatch.setattr(battery, "parts", lambda: (battery.Part("one", "one part", "privacy", found),))
    assert main(words(folders, tmp_path / "out")) == code
    said = json.loads((tmp_path / "out" / "assessment.json").read_bytes())
    assert said["verdict"] == verdict
    assert said["because"] == ([] if verdict == "pass" else [{"name": "a_gate", "where": "x"}])
    page = (tmp_path / "out" / "assessment.html").read_text()
    assert f"{verdict.upper()}." in page and "diagnostic" in page
    assert ("a_gate" in capsys.readouterr().err) == (verdict != "pass")


def test_the_schema_is_printed(capsys):
    assert main(["assess", "--schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)


def test_a_drafted_contract_reads_linked_tables(light):
    found = package.assess(*parts_of(60, 4))
    assert set(found.about["rows"]) == {"patients", "admissions", "stays", "charted"}
    assert found.about["contract"]["drafted"]


def test_absent_columns_are_named_and_absent_keys_are_numbered(light):
    train, holdout, synthetic = (tables["patients"] for tables in parts_of())
    found = package.assess(train, holdout.drop(columns="children"), synthetic.drop(columns=["subject_id", "weight"]))
    assert found.about["absent"] == {"rows": ["weight", "children"]}
    assert any("numbered" in note for note in found.about["notes"])
    assert "weight, children" in found.html().decode()


def test_what_synthetic_rows_do_not_keep_is_counted_and_fails_a_given_contract(light):
    train, holdout, synthetic = parts_of(90, 2)
    synthetic["patients"]["children"] = synthetic["patients"]["children"].astype("float64") + 0.5
    synthetic["admissions"].loc[[0, 1], "subject_id"] = "nobody"
    synthetic["admissions"].loc[2, "hadm_id"] = synthetic["admissions"].loc[3, "hadm_id"]
    whole = int(synthetic["patients"]["children"].notna().sum())
    found = package.assess(train, holdout, synthetic, a_contract(2))
    assert found.details["reading"]["broken"] == {
        "admissions.hadm_id: key empty or not unique": 1,
        "admissions: rows without a parent": 2,
        "patients.children: not whole": whole,
    }
    assert found.verdict is Outcome.FAIL and [m.name for m in found.because()] == ["contract_breaks"]
    drafted = package.assess(train, holdout, synthetic)
    assert drafted.verdict is Outcome.INCONCLUSIVE and [m.name for m in drafted.because()] == ["not_compared"]


def test_identifiers_and_keys_of_training_people_are_looked_for(light):
    def named(tables, people):
        return tables["patients"].assign(surname=[f"Person-{k * 7919 % 1009}-{k}" for k in people])

    train, holdout, synthetic = (
        named(tables, range(90 * place, 90 * place + 90)) for place, tables in enumerate(parts_of())
    )
    columns = a_contract(1).model_dump(by_alias=True, mode="json")
    columns["tables"]["patients"]["columns"]["surname"] = {"role": "identifier", "class": "name", "type": "string"}
    contract = Contract.model_validate(columns)
    fresh = package.assess(train, holdout, synthetic, contract)
    assert [m.name for m in fresh.because()] == ["not_compared"]
    taken = package.assess(train, holdout, synthetic.assign(surname=train["surname"]), contract)
    assert taken.verdict is Outcome.FAIL and [m.name for m in taken.because()] == ["identifier_copies"]
    keyed = package.assess(train, holdout, synthetic.assign(subject_id=train["subject_id"]), contract)
    assert [(m.name, m.where) for m in keyed.because()] == [("identifier_copies", "patients.subject_id")]


def test_what_the_hold_out_lacks_clears_nobody(light):
    train, holdout, synthetic = (tables["patients"] for tables in parts_of())
    found = package.assess(train, holdout.drop(columns="weight"), synthetic)
    (gate,) = found.because()
    assert (gate.name, gate.where, found.verdict) == ("not_compared", "rows.weight", Outcome.INCONCLUSIVE)
    more = package.assess(train, holdout, synthetic.assign(extra=1), a_contract(1))
    assert [m.name for m in more.because()] == ["not_compared"]


def test_the_same_people_in_both_are_refused_with_their_number(light):
    train, holdout, synthetic = (tables["patients"] for tables in parts_of())
    mixed = pd.concat([holdout, train.head(7)], ignore_index=True)
    with pytest.raises(DataError, match="7 of 97 people"):
        package.assess(train, mixed, synthetic)
    more = pd.concat([holdout, train.head(25)], ignore_index=True)
    bare = [frame.drop(columns="subject_id") for frame in (train, more, synthetic)]
    with pytest.raises(DataError, match="25 of 115 rows"):
        package.assess(*bare)
    assert read(bare[0], holdout.drop(columns="subject_id"), bare[2]).drafted


def test_a_number_has_one_type_in_all_three():
    given = read(*parts_of())
    assert {str(part["patients"]["children"].dtype) for part in (given.train, given.holdout, given.synthetic)} == {
        "Int64"
    }
    train, holdout, synthetic = parts_of()
    synthetic["patients"]["children"] = synthetic["patients"]["children"].astype("float64") + 0.5
    given = read(train, holdout, synthetic)
    assert {str(part["patients"]["children"].dtype) for part in (given.train, given.holdout)} == {"float64"}
    assert given.synthetic["patients"]["children"].max() == 4.5


def test_chance_repeats_in_a_narrow_table_are_no_same_people(light):
    dice = np.random.default_rng(0)
    narrow = [pd.DataFrame({"a": dice.choice(["x", "y"], 80), "b": dice.choice(["u", "v"], 80)}) for _ in range(3)]
    assert package.assess(*narrow).about["people"]["holdout"] == 80


def test_released_tables_are_read_by_their_contract(light):
    contract = a_contract(1)
    renamed = [tables["patients"].rename(columns={"subject_id": "subject_row"}) for tables in parts_of()]
    assert package.assess(*renamed, contract).about["rows"]["patients"]["train"] == 90


def test_chinese_names_constant_and_missing_columns(light):
    frames = [tables["patients"].rename(columns={"sex": "性别", "weight": "体重"}) for tables in parts_of()]
    frames = [frame.assign(常数="是", 空=None) for frame in frames]
    found = package.assess(*frames)
    assert "性别" in str(found.details["marginals"])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda t, h, s: (t, h, {}), DataError),
        (lambda t, h, s: (t, {"patients": h["patients"]}, s), DataError),
        (lambda t, h, s: (t, h, {**s, "admissions": s["admissions"].drop(columns="subject_id")}), ColumnMissing),
        (lambda t, h, s: (t, h, {**s, "patients": s["patients"].drop(columns="subject_id")}), ColumnMissing),
        (lambda t, h, s: (t, {**h, "patients": h["patients"].drop(columns="subject_id")}, s), ColumnMissing),
        (lambda t, h, s: ({**t, "patients": t["patients"].drop(columns="sex")}, h, s), ColumnMissing),
        (lambda t, h, s: (t, {**h, "patients": h["patients"].assign(weight="heavy-x")}, s), DataError),
    ],
)
def test_wrong_inputs_are_one_sentence(light, change, error):
    with pytest.raises(error) as told:
        package.assess(*change(*parts_of(60, 2)), a_contract(2))
    assert "\n" not in str(told.value) and "heavy-x" not in str(told.value)
    assert told.value.__context__ is None


def test_a_handful_of_people_is_refused(light):
    with pytest.raises(TooFewPeople, match="hold-out data hold 5"):
        train, holdout, synthetic = (tables["patients"] for tables in parts_of())
        package.assess(train, holdout.head(5), synthetic)


def test_an_engine_is_handed_to_the_parts_that_fit_it_again(monkeypatch):
    def found(comparison, shadow):
        assert shadow is not None
        made = shadow(comparison.train, 15, 3)
        same = shadow(comparison.train, 15, 3)
        assert made["patients"].equals(same["patients"]) and len(made["patients"]) == 15
        return [], {}

    monkeypatch.setattr(battery, "parts", lambda: (battery.Part("one", "one part", "privacy", found),))
    made = package.assess(*parts_of(), a_contract(1), engine="trees")
    assert made.verdict is Outcome.INCONCLUSIVE or made.measures
    with pytest.raises(ContractError, match="no engine called nonsense"):
        package.assess(*parts_of(), engine="nonsense")


def test_a_ledger_is_added_up_and_its_engine_put_to_canaries(light, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(battery, "measure_audit", lambda seen, make, claim: (asked.append(claim) or [], {}))
    spend = {"epsilon": 2.0, "delta": 1e-7, "unit": "patient", "rows": 1, "mechanism": "mst", "data": "0"}
    ledger = tmp_path / "ledger.json"
    ledger.write_text(json.dumps({"unit": "patient", "epsilon": 3.0, "delta": 1e-6, "spends": [spend, spend]}))
    made = package.assess(*parts_of(), a_contract(1), ledger=ledger)
    found = {m.name: (m.value, m.outcome) for m in made.measures}
    assert found["dp_epsilon_spent"] == (4.0, Outcome.FAIL) and made.verdict is Outcome.FAIL
    assert not asked
    package.assess(*parts_of(), a_contract(1), engine="dp", ledger=ledger)
    assert [claim.epsilon for claim in asked] == [3.0]
    # Without its ledger a private engine shows no account, and no account is no pass.
    alone = package.assess(*parts_of(), a_contract(1), engine="dp")
    assert {m.name: m.outcome for m in alone.measures}["dp_epsilon"] is Outcome.INCONCLUSIVE
    (tmp_path / "no.json").write_text("{}")
    with pytest.raises(DataError, match="not the ledger"):
        package.assess(*parts_of(), a_contract(1), ledger=tmp_path / "no.json")


@pytest.mark.parametrize(
    ("more", "code"),
    [(("--contract", "nowhere.yaml"), 20), (("--engine", "nonsense"), 10), (("--seed", "x"), 2)],
)
def test_what_cannot_be_done_leaves_nothing(folders, tmp_path, more, code):
    try:
        got = main(words(folders, tmp_path / "out", *more))
    except SystemExit as end:
        got = end.code
    assert got == code
    assert not (tmp_path / "out").exists()


def test_a_full_folder_and_missing_arguments_are_said_before_any_work(folders, tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert main(words(folders, tmp_path)) == OutputExists.exit_code
    assert main(["assess", "--train", str(folders)]) == 1
    assert "begin" not in capsys.readouterr().err


def test_a_contract_from_a_file_is_kept(folders, tmp_path, light):
    given = a_contract(1).model_dump(mode="json", by_alias=True, exclude_none=True)
    (tmp_path / "contract.yaml").write_text(yaml.safe_dump({**given, "policy": {"smallest_cell": 7}}))
    assert main(words(folders, tmp_path / "out", "--contract", tmp_path / "contract.yaml")) == 0
    said = json.loads((tmp_path / "out" / "assessment.json").read_bytes())
    assert not said["contract"]["drafted"] and said["policy"]["smallest_cell"] == 7


def test_the_tournament_beside_the_tables_is_on_the_map(folders, tmp_path, light):
    board = [{"engine": "trees", "c2st": 0.53, "membership": 0.5, "upper": 0.54, "passes": True, "won": True}]
    board.append({"engine": "broken", "c2st": None, "upper": None})
    path = folders / "synthetic" / "synth.json"
    path.write_text(json.dumps({"scoreboard": board}))
    assert main(words(folders, tmp_path / "out")) == 0
    path.unlink()
    said = json.loads((tmp_path / "out" / "assessment.json").read_bytes())
    assert said["scoreboard"] == [{"engine": "trees", "c2st": 0.53, "upper": 0.54, "won": True}]
    searched = next(m for m in said["measures"] if m["name"] == "artefact_values")
    assert searched["group"] == "privacy" and searched["outcome"] == "pass"
    assert "trees (tournament)" in (tmp_path / "out" / "assessment.html").read_text()
