"""Naming the licensee whose copy a suspect table is, with a p-value.

The owner holds the released tables as they were before anybody's marks. Where a suspect row is found among them, the
cells in which it differs are what marks, or somebody's tampering, changed. A licensee who has nothing to do with the
suspect would have had its mark at such a cell, to just the value that stands there, with a probability of at most
AGREEMENT, independently of everything else, since its dice hang on a secret. So the number of agreements is, for an
innocent licensee, at most Binomial(differences, AGREEMENT): no assumption about the data or what was done to them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.release.fingerprint.embed import Breaks, embed
from factory.release.fingerprint.marks import AGREEMENT
from factory.release.fingerprint.match import Matched, as_shown, match, shared_columns

FALSE_ACCUSATIONS = 1e-6
"""Most probability that any innocent licensee at all is named; shared among all of them (Bonferroni)."""


@dataclass(frozen=True)
class Accusation:
    """One licence: cells that agree with its marks, of those that differ, and the p-value for an innocent licensee.

    `named` says whether the p-value, times the number of licences looked at, is below FALSE_ACCUSATIONS.
    """

    licence: str
    agreements: int
    differences: int
    p: float
    named: bool


@dataclass(frozen=True)
class Trace:
    """What was found: rows of the suspect that were recognised, of how many, and every licence, likeliest first."""

    rows: int
    recognised: int
    accusations: tuple[Accusation, ...]

    @property
    def named(self) -> tuple[str, ...]:
        """Licences whose copies went into the suspect."""
        return tuple(item.licence for item in self.accusations if item.named)


@dataclass(frozen=True)
class _Sighting:
    """One matched table: where it differs from what was released, by column (positions of released rows)."""

    name: str
    columns: dict[str, tuple[npt.NDArray[np.int64], npt.NDArray[np.object_]]]
    matched: Matched


@dataclass(frozen=True)
class _Marks:
    """The marks of all licences in one column: row, value and number of the licence of each."""

    rows: npt.NDArray[np.int64]
    values: pd.Series
    licences: npt.NDArray[np.int64]


class Tracer:
    """The marks of every licence of one release, made once, against which suspects are held."""

    def __init__(
        self,
        released: Mapping[str, pd.DataFrame],
        secret: bytes,
        licences: Sequence[str],
        untouched: Mapping[str, Collection[str]],
        breaks: Breaks | None = None,
    ) -> None:
        self.released, self.licences, self.untouched = released, tuple(licences), untouched
        self._marks = _all_marks(released, secret, self.licences, untouched, breaks)

    def trace(self, suspects: Mapping[str, pd.DataFrame]) -> Trace:
        """Look for each licence's marks in tables under the names of the released ones they may come from."""
        agreements = np.zeros(len(self.licences), dtype=np.int64)
        differences = recognised = 0
        for name in sorted(set(suspects) & set(self.released)):
            seen = _sighting(name, self.released[name], suspects[name], set(self.untouched.get(name, ())))
            recognised += len(seen.matched.suspect)
            differences += sum(len(rows) for rows, _ in seen.columns.values())
            agreements += self._agreements(seen)
        found = [
            self._accusation(licence, int(count), differences)
            for licence, count in zip(self.licences, agreements, strict=True)
        ]
        found.sort(key=lambda item: (item.p, -item.agreements, item.licence))
        return Trace(sum(map(len, suspects.values())), recognised, tuple(found))

    def _accusation(self, licence: str, agreements: int, differences: int) -> Accusation:
        p = binomial_tail(agreements, differences, AGREEMENT)
        return Accusation(licence, agreements, differences, p, p * len(self.licences) < FALSE_ACCUSATIONS)

    def _agreements(self, seen: _Sighting) -> npt.NDArray[np.int64]:
        """How many of the cells that differ each licence's marks explain."""
        total = np.zeros(len(self.licences), dtype=np.int64)
        for column, (rows, theirs) in seen.columns.items():
            marks = self._marks[seen.name].get(column)
            if marks is None or not len(rows):
                continue
            order = np.argsort(marks.rows, kind="stable")
            left = np.searchsorted(marks.rows, rows, "left", sorter=order)
            right = np.searchsorted(marks.rows, rows, "right", sorter=order)
            which = np.concatenate([order[a:b] for a, b in zip(left, right, strict=True)]).astype(np.int64)
            shown = as_shown(marks.values.iloc[which], seen.matched.grids[column])
            hit = shown == np.repeat(theirs, right - left)
            total += np.bincount(marks.licences[which[hit]], minlength=len(total))
        return total


def trace(
    released: Mapping[str, pd.DataFrame],
    suspects: Mapping[str, pd.DataFrame],
    secret: bytes,
    licences: Sequence[str],
    untouched: Mapping[str, Collection[str]],
    breaks: Breaks | None = None,
) -> Trace:
    """`Tracer` for a single use."""
    return Tracer(released, secret, licences, untouched, breaks).trace(suspects)


def _all_marks(
    released: Mapping[str, pd.DataFrame],
    secret: bytes,
    licences: Sequence[str],
    untouched: Mapping[str, Collection[str]],
    breaks: Breaks | None,
) -> dict[str, dict[str, _Marks]]:
    pieces: dict[tuple[str, str], list[tuple[npt.NDArray[np.int64], pd.Series, int]]] = {}
    for number, licence in enumerate(licences):
        copy = embed(released, secret, licence, untouched, breaks)
        for table, columns in copy.cells.items():
            for column, mask in columns.items():
                rows = np.flatnonzero(mask).astype(np.int64)
                pieces.setdefault((table, column), []).append((rows, copy.tables[table][column].iloc[rows], number))
    made: dict[str, dict[str, _Marks]] = {table: {} for table in released}
    for (table, column), parts in pieces.items():
        made[table][column] = _Marks(
            np.concatenate([rows for rows, _, _ in parts]),
            pd.concat([values for _, values, _ in parts], ignore_index=True),
            np.concatenate([np.full(len(rows), number, dtype=np.int64) for rows, _, number in parts]),
        )
    return made


def _sighting(name: str, released: pd.DataFrame, suspect: pd.DataFrame, untouched: set[str]) -> _Sighting:
    columns = shared_columns(released, suspect, untouched)
    matched = match(released, suspect, columns)
    differ = {}
    for column in columns:
        ours = as_shown(released[column].iloc[matched.released], matched.grids[column])
        theirs = as_shown(suspect[column].iloc[matched.suspect], matched.grids[column])
        where = np.flatnonzero(ours != theirs)
        # A row that stands in the suspect ten times is one sighting: an innocent agreement must not count tenfold.
        seen = pd.DataFrame({"row": matched.released[where], "value": theirs[where]}).drop_duplicates()
        differ[column] = (seen["row"].to_numpy(dtype=np.int64), seen["value"].to_numpy(dtype=object))
    return _Sighting(name, differ, matched)


def binomial_tail(successes: int, trials: int, rate: float) -> float:
    """P(X >= successes) for X ~ Binomial(trials, rate)."""
    if successes <= 0:
        return 1.0
    from scipy.stats import binom

    return float(binom.sf(successes - 1, trials, rate))
