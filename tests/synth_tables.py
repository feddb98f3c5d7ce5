"""Small tables for the tests of synthesis: patients, admissions, stays and charted values, four levels deep."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd

from factory.contract import Contract

HEAD = {"contract": 1, "name": "small", "title": "Small", "licensor": "Nobody"}
LEVELS = ("patients", "admissions", "stays", "charted")


def key(name: str) -> dict[str, Any]:
    """A key column."""
    return {"role": "key", "type": "string", "as": name}


def clinical(kind: str, **more: Any) -> dict[str, Any]:
    """A clinical column."""
    return {"role": "clinical", "type": kind, **more}


DATE = {"role": "date", "type": "datetime"}
TABLES: dict[str, Any] = {
    "patients": {
        "key": "subject_id",
        "columns": {
            "subject_id": key("subject_row"),
            "sex": clinical("category"),
            "site": clinical("category"),
            "pregnant": clinical("boolean"),
            "weight": clinical("number"),
            "children": clinical("integer"),
        },
    },
    "admissions": {
        "key": "hadm_id",
        "columns": {
            "hadm_id": key("hadm_row"),
            "subject_id": key("subject_row"),
            "admittime": DATE,
            "dischtime": DATE,
            "died": clinical("category"),
        },
    },
    "stays": {
        "key": "stay_id",
        "columns": {
            "stay_id": key("stay_row"),
            "hadm_id": key("hadm_row"),
            "subject_id": key("subject_row"),
            "intime": DATE,
            "outtime": DATE,
            "unit": clinical("category"),
        },
    },
    "charted": {
        "key": "row_id",
        "columns": {
            "row_id": key("charted_row"),
            "stay_id": key("stay_row"),
            "hadm_id": key("hadm_row"),
            "subject_id": key("subject_row"),
            "charttime": DATE,
            "item": clinical("category"),
            "uom": clinical("category"),
            "value": clinical("string"),
            "valuenum": clinical("number"),
        },
    },
}
ITEMS = {"sodium": ("mmol/L", 140.0, 4.0), "lactate": ("mmol/L", 2.0, 0.5), "weight": ("kg", 75.0, 12.0)}


def a_contract(depth: int = 1, rules: Any = (), **more: Any) -> Contract:
    """The contract of the first `depth` levels."""
    names = LEVELS[:depth]
    links = [
        {"child": f"{below}.{TABLES[above]['key']}", "parent": f"{above}.{TABLES[above]['key']}"}
        for above, below in itertools.pairwise(names)
    ]
    tables = {name: TABLES[name] for name in names}
    given = {**HEAD, "person": "patients", "tables": tables, "relations": links, "rules": list(rules), **more}
    return Contract.model_validate(given)


def patients(n: int, seed: int = 0) -> pd.DataFrame:
    """Patients of whom no man is pregnant and one in twenty is at the site `west`."""
    dice = np.random.default_rng(seed)
    sex = dice.choice(["female", "male"], n)
    children = dice.integers(0, 5, n).astype("float64")
    children[dice.random(n) < 0.1] = np.nan
    return pd.DataFrame(
        {
            "subject_id": [f"p{i:05}" for i in range(n)],
            "sex": sex,
            "site": dice.choice(["north", "south", "west"], n, p=[0.6, 0.35, 0.05]),
            "pregnant": pd.Series((sex == "female") & (dice.random(n) < 0.3)).astype("boolean"),
            "weight": np.round(dice.normal(70, 12, n), 1),
            "children": pd.Series(children).astype("Int64"),
        }
    )


def linked(people: int, depth: int, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Linked tables of the first `depth` levels, in which each row lies within the times of the one above it."""
    dice = np.random.default_rng(seed)
    made = {"patients": patients(people, seed)}
    if depth > 1:
        made["admissions"] = _admissions(made["patients"], dice)
    if depth > 2:
        made["stays"] = _stays(made["admissions"], dice)
    if depth > 3:
        made["charted"] = _charted(made["stays"], dice)
    return made


def _below(parent: pd.DataFrame, counts: Any, named: str, letter: str, keys: list[str]) -> tuple[pd.DataFrame, Any]:
    at = np.repeat(np.arange(len(parent)), counts)
    rows = parent[keys].iloc[at].reset_index(drop=True)
    rows.insert(0, named, [f"{letter}{i:05}" for i in range(len(rows))])
    return rows, at


def _admissions(people: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    rows, _ = _below(people, dice.integers(0, 4, len(people)), "hadm_id", "h", ["subject_id"])
    nth = rows.groupby("subject_id").cumcount()
    start = np.datetime64("2015-01-01T00:00:00", "s") + nth.to_numpy() * np.timedelta64(86_400 * 90, "s")
    rows["admittime"] = start + (dice.integers(0, 60 * 24 * 60, len(rows)) * 60).astype("timedelta64[s]")
    rows["dischtime"] = rows["admittime"] + (dice.integers(600, 10 * 1440, len(rows)) * 60).astype("timedelta64[s]")
    rows["died"] = dice.choice(["no", "yes"], len(rows), p=[0.95, 0.05])
    return rows


def _stays(admissions: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    rows, at = _below(admissions, dice.integers(0, 3, len(admissions)), "stay_id", "s", ["hadm_id", "subject_id"])
    above = admissions.iloc[at].reset_index(drop=True)
    rows["intime"], rows["outtime"] = _within(above["admittime"], above["dischtime"], 2, dice)
    rows["unit"] = dice.choice(["medical", "surgical"], len(rows))
    return rows


def _charted(stays: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    keys = ["stay_id", "hadm_id", "subject_id"]
    rows, at = _below(stays, dice.integers(3, 9, len(stays)), "row_id", "r", keys)
    above = stays.iloc[at].reset_index(drop=True)
    (rows["charttime"],) = _within(above["intime"], above["outtime"], 1, dice)
    items = dice.choice(list(ITEMS), len(rows))
    rows["item"] = items
    rows["uom"] = [ITEMS[item][0] for item in items]
    number = np.round([dice.normal(ITEMS[item][1], ITEMS[item][2]) for item in items], 1)
    rows["value"] = [f"{one:.10g}" for one in number]
    rows["valuenum"] = number
    return rows


def _within(start: pd.Series, end: pd.Series, times: int, dice: np.random.Generator) -> list[pd.Series]:
    share = np.sort(dice.random((times, len(start))), axis=0)
    minutes = (end - start).dt.total_seconds().to_numpy() // 60
    return [start + pd.to_timedelta(np.floor(one * minutes) * 60, unit="s").astype("timedelta64[s]") for one in share]


def links_are_whole(contract: Contract, made: dict[str, pd.DataFrame]) -> None:
    """Keys are 1..n, each link points to a row, and each key of a table further up is that of the row's own path."""
    for name, table in contract.tables.items():
        frame = made[name]
        assert frame[table.key].tolist() == list(range(1, len(frame) + 1)), name
        here, above = frame, {}
        for link in contract.person_path(name):
            parent = made[link.parent_table].set_index(contract.tables[link.parent_table].key)
            points = here[link.child_column]
            assert points.isin(parent.index).all(), name
            above[link.parent_table] = points.to_numpy()
            here = parent.loc[points.to_numpy()].reset_index()
        for up, ids in above.items():
            column = contract.tables[up].key
            if column in frame.columns:
                assert (frame[column].to_numpy() == ids).all(), (name, column)
