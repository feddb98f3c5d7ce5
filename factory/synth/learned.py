"""Whom an engine learns from: all the people it is given, or a sample of the number that the policy states."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.contract import Contract, ReleasedTable, shapes_of
from factory.contract.people import person_ids
from factory.core.seeds import generator


def sample_of(people: npt.NDArray[Any], most: int, seed: int) -> npt.NDArray[Any]:
    """At most `most` of the people (n,), each as likely as any other, in their order."""
    if len(people) <= most:
        return people
    found: npt.NDArray[Any] = people[np.sort(generator(seed, "learned").choice(len(people), most, replace=False))]
    return found


def of_people(
    tables: dict[str, pd.DataFrame], shapes: dict[str, ReleasedTable], people: Collection[Any]
) -> dict[str, pd.DataFrame]:
    """The rows of the people given, in their order."""
    wanted = set(people)
    return {name: tables[name][person_ids(shapes, tables, name).isin(wanted)].reset_index(drop=True) for name in shapes}


def learned(contract: Contract, tables: dict[str, pd.DataFrame], seed: int) -> dict[str, pd.DataFrame]:
    """Tables of the people that are learned from where nobody is held out: at most `policy.learned_people`."""
    shapes = shapes_of(contract, tables)
    people = tables[contract.person][shapes[contract.person].key].to_numpy()
    chosen = sample_of(people, contract.policy.learned_people, seed)
    return tables if len(chosen) == len(people) else of_people(tables, shapes, chosen.tolist())
