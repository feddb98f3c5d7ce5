"""The stage `split`: people, not rows, are drawn into training and hold-out before anything is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from factory.contract import Contract, digest, released
from factory.contract.people import person_ids
from factory.core.seeds import generator
from factory.core.tables import DatasetRef, Zone, read_dataset, write_dataset
from factory.core.version import code_digest

PARTS = ("train", "holdout")


def split(
    contract: Contract, deid: Path, out: Path, seed: int, sides: Sequence[str] | None = None
) -> dict[str, DatasetRef]:
    """Write the de-identified tables of training people to `out/train`, of hold-out people to `out/holdout`.

    The share held out is `policy.holdout_share`; row order is kept. `sides`: for each person in the order of their
    table the part they belong to, or nothing where it is drawn; a person in an earlier release keeps theirs.
    """
    ref, frames = read_dataset(deid)
    shapes = released(contract)
    people = frames[contract.person][shapes[contract.person].key].to_numpy()
    order = generator(seed, "split").permutation(people).tolist()
    side = dict(zip(people.tolist(), sides, strict=True)) if sides is not None else {}
    free = [person for person in order if not side.get(person)]
    held = {person for person, part in side.items() if part == "holdout"}
    held.update(free[: round(len(free) * contract.policy.holdout_share)])
    parents = tuple(table.digest for table in ref.tables.values())
    refs = {}
    for part in PARTS:
        chosen: dict[str, pd.DataFrame] = {}
        for name in shapes:
            is_held = person_ids(shapes, frames, name).isin(held)
            chosen[name] = frames[name][is_held if part == "holdout" else ~is_held].reset_index(drop=True)
        refs[part] = write_dataset(chosen, out / part, Zone.DEIDENTIFIED, digest(contract), parents, code_digest())
    return refs
