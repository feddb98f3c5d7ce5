"""Exact copies: synthetic rows that equal the row of one training person, beyond what chance would do (control GD-4).

What many people share is nobody's: only rows that exactly one of all real people has are looked for. A generator that
copies nobody meets those of training and of hold-out people alike; what training people's are met beyond that is
copied. Where no two real people agree even on all columns but two, no chance explains a copy and the first one counts.
A generator that met hold-out people far oftener than fresh people would (of whom the rows that two real people share
tell, Good 1953, Biometrika 40:237) has seen them, and then they are no control.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import binom, nbinom

from factory.checks.comparison import PARTS, Comparison, Ints, Part
from factory.checks.measure import Measure
from factory.checks.persons import person_frame
from factory.checks.privacy.attacks.view import as_numbers
from factory.core.seeds import generator
from factory.words import Said

# Chance with which a generator that copies nobody may seem to, over all that is looked at.
LEVEL = 0.001
# The same, of further rows shared where the rows that are tell how many to expect.
_FURTHER = 0.01
# Hits on hold-out people, in times of what chance allows, from which they are no control.
_NO_CONTROL = 2
# Real rows among which agreement on all columns but two is looked for, and sets of columns that are tried.
_LOOKED_AT, _MOST_SETS = 6_000, 1_000
_REAL: tuple[Part, Part] = ("train", "holdout")
Prints = npt.NDArray[np.uint64]
NO_CONTROL = Said(
    "The synthetic rows repeat hold-out people as well, so that the hold-out is no control: was it learned from?"
)


@dataclass(frozen=True)
class Copies:
    """`beyond`: distinct rows copied of one training person beyond chance, of `rows` synthetic ones."""

    beyond: int
    rows: int
    no_control: bool


def exact_copies(comparison: Comparison) -> Measure:
    """The share of synthetic rows copied, in the table, its own columns, or whole persons, where it is greatest.

    Every synthetic row is looked at, also where other measures look at people drawn from them.
    """
    views = list(_views(comparison))
    real = {view.label: {part: view.prints(comparison, part) for part in _REAL} for view in views}
    made: dict[str, list[Prints]] = {view.label: [] for view in views}
    for piece in comparison.all_synthetic():
        for view in views:
            made[view.label].append(view.prints(piece, "synthetic").sum(axis=1, dtype=np.uint64))
    found = {}
    for view in views:
        people = {part: view.people(comparison, part) for part in _REAL}
        dice = generator(comparison.seed, "exact copies", view.label)
        found[view.label] = copies(real[view.label], people, np.concatenate(made[view.label]), dice)
    shares = {label: one.beyond / max(one.rows, 1) for label, one in found.items()}
    where = max(shares, key=lambda label: shares[label]) if shares else ""
    spoilt = [label for label, one in found.items() if one.no_control]
    return Measure(
        "exact_copy_share",
        Said("Exact copies of one training person's rows, beyond chance"),
        shares.get(where, 0.0),
        None,
        None,
        comparison.contract.policy.exact_copy_share,
        "at most",
        comparison.people_made(),
        "mostlyai-qa practice; Good 1953; control GD-4",
        where=spoilt[0] if spoilt and not shares[where] else where,
        weak=NO_CONTROL if spoilt else "",
    )


def copies(columns: dict[Part, Prints], people: dict[Part, Ints], made: Prints, dice: np.random.Generator) -> Copies:
    """Compare prints of cells (rows x columns) of training and hold-out, `people` saying whose each row is (rows,),
    with those of synthetic rows (rows,), each the sum of its cells' prints."""
    prints = {part: columns[part].sum(axis=1, dtype=np.uint64) for part in _REAL}
    real = np.concatenate([prints[part] for part in _REAL])
    sizes = [int(people[part].max(initial=-1)) + 1 for part in _REAL]
    owner = np.concatenate([people["train"], people["holdout"] + sizes[0]])
    pairs = pd.DataFrame({"print": real, "owner": owner}).drop_duplicates()
    holders = pairs.groupby("print")["owner"].agg(["size", "first"])
    single = holders.index[holders["size"] == 1].to_numpy()
    trained = holders.loc[single, "first"].to_numpy() < sizes[0]
    met = np.isin(single, made)
    hits, control = int((met & trained).sum()), int((met & ~trained).sum())
    rows = len(made)
    if hits + control == 0:
        return Copies(0, rows, False)
    if _all_apart(np.concatenate([columns[part] for part in _REAL]), owner, dice):
        return Copies(hits, rows, control > 0)
    # Of the training people's rows as many are met by chance as their number and the hold-out's say.
    share = max(trained.mean(), 1e-9)
    likely = int(binom.ppf(1 - LEVEL, hits + control, share)) if share < 1 else 0
    shared = int((holders["size"] == 2).sum())
    most = _by_chance(shared, rows, len(pairs))
    # Where real people hardly ever share a row, chance explains less than a control of few people must allow.
    return Copies(max(0, hits - min(likely, most)), rows, control > _NO_CONTROL * max(1, most))


