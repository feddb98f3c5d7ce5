"""All attacks on all views of a sample of people; a person's score is that of their most exposed row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.checks.comparison import Comparison, Ints, Part
from factory.checks.neighbours import Floats
from factory.checks.persons import person_frames
from factory.checks.privacy.attacks import domias, genlra, logan, matching, nearest, neighbourhood, ratio
from factory.checks.privacy.attacks.view import View
from factory.core.seeds import derive, generator
from factory.words import Said

ATTACKS: dict[str, Callable[[View], Floats]] = {
    Said("nearest record"): nearest.scores,
    Said("distance ratio"): ratio.scores,
    Said("DOMIAS"): domias.scores,
    Said("Gen-LRA"): genlra.scores,
    Said("LOGAN"): logan.scores,
    Said("neighbourhood"): neighbourhood.scores,
    Said("matching"): matching.scores,
}
CITATION = "; ".join(m.CITATION for m in (nearest, ratio, domias, genlra, logan, neighbourhood, matching))
# People a side who are attacked, where there is one view; with more views fewer, that the work stays the same.
MOST_PEOPLE = 4000
FEWEST_PEOPLE = 1000
# Rows of a view: real ones, and synthetic ones.
MOST_REAL_ROWS = 12_000
MOST_MADE_ROWS = 12_000
Bools = npt.NDArray[np.bool_]
Key = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Battery:
    """`scores` of an attack on a view, by (attack, view): one for each person of the pool (p,), higher is likelier.

    `members`: who of the pool was trained on (p,). `rows`: place of each person of the pool in their part's person
    table (p,). `views`: by name. `last`: the view of one row a person over all tables, or None where no
    table has anything to compare.
    """

    scores: dict[Key, Floats]
    members: Bools
    rows: Ints
    views: dict[str, View]
    last: View | None

    def of(self, key: Key, chosen: Bools | None = None) -> tuple[Floats, Floats]:
        """Scores of people trained on, and of people who were not, of those chosen."""
        kept = np.ones(len(self.members), dtype=bool) if chosen is None else chosen
        return self.scores[key][self.members & kept], self.scores[key][~self.members & kept]


def most_attacked(tables: int) -> int:
    """People a side who are attacked where there are so many tables."""
    return max(FEWEST_PEOPLE, MOST_PEOPLE // max(1, tables))


def run_battery(comparison: Comparison) -> Battery:
    """Attack every table, of a child table also its own columns and each person's history, and whole persons."""
    pool = _Pool.of(comparison)
    views = {view.name: view for view in _views(comparison, pool)}
    scores: dict[Key, Floats] = {}
    for name, view in views.items():
        for attack, score in ATTACKS.items():
            scores[attack, name] = _by_person(score(view), view.people, len(pool.members))
    last = next(reversed(views.values()), None)
    return Battery(scores, pool.members, pool.rows, views, last)


def person_scores(scores: Floats, people: Ints, members: Bools) -> tuple[Floats, Floats]:
    """Scores of rows as scores of people trained on, and of others."""
    made = _by_person(scores, people, len(members))
    return made[members], made[~members]


def _by_person(scores: Floats, people: Ints, count: int) -> Floats:
    """The greatest score of a person; people without a row come after all others."""
    low = float(scores.min()) - 1
    made = np.full(count, low)
    np.maximum.at(made, people, scores)
    return made


@dataclass(frozen=True)
class _Pool:
    """People attacked: those trained on first."""

    members: Bools
    rows: Ints

    @classmethod
    def of(cls, comparison: Comparison) -> _Pool:
        most = most_attacked(len(comparison.tables()))
        chosen: list[Ints] = []
        sides: tuple[Part, Part] = ("train", "holdout")
        for part in sides:
            n = comparison.people(part)
            chosen.append(np.sort(generator(comparison.seed, "attacked", part).permutation(n)[:most]))
        return cls(np.repeat([True, False], [len(c) for c in chosen]), np.concatenate(chosen))

    def place(self, part: Part, people: int) -> Ints:
        """For each person of a part their number in the pool, or -1."""
        made = np.full(people + 1, -1, dtype=np.int64)
        side = np.flatnonzero(self.members == (part == "train"))
        made[self.rows[side]] = side
        return made


def _views(comparison: Comparison, pool: _Pool) -> list[View]:
    person = comparison.contract.person
    tables = comparison.tables()
    made = [_of_rows(comparison, pool, table) for table in tables]
    children = [table for table in tables if table != person]
    if children:
        frames = person_frames(comparison)
        for table in children:
            own = [c for c in comparison.rows("train", table).frame.columns if not c.startswith("person.")]
            if 0 < len(own) < comparison.rows("train", table).frame.shape[1]:
                made.append(_of_rows(comparison, pool, table, own))
            names = [c for c in frames["train"].columns if c.startswith((f"{table}: ", f"{table}."))]
            made.append(
                _of_people(
                    comparison, pool, Said("{table} histories", table=table), {p: f[names] for p, f in frames.items()}
                )
            )
        made.append(_of_people(comparison, pool, Said("whole persons"), frames))
    return made


def _of_rows(comparison: Comparison, pool: _Pool, table: str, own: list[str] | None = None) -> View:
    """Rows of a table, of all their columns or of some."""
    parts, owners = [], []
    sides: tuple[Part, Part] = ("train", "holdout")
    name = table if own is None else Said("{table}, its own columns", table=table)
    for part in sides:
        rows = comparison.rows(part, table)
        whose = pool.place(part, comparison.people(part))[rows.people]
        parts.append(rows.frame[whose >= 0])
        owners.append(whose[whose >= 0])
    people = np.concatenate(owners)
    kept = _some(people, MOST_REAL_ROWS, comparison.seed, f"{table} rows")
    synthetic = comparison.rows("synthetic", table)
    drawn = _some(synthetic.people, MOST_MADE_ROWS, comparison.seed, f"{table} made")
    real = pd.concat(parts, ignore_index=True).iloc[kept].reset_index(drop=True)
    made = synthetic.frame.iloc[drawn].reset_index(drop=True)
    columns = list(real.columns) if own is None else own
    return View(name, real[columns], made[columns], people[kept], _seed(comparison, name))


def _of_people(comparison: Comparison, pool: _Pool, name: str, frames: dict[Part, pd.DataFrame]) -> View:
    train, holdout = (pool.rows[pool.members], pool.rows[~pool.members])
    real = pd.concat([frames["train"].iloc[train], frames["holdout"].iloc[holdout]], ignore_index=True)
    made = frames["synthetic"]
    drawn = _some(np.arange(len(made)), MOST_MADE_ROWS, comparison.seed, f"{name} made")
    people = np.arange(len(real), dtype=np.int64)
    return View(name, real, made.iloc[drawn].reset_index(drop=True), people, _seed(comparison, name))


def _seed(comparison: Comparison, name: str) -> int:
    return derive(comparison.seed, "attacks", name)


def _some(people: Ints, most: int, seed: int, label: str) -> Ints:
    """Row numbers of at most about `most` rows: of each person as many as the others, or of some people one each."""
    if len(people) <= most:
        return np.arange(len(people), dtype=np.int64)
    order = generator(seed, label).permutation(len(people))
    nth = pd.Series(people[order]).groupby(people[order]).cumcount().to_numpy()
    first = order[np.argsort(nth, kind="stable")]
    return np.sort(first[:most]).astype(np.int64)
