"""What is attacked: whole people in one row each, and one row a person of a table, with the people drawn for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from factory.checks.comparison import PARTS, Comparison, Ints, Part
from factory.checks.persons import person_frames
from factory.checks.privacy.wp216.records import MISSING, Bools, Records, Singles, records
from factory.core.seeds import generator
from factory.words import Said

# Attacked people a side, and pairs of an attacked and a synthetic row looked at: what two cores do in seconds.
FEWEST_ATTACKED = 2_000
MOST_ATTACKED = 3_000
_PAIRS = 30_000_000
MOST_SYNTHETIC = 100_000
# Of the attacked training people, the share that the positive control plants in the release.
PLANTED = 0.2
# No table is called so.
PEOPLE = Said("whole people")
# Share of people, training and hold-out together, that the alarms look at alone.
EXPOSED = 0.1
_UNUSUAL = 3


@dataclass(frozen=True)
class View:
    """One row of each person attacked (parts train and holdout of `records`), and the synthetic rows.

    `planted`: which rows of train the positive control releases too (sorted). `of`: rows of each part before the cut.
    """

    name: str
    records: Records
    planted: Ints
    of: dict[Part, int]

    @cached_property
    def exposed(self) -> dict[Part, Bools]:
        """Which attacked rows of train and holdout are among the most unusual tenth of both together: those whose
        three most unusual values, rare codes and numbers far out, are rarest.
        """
        both = np.hstack([self.records.codes[part] for part in PARTS[:2]])
        unusual = [_surprise(v, o) for v, o in zip(both, self.records.ordered, strict=True)]
        few = np.sort(np.array(unusual).reshape(len(unusual), both.shape[1]), axis=0)[-_UNUSUAL:].sum(axis=0)
        among = few >= np.quantile(few, 1 - EXPOSED) if len(few) else few > 0
        train = self.records.count("train")
        return {"train": among[:train], "holdout": among[train:]}

    def findable(self, without: int | None = None) -> float:
        """Share of the attacked training rows that no attacked hold-out row is equal to, one column left out if asked:
        whoever else is copied cannot be told from people who were not.
        """
        kept = [place for place in range(len(self.records.names)) if place != without]
        train, holdout = (np.ascontiguousarray(self.records.codes[part][kept].T) for part in PARTS[:2])
        if not train.size:
            return 0.0
        known = {row.tobytes() for row in holdout}
        return sum(row.tobytes() not in known for row in train) / len(train)


def people_view(comparison: Comparison) -> View:
    """Whole people, one row each."""
    frames = person_frames(comparison)
    owners = {part: np.arange(comparison.people(part)) for part in PARTS}
    return _view(comparison, PEOPLE, frames, owners)


def table_view(comparison: Comparison, table: str) -> View:
    """Rows of a table with their person's columns, one row a person drawn for those attacked."""
    rows = {part: comparison.rows(part, table) for part in PARTS}
    return _view(comparison, table, {p: r.frame for p, r in rows.items()}, {p: r.people for p, r in rows.items()})


def widest_table(comparison: Comparison) -> str | None:
    """The table below the person table that has most columns, or None."""
    below = [name for name in comparison.tables() if name != comparison.contract.person]
    return max(below, key=lambda name: comparison.rows("train", name).frame.shape[1], default=None)


def _view(comparison: Comparison, name: str, frames: dict[Part, pd.DataFrame], owners: dict[Part, Ints]) -> View:
    kept: dict[Part, pd.DataFrame] = {}
    drawn = _some(len(frames["synthetic"]), MOST_SYNTHETIC, comparison.seed, name)
    kept["synthetic"] = frames["synthetic"].iloc[drawn]
    most = max(FEWEST_ATTACKED, min(MOST_ATTACKED, _PAIRS // max(1, len(drawn))))
    for part in PARTS[:2]:
        kept[part] = frames[part].iloc[_one_a_person(owners[part], most, comparison.seed, name, part)]
    dice = generator(comparison.seed, "wp216", name, "planted")
    many = max(1, round(PLANTED * len(kept["train"])))
    planted = np.sort(dice.permutation(len(kept["train"]))[:many])
    return View(name, records(kept), planted, {part: len(frames[part]) for part in PARTS})


def _some(rows: int, most: int, seed: int, name: str) -> Ints:
    if rows <= most:
        return np.arange(rows)
    return np.sort(generator(seed, "wp216", name, "synthetic").choice(rows, most, replace=False))


def _one_a_person(owner: Ints, most: int, seed: int, name: str, part: str) -> Ints:
    dice = generator(seed, "wp216", name, part)
    order = dice.permutation(len(owner))
    order = order[owner[order] >= 0]
    _, first = np.unique(owner[order], return_index=True)
    chosen = order[first]
    return np.sort(dice.permutation(chosen)[:most])


def _surprise(values: Singles, ordered: bool) -> Singles:
    """How unusual each value is: minus the logarithm of the share that is like it, or as far out."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    share = counts[where] / len(values)
    if ordered:
        there = values != MISSING
        share[there] = np.minimum(1, 2 * np.minimum(values[there], 1 - values[there]))
    return np.asarray(-np.log(share), dtype=np.float32)
