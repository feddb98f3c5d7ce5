"""People with a disease, an outcome that can be foretold and a time to death, for the tests of utility."""

import numpy as np
import pandas as pd

from factory.checks.comparison import Comparison, comparison
from factory.contract import Contract

TASK = {"id": "relapse", "table": "people", "target": "relapse", "positive": ["yes"], "exclude": ["days", "died"]}
SURVIVAL = {
    "id": "death",
    "table": "people",
    "time": "days",
    "event": "died",
    "positive": ["1"],
    "by": "arm",
    "covariates": ["marker", "sex"],
}
EFFECT = {"id": "dose", "table": "people", "outcome": "weight", "exposure": "arm", "covariates": ["sex"]}
ODDS = {"id": "odds", "table": "people", "outcome": "relapse", "positive": ["yes"], "exposure": "marker"}


def clinical(kind, **more):
    return {"role": "clinical", "type": kind, **more}


COLUMNS = {
    "id": {"role": "key", "type": "string", "as": "row"},
    "sex": {"role": "quasi-identifier", "type": "category"},
    "年龄": {"role": "quasi-identifier", "type": "integer", "age": True},
    "arm": clinical("category"),
    "marker": clinical("number"),
    "weight": clinical("number"),
    "grade": clinical("category"),
    "empty": clinical("number"),
    "constant": clinical("category"),
    "relapse": clinical("category"),
    "days": clinical("number"),
    "died": clinical("integer"),
}


def a_contract(tasks=(TASK,), survivals=(), effects=(), columns=None, **policy):
    said = {"contract": 1, "name": "small", "title": "Small", "licensor": "Nobody", "person": "people"}
    tables = {"people": {"key": "id", "columns": columns or COLUMNS}}
    given = {"tasks": list(tasks), "survivals": list(survivals), "effects": list(effects), "policy": policy}
    return Contract.model_validate({**said, "tables": tables, **given})


def people(n, seed, hazard=0.8, shift=1.0):
    """n people. `hazard`: log hazard of the marker; `shift`: the whole hazard's factor."""
    dice = np.random.default_rng(seed)
    marker, sex = dice.normal(size=n), dice.choice(["female", "male"], n)
    age = dice.integers(20, 90, n)
    arm = dice.choice(["drug", "placebo"], n)
    grade = dice.choice(["low", "mid", "high"], n, p=[0.5, 0.3, 0.2])
    lean = 3 * marker + 1.5 * (grade == "high") + 0.5 * (sex == "male") - 0.5
    comes = dice.exponential(1 / (shift * np.exp(hazard * marker - 0.6 * (arm == "drug"))))
    ends = dice.exponential(2, n)
    frame = pd.DataFrame(
        {
            "id": [f"p{i}" for i in range(n)],
            "sex": sex,
            "年龄": pd.Series(age).astype("Int64"),
            "arm": arm,
            "marker": np.where(dice.random(n) < 0.02, np.nan, marker),
            "weight": 70 + 5 * (sex == "male") + 2 * (arm == "drug") + dice.normal(0, 8, n),
            "grade": grade,
            "empty": np.nan,
            "constant": "same",
            "relapse": np.where(dice.random(n) < 1 / (1 + np.exp(-lean)), "yes", "no"),
            "days": np.round(1000 * np.minimum(comes, ends), 1),
            "died": pd.Series((comes <= ends).astype(int)).astype("Int64"),
        }
    )
    return {"people": frame}


def independent(tables, seed):
    """Each column shuffled by itself: margins kept, everything else lost."""
    dice = np.random.default_rng(seed)
    frame = tables["people"].copy()
    for name in frame.columns.drop("id"):
        frame[name] = frame[name].to_numpy()[dice.permutation(len(frame))]
    frame["年龄"], frame["died"] = frame["年龄"].astype("Int64"), frame["died"].astype("Int64")
    return {"people": frame}


def three(contract, n=1500, synthetic=None, seed=1) -> Comparison:
    """Training and hold-out people, and synthetic ones: a fresh real sample where not given."""
    made = people(n, 303) if synthetic is None else synthetic
    return comparison(contract, people(n, 101), people(n, 202), made, seed)


def named(measures, name):
    (found,) = [measure for measure in measures if measure.name == name]
    return found
