"""Contracts and batches at the edge: each works, or is refused in one sentence before anything is done."""

import pandas as pd
import pytest
import yaml
from quick import QUICK

HEAD = """
contract: 1
name: edge
title: Edge
licensor: Nobody
person: people
policy: {membership_auc: 1.0, exact_copy_share: 1.0}
statement:
  {controller: C, legal_basis: B, dpia: D, dpo: O, review_on: 2099-12-31, collected_for: care, incident_plan: revoke,
   destination: HK, onward_transfer: false, route: not-from-mainland, people_sent: {2026: 0}, important_data: "no"}
"""


def _write(folder, contract, **frames):
    folder.mkdir()
    (folder / "contract.yaml").write_text(HEAD + yaml.safe_dump(contract))
    for name, frame in frames.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


def _produce(factory, folder):
    done = factory(
        "produce", folder / "contract.yaml", "--data", folder, "--run", folder / "run", "--seed", 1, "--plain", *QUICK
    )
    assert "Traceback" not in done.stderr
    assert done.returncode != 70, done.stderr
    return done


KEY = {"role": "key", "type": "string", "as": "person_id"}
PEOPLE = {
    "key": "id",
    "columns": {
        "id": KEY,
        "born": {"role": "date", "type": "date", "birth": True},
        "registered": {"role": "date", "type": "date"},
        "flag": {"role": "clinical", "type": "integer"},
        "年龄": {"role": "quasi-identifier", "type": "category", "age": True},
    },
}


def _people(n=150):
    rows = range(n)
    return pd.DataFrame(
        {
            "id": [f"p{i}" for i in rows],
            "born": [f"{1920 + i % 60}-03-0{1 + i % 9}" for i in rows],
            "registered": [f"{2001 + i % 5}-0{1 + i % 9}-15" for i in rows],
            "flag": [i % 2 for i in rows],
            "年龄": ["[70-80)" if i % 2 else "[60-70)" for i in rows],
        }
    )


def test_one_table_with_dates_of_its_own_and_an_integer_target(factory, tmp_path):
    tasks = [{"id": "flag", "table": "people", "target": "flag", "positive": ["1"]}]
    done = _produce(factory, _write(tmp_path / "a", {"tables": {"people": PEOPLE}, "tasks": tasks}, people=_people()))
    assert done.returncode == 0, done.stderr


def test_a_task_nobody_is_positive_for_is_a_shortfall(factory, tmp_path):
    tasks = [{"id": "flag", "table": "people", "target": "flag", "positive": ["7"]}]
    done = _produce(factory, _write(tmp_path / "a", {"tables": {"people": PEOPLE}, "tasks": tasks}, people=_people()))
    assert done.returncode == 0, done.stderr
    assert "could not be measured" in (tmp_path / "a" / "run" / "release" / "candidate" / "dossier.html").read_text()


def test_most_people_without_a_child_row(factory, tmp_path):
    visits = {
        "key": "visit",
        "columns": {
            "visit": {"role": "key", "type": "string", "as": "visit_id"},
            "id": KEY,
            "at": {"role": "date", "type": "datetime"},
            "n": {"role": "clinical", "type": "integer"},
        },
    }
    rows = pd.DataFrame(
        {"visit": range(20), "id": [f"p{i * 7}" for i in range(20)], "at": "2003-05-01 10:00", "n": range(20)}
    )
    people = {**PEOPLE, "columns": {k: v for k, v in PEOPLE["columns"].items() if k != "registered"}}
    contract = {
        "tables": {"people": people, "visits": visits},
        "relations": [{"child": "visits.id", "parent": "people.id"}],
    }
    done = _produce(factory, _write(tmp_path / "a", contract, people=_people(), visits=rows))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"tasks": [{"id": i, "table": "people", "target": "flag", "positive": ["1"]} for i in ("a-b", "a_b")]}, 10),
        (
            {
                "tables": {
                    "people": {
                        **PEOPLE,
                        "columns": {
                            **PEOPLE["columns"],
                            "flag": {"role": "clinical", "type": "integer", "maximum": float("inf")},
                        },
                    }
                }
            },
            10,
        ),
        ({"rules": [{"kind": "order", "id": "x", "table": "people", "earlier": "flag", "later": "flag"}]}, 10),
        ({"title": "2020-13-45"}, 10),
    ],
)
def test_refused_before_anything_is_done(change, code, factory, tmp_path):
    folder = _write(
        tmp_path / "a",
        {"tables": {"people": PEOPLE}, **{k: v for k, v in change.items() if k != "title"}},
        people=_people(),
    )
    if "title" in change:
        path = folder / "contract.yaml"
        path.write_text(path.read_text().replace("title: Edge", "title: 2020-13-45"))
    assert _produce(factory, folder).returncode == code
    assert not (folder / "run").exists()


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [("flag", "9" * 20, 13), ("年龄", "[85-95)", 13), ("年龄", "elderly", 13), ("registered", "2003-02-30", 13)],
)
def test_odd_values_are_counted(column, value, code, factory, tmp_path):
    people = _people().astype({"flag": str})
    people.loc[3, column] = value
    done = _produce(factory, _write(tmp_path / "a", {"tables": {"people": PEOPLE}}, people=people))
    assert done.returncode == code, done.stderr
    assert column in done.stderr
    assert value not in done.stderr


def test_a_file_without_a_header_says_no_cell(factory, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("P1,Chan Tai Man,Chan Tai Man\nP2,Wong,Lee\n")
    done = factory("contract", "draft", path)
    assert done.returncode == 18
    assert "Chan" not in done.stderr + done.stdout


def test_a_mistyped_data_folder_locks_nothing(factory, tmp_path):
    folder = _write(tmp_path / "a", {"tables": {"people": PEOPLE}}, people=_people())
    words = ("produce", folder / "contract.yaml", "--run", folder / "run", "--seed", 1, "--plain", "--data")
    assert factory(*words, folder / "nowhere", *QUICK).returncode == 11
    assert factory(*words, folder, "--engine", "nonsense").returncode == 10
    assert factory(*words, folder, *QUICK).returncode == 0
