"""Generators that leak in known ways, and two that do not, made of real people: what the attacks are tried on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from factory.checks.comparison import Comparison, comparison
from factory.contract import Contract

HEAD = {"contract": 1, "name": "leaks", "title": "Leaks", "licensor": "Nobody"}
KEY = {"role": "key", "type": "string"}


def contract_of(frame: pd.DataFrame, **policy) -> Contract:
    """One table of people whose columns are all clinical: objects are categories, the others numbers."""
    columns = {
        name: {"role": "clinical", "type": "category" if frame[name].dtype == object else "number"} for name in frame
    }
    table = {"key": "id", "columns": {"id": {**KEY, "as": "row"}, **columns}}
    return Contract.model_validate({**HEAD, "person": "people", "tables": {"people": table}, "policy": policy})


def thirds(frame: pd.DataFrame, people: int, seed: int) -> list[pd.DataFrame]:
    """Three lots of different people, drawn anew for each seed."""
    order = np.random.default_rng(seed).permutation(len(frame))
    return [frame.iloc[order[k * people : (k + 1) * people]].reset_index(drop=True) for k in range(3)]


def compare(contract, train, holdout, made, seed=1) -> Comparison:
    """A comparison of single tables, keys added."""
    return comparison(contract, *({"people": keyed(one)} for one in (train, holdout, made)), seed)


def keyed(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a key under both its names."""
    made = frame.reset_index(drop=True).copy()
    made.insert(0, "id", [str(k) for k in range(len(made))])
    made.insert(0, "row", made["id"])
    return made


def mixed(leaked: pd.DataFrame, safe: pd.DataFrame, share: float, dice) -> pd.DataFrame:
    """`share` of the rows from people who leak, the others safe."""
    count = round(share * len(safe))
    return pd.concat([leaked.iloc[dice.permutation(len(leaked))[:count]], safe.iloc[count:]], ignore_index=True)


def noisy(rows: pd.DataFrame, dice, spread=0.05) -> pd.DataFrame:
    """Rows with each number moved by a share of its column's standard deviation."""
    made = rows.copy()
    for name in made:
        if made[name].dtype != object:
            numbers = made[name].astype("float64")
            made[name] = (numbers + dice.normal(size=len(made)) * spread * numbers.std()).astype("float64")
    return made


def swapped(rows: pd.DataFrame, dice, share=0.7) -> pd.DataFrame:
    """Rows of which a share of each column's cells changed places."""
    made = rows.copy()
    for name in made:
        places = np.flatnonzero(dice.random(len(made)) < share)
        cells = made[name].array.copy()
        cells[places] = made[name].array[dice.permutation(places)]
        made[name] = cells
    return made


def independent(rows: pd.DataFrame, dice) -> pd.DataFrame:
    """Each column drawn on its own from the people learned from."""
    return pd.DataFrame({name: rows[name].array[dice.integers(0, len(rows), len(rows))] for name in rows})