def _by_chance(shared: int, rows: int, real: int) -> int:
    """Most rows of one person that so many fresh rows would meet, where `shared` rows of `real` have two owners.

    A fresh row meets one person's row with chance 2 f2 / n; f2 being a count, its next is a negative binomial's.
    """
    return int(nbinom.ppf(1 - _FURTHER, shared + 0.5, 1 / (1 + 2 * rows / max(real, 1))))


def _all_apart(columns: Prints, owner: Ints, dice: np.random.Generator) -> bool:
    """True where no two people agree on all columns but any two."""
    width = columns.shape[1]
    if width < 4:
        return False
    some = dice.permutation(len(columns))[:_LOOKED_AT]
    columns, owner = columns[some], owner[some]
    whole = columns.sum(axis=1, dtype=np.uint64)
    sets = list(itertools.combinations(range(width), 2))
    for place in dice.permutation(len(sets))[:_MOST_SETS]:
        a, b = sets[place]
        left = whole - columns[:, a] - columns[:, b]
        order = np.argsort(left)
        if ((np.diff(left[order]) == 0) & (np.diff(owner[order]) != 0)).any():
            return False
    return True


@dataclass(frozen=True)
class _View:
    """Rows of a table, of all columns compared or of some, or whole persons where no table is named."""

    label: str
    table: str | None = None
    own: tuple[str, ...] = ()

    def prints(self, comparison: Comparison, part: Part) -> Prints:
        """Prints of the cells of a part (rows x columns)."""
        if self.table is None:
            return _hashed(person_frame(comparison, part))
        frame = comparison.rows(part, self.table).frame
        return _hashed(frame[list(self.own)] if self.own else frame)

    def people(self, comparison: Comparison, part: Part) -> Ints:
        """Whose each of the rows is (rows,)."""
        if self.table is None:
            return np.arange(comparison.people(part), dtype=np.int64)
        return comparison.rows(part, self.table).people


def _views(comparison: Comparison) -> Iterator[_View]:
    for table in comparison.shapes:
        rows = {part: comparison.rows(part, table) for part in PARTS}
        if not (len(rows["train"].frame) and len(rows["synthetic"].frame) and rows["train"].frame.shape[1]):
            continue
        yield _View(table, table)
        own = [c for c in rows["train"].frame.columns if not c.startswith("person.")]
        if table != comparison.contract.person and 0 < len(own) < rows["train"].frame.shape[1]:
            yield _View(Said("{table}, its own columns", table=table), table, tuple(own))
    if len(comparison.tables()) > 1:
        yield _View(Said("whole persons"))


def _hashed(frame: pd.DataFrame) -> Prints:
    """A number for each cell and its place (rows x columns), so that rows are alike where their sums are."""
    made = [
        pd.util.hash_pandas_object(f"{place}:" + _text(frame[name]), index=False).to_numpy()
        for place, name in enumerate(frame.columns)
    ]
    return np.column_stack(made).astype(np.uint64) if made else np.zeros((len(frame), 0), dtype=np.uint64)


def _text(values: pd.Series) -> pd.Series:
    # As numbers where they are: one part may hold a column as Int64 and another as float64.
    if values.dtype != object:
        return pd.Series(as_numbers(values)).astype(object).where(values.notna().to_numpy(), "\x00").astype(str)
    return values.where(values.notna(), "\x00").astype(str).reset_index(drop=True)
