"""The stage `split`: people, not rows, are drawn into training and hold-out before anything is fitted.

Of more people than the policy lets be learned from, the rest are in neither part: attacks on training people are then
attacks on those who were learned from, and no others.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from factory.contract import Contract, digest, released
from factory.core.files import pretty_json, write_bytes
from factory.core.seeds import generator
from factory.core.tables import DatasetRef, Zone, read_dataset, write_dataset
from factory.core.version import code_digest
from factory.synth.learned import of_people, sample_of

PARTS = ("train", "holdout")
PEOPLE = "people.json"


def split(contract: Contract, deid: Path, out: Path, seed: int) -> dict[str, DatasetRef]:
    """Write the de-identified tables of training people to `out/train`, of hold-out people to `out/holdout`.

    The share held out is `policy.holdout_share`, and at most `policy.learned_people` of the others are training people;
    row order is kept. `out/people.json` says how many of each there are, and how many are `beyond` both.
    """
    ref, frames = read_dataset(deid)
    shapes = released(contract)
    people = frames[contract.person][shapes[contract.person].key].to_numpy()
    order = generator(seed, "split").permutation(people)
    held = set(order[: round(len(order) * contract.policy.holdout_share)].tolist())
    others = np.array([person for person in people.tolist() if person not in held], dtype=people.dtype)
    chosen = {"train": set(sample_of(others, contract.policy.learned_people, seed).tolist()), "holdout": held}
    parents = tuple(table.digest for table in ref.tables.values())
    refs = {}
    for part in PARTS:
        tables = of_people(frames, shapes, chosen[part])
        refs[part] = write_dataset(tables, out / part, Zone.DEIDENTIFIED, digest(contract), parents, code_digest())
    counts = {part: len(chosen[part]) for part in PARTS}
    write_bytes(out / PEOPLE, pretty_json({**counts, "beyond": len(people) - sum(counts.values())}))
    return refs
