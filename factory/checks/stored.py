"""A comparison of stored tables: of people drawn by lot where there are more than the policy lets be learned from."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from factory.checks.comparison import Comparison, Pieces, Tables, comparison
from factory.contract import Contract, ReleasedTable, released
from factory.contract.people import person_ids
from factory.core.seeds import derive, generator
from factory.core.tables import load_ref, read_dataset, read_piece


def stored_comparison(contract: Contract, split: Path, synth: Path, seed: int) -> Comparison:
    """Compare `split/train`, `split/holdout` and `synth`.

    Of hold-out and synthetic people at most `policy.learned_people` each, drawn by lot, are held and compared; that is
    as many as are learned from at most. What must be true of every synthetic row is asked of all, a piece at a time.
    """
    most = contract.policy.learned_people
    train = read_dataset(split / "train")[1]
    holdout = sample(contract, split / "holdout", most, derive(seed, "measured", "holdout"))
    synthetic = sample(contract, synth, most, derive(seed, "measured", "synthetic"))
    made = comparison(contract, train, holdout, synthetic, seed)
    people = load_ref(synth).tables[contract.person].rows
    if people == made.people("synthetic"):
        return made
    return dataclasses.replace(made, pieces=Pieces(lambda: pieces(synth), people))


def sample(contract: Contract, folder: Path, most: int, seed: int) -> Tables:
    """The tables of at most `most` people of a folder, each person as likely as any other, rows in their order."""
    ref = load_ref(folder)
    person, key = ref.tables[contract.person], released(contract)[contract.person].key
    if person.rows <= most:
        return read_dataset(folder)[1]
    people = np.concatenate([read_piece(folder, person, at, [key])[key].to_numpy() for at in range(person.parts)])
    drawn = np.sort(generator(seed, "measured").choice(len(people), most, replace=False))
    return of_people(contract, folder, people[drawn].tolist())


def of_people(contract: Contract, folder: Path, people: Collection[Any]) -> Tables:
    """The rows of the people given of the tables of a folder, in their order; a piece is in memory at a time."""
    shapes, wanted = released(contract), set(people)
    found = [_rows(shapes, tables, wanted) for tables in pieces(folder)]
    return {name: pd.concat([each[name] for each in found], ignore_index=True) for name in shapes}


def pieces(folder: Path) -> Iterator[Tables]:
    """The tables of a folder piece by piece, each of the same people in every table."""
    ref = load_ref(folder)
    for at in range(ref.pieces):
        yield {name: read_piece(folder, table, at) for name, table in ref.tables.items()}


def _rows(shapes: dict[str, ReleasedTable], tables: Tables, wanted: set[Any]) -> Tables:
    return {name: tables[name][person_ids(shapes, tables, name).isin(wanted)] for name in shapes}
