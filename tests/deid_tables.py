"""Small tables for the tests of de-identification, and the command `factory deid` as a real process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from factory.contract import Contract

KEY = {"role": "key", "type": "string", "as": "row"}
CATEGORY = {"role": "clinical", "type": "category"}


def deid(*words, stdin=None):
    """Run `factory deid WORDS`; standard output and error as text."""
    return subprocess.run(
        [sys.executable, "-m", "factory.cli", "deid", *map(str, words)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def contract(columns, policy=None, **more):
    """A contract of one table, `people`, with the key `id`."""
    return Contract.model_validate(
        {
            "contract": 1,
            "name": "tests",
            "title": "Tests",
            "licensor": "Nobody",
            "person": "people",
            "tables": {"people": {"key": "id", "columns": {"id": KEY, **columns}}},
            "policy": policy or {},
            **more,
        }
    )


def people(n=400, **columns):
    """A frame of n people with an id and the columns given, each a function of the row number."""
    rows = range(n)
    return pd.DataFrame(
        {"id": [f"P{i:05d}" for i in rows], **{name: [of(i) for i in rows] for name, of in columns.items()}}
    )


def hospital(folder: Path, n=300, visits=900, seed=5):
    """Two linked tables as CSV with a contract; returns the contract."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    born = np.datetime64("1915-01-01") + rng.integers(0, 29_000, n).astype("timedelta64[D]")
    pd.DataFrame(
        {
            "id": [f"P{i:05d}" for i in range(n)],
            "name": [f"Name {i}" for i in range(n)],
            "account": [f"AC{10**6 + i}" for i in range(n)],
            "born": born.astype("datetime64[D]").astype(str),
            "sex": rng.choice(["F", "M"], n),
        }
    ).to_csv(folder / "people.csv", index=False)
    whose = np.concatenate([np.arange(n), rng.integers(0, n, visits - n)])
    rng.shuffle(whose)
    at = np.datetime64("2001-01-01") + rng.integers(0, 2500, visits).astype("timedelta64[D]")
    pd.DataFrame(
        {
            "visit": [f"V{i:05d}" for i in range(visits)],
            "id": [f"P{i:05d}" for i in whose],
            "at": at.astype(str),
            "left": (at + rng.integers(0, 9, visits).astype("timedelta64[D]")).astype(str),
            "age": rng.integers(20, 99, visits),
            "code": rng.choice(["250.01", "250.02", "401.9", "E880", "V45"], visits, p=[0.5, 0.3, 0.19, 0.005, 0.005]),
            "lab": rng.normal(100, 20, visits).round(3),
            "count": rng.poisson(2, visits),
        }
    ).to_csv(folder / "visits.csv", index=False)
    made = {
        "contract": 1,
        "name": "tests",
        "title": "Tests",
        "licensor": "Nobody",
        "person": "people",
        "tables": {
            "people": {
                "key": "id",
                "columns": {
                    "id": {**KEY, "as": "person"},
                    "name": {"role": "identifier", "type": "string", "class": "name"},
                    "account": {"role": "identifier", "type": "string", "class": "account"},
                    "born": {"role": "date", "type": "date", "birth": True},
                    "sex": {"role": "quasi-identifier", "type": "category", "codes": ["F", "M"]},
                },
            },
            "visits": {
                "key": "visit",
                "withhold": True,
                "columns": {
                    "visit": KEY,
                    "id": {**KEY, "as": "person"},
                    "at": {"role": "date", "type": "date"},
                    "left": {"role": "date", "type": "date"},
                    "age": {"role": "quasi-identifier", "type": "integer", "age": True},
                    "code": {"role": "sensitive", "type": "category", "hierarchy": "icd-9-cm"},
                    "lab": {"role": "clinical", "type": "number"},
                    "count": {"role": "clinical", "type": "integer"},
                },
            },
        },
        "relations": [{"child": "visits.id", "parent": "people.id"}],
    }
    (folder / "contract.yaml").write_text(json.dumps(made))
    return Contract.model_validate(made)
