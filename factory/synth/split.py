"""The stage `split`: people, not rows, are drawn into training and hold-out before anything is fitted.

Of more people than the policy lets be learned from, the rest are in neither part: attacks on training people are then
attacks on those who were learned from, and no others.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from factory.contract import Contract, ReleasedTable, digest, released
from factory.contract.people import person_ids
from factory.core.files import pretty_json, write_bytes
from factory.core.seeds import generator
from factory.core.tables import DatasetRef, PieceRef, Zone, columns_as_read, load_ref, of_pieces, write_piece
from factory.core.version import code_digest
from factory.synth.learned import sample_of

PARTS = ("train", "holdout")
PEOPLE = "people.json"


def split(
    contract: Contract, deid: Path, out: Path, seed: int, sides: Sequence[str] | None = None
) -> dict[str, DatasetRef]:
    """Write the de-identified tables of training people to `out/train`, of hold-out people to `out/holdout`.

    The share held out is `policy.holdout_share`, and at most `policy.learned_people` of the others are training people;
    row order is kept, and one piece of people is in memory at a time. `sides`: for each person in the order of their
    table the part they belong to, or nothing where it is drawn; a person in an earlier release keeps theirs.
    `out/people.json` says how many of each there are, and how many are `beyond` both.
    """
    ref = load_ref(deid)
    shapes = released(contract)
    person = ref.tables[contract.person]
    key = shapes[contract.person].key
    people = np.concatenate(
        [columns_as_read(deid, person, at, [key])[key].to_numpy() for at in range(len(person.files))]
    )
    held = _held_out(people, generator(seed, "split").permutation(people), sides, contract.policy.holdout_share)
    others = people[~np.isin(people, held)]
    chosen = {"train": sample_of(others, contract.policy.learned_people, seed), "holdout": held}
    made: dict[str, dict[str, list[PieceRef]]] = {part: {name: [] for name in shapes} for part in PARTS}
    for at in range(ref.pieces):
        tables = {name: columns_as_read(deid, ref.tables[name], at) for name in shapes}
        for name, owners in _owners(shapes, tables).items():
            for part in PARTS:
                rows = tables[name].filter(pa.array(owners.isin(chosen[part]).to_numpy()))
                made[part][name].append(write_piece(rows, out / part))
    parents = tuple(table.digest for table in ref.tables.values())
    refs = {}
    for part in PARTS:
        parts = {name: of_pieces(pieces, ref.tables[name].columns) for name, pieces in made[part].items()}
        refs[part] = DatasetRef(Zone.DEIDENTIFIED, parts, digest(contract), parents, code_digest())
        refs[part].save(out / part)
    counts = {part: len(chosen[part]) for part in PARTS}
    write_bytes(out / PEOPLE, pretty_json({**counts, "beyond": len(people) - sum(counts.values())}))
    return refs


def _held_out(
    people: npt.NDArray[np.int64], order: npt.NDArray[np.int64], sides: Sequence[str] | None, share: float
) -> npt.NDArray[np.int64]:
    """The people held out: those who were before, and a share of those who are new, first in `order`."""
    if sides is None:
        return order[: round(len(order) * share)]
    known = np.asarray(sides, dtype=object)
    free = order[np.isin(order, people[known == ""])]
    return np.concatenate([people[known == "holdout"], free[: round(len(free) * share)]])


def _owners(shapes: dict[str, ReleasedTable], tables: dict[str, pa.Table]) -> dict[str, pd.Series]:
    """The person of each row of a table."""
    links = {
        name: tables[name].select([shape.key, *([shape.parent_id] if shape.parent_id else [])]).to_pandas()
        for name, shape in shapes.items()
    }
    return {name: person_ids(shapes, links, name) for name in shapes}
