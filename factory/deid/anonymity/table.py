"""A table as the distinct combinations of its quasi-identifiers, and the classes that break a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from factory.deid.anonymity.classes import (
    BoolArray,
    FloatArray,
    IntArray,
    Values,
    combine,
    compact,
    factorize,
    ordered_codes,
    vote_weights,
)
from factory.deid.anonymity.domain import Domain
from factory.deid.anonymity.spread import Spread, spread

_SLACK = 1e-9  # rounding of sums, far below any limit anyone states


@dataclass(frozen=True)
class Sensitive:
    """A sensitive column over combinations: entries (combination, value, weight), and its limits, None where unset."""

    name: str
    ordered: bool
    size: int = 0
    combination: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    value: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    weight: FloatArray = field(default_factory=lambda: np.zeros(0))
    distinct: float | None = None
    entropy: float | None = None
    t: float | None = None

    def among(self, kept: BoolArray) -> Sensitive:
        """The column over the kept combinations only, numbered anew."""
        here = kept[self.combination]
        numbers = np.cumsum(kept) - 1
        return replace(
            self,
            combination=numbers[self.combination[here]],
            value=self.value[here],
            weight=self.weight[here],
        )

    def spread(self, ids: IntArray, count: int) -> Spread:
        """Spread over the classes `ids` of the combinations."""
        return spread(ids[self.combination], count, self.value, self.size, self.weight)


@dataclass(frozen=True)
class Combinations:
    """Distinct combinations (c) of leaves.

    `codes`: one array a quasi-identifier. `rows`: rows behind each. `alone`: people found in that combination only.
    `shared`, `shared_person`: one entry a (combination, person) pair of people found in several. `everyone`: people of
    the table, where combinations that k people have at the finest level are given with k of them only.
    """

    k: int
    codes: tuple[IntArray, ...]
    rows: IntArray
    alone: IntArray
    shared: IntArray
    shared_person: IntArray
    sensitive: tuple[Sensitive, ...]
    everyone: int | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def people(self, kept: BoolArray | None = None) -> int:
        """Distinct people with a row among the kept combinations."""
        if kept is None and self.everyone is not None:
            return self.everyone
        if kept is None:
            kept = np.ones(len(self), dtype=np.bool_)
        seen = np.zeros(int(self.shared_person.max(initial=-1)) + 1, dtype=np.bool_)
        seen[self.shared_person[kept[self.shared]]] = True
        return int(self.alone[kept].sum()) + int(seen.sum())

    def class_people(self, ids: IntArray, count: int) -> IntArray:
        """Distinct people in each class."""
        made = np.bincount(ids, self.alone, count).astype(np.int64)
        if not len(self.shared):
            return made
        size = int(self.shared_person.max()) + 1
        pairs = pd.unique(ids[self.shared] * size + self.shared_person)
        return made + np.bincount(pairs // size, minlength=count)

    def among(self, kept: BoolArray) -> Combinations:
        """The kept combinations only."""
        here = kept[self.shared]
        return Combinations(
            self.k,
            tuple(codes[kept] for codes in self.codes),
            self.rows[kept],
            self.alone[kept],
            (np.cumsum(kept) - 1)[self.shared[here]],
            self.shared_person[here],
            tuple(column.among(kept) for column in self.sensitive),
        )

    def breaks_always(self, ids: IntArray, count: int) -> BoolArray:
        """Classes under k people or under l distinct values: what no class that contains them alone can mend.

        A class that passes still passes when it is joined to others, so this falls as levels rise.
        """
        bad: BoolArray = self.class_people(ids, count) < self.k
        for column in self.sensitive:
            if column.distinct is not None:
                bad = bad | (column.spread(ids, count).distinct() < column.distinct - _SLACK)
        return bad

    def breaks_spread(self, ids: IntArray, count: int, overall: list[FloatArray] | None = None) -> BoolArray:
        """Classes under entropy l, or further than t from `overall`, by default the spread of these combinations."""
        bad: BoolArray = np.zeros(count, dtype=np.bool_)
        for at, column in enumerate(self.sensitive):
            if column.entropy is None and column.t is None:
                continue
            held = column.spread(ids, count)
            if overall is not None:
                held = replace(held, overall=overall[at])
            if column.entropy is not None:
                bad = bad | (held.entropy() < np.log(column.entropy) - _SLACK)
            if column.t is not None:
                far = held.ordered_distance() if column.ordered else held.equal_distance()
                bad = bad | (far > column.t + _SLACK)
        return bad

    @property
    def spread_limited(self) -> bool:
        """True where entropy l or t is asked for."""
        return any(column.entropy is not None or column.t is not None for column in self.sensitive)

    def settle(self, ids: IntArray, count: int) -> tuple[BoolArray, BoolArray]:
        """Combinations suppressed for `breaks_always` (c), and for any limit (c).

        Suppressing classes moves the spread of the rest, against which t is measured: repeated until none breaks it.
        """
        always = self.breaks_always(ids, count)[ids]
        gone = always
        while self.spread_limited and not gone.all():
            kept = self.among(~gone)
            here, left = compact(ids[~gone], count)
            bad = kept.breaks_spread(here, left)[here]
            if not bad.any():
                break
            gone = gone.copy()
            gone[np.flatnonzero(~gone)[bad]] = True
        return always, gone


def combinations(
    domains: list[Domain], k: int, people: Values | None, sensitive: Sequence[tuple[Sensitive, Values]]
) -> tuple[Combinations, IntArray]:
    """Collapse rows to combinations; returns them and the combination of each row.

    `sensitive`: limits without entries, each with its column.
    """
    ids, count = combine([d.codes for d in domains], [len(d.loss[0]) for d in domains])
    first = np.zeros(count, dtype=np.int64)
    first[ids] = np.arange(len(ids))
    rows = np.bincount(ids, minlength=count)
    alone, shared, shared_person = rows, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    if people is not None:
        owners, size = factorize(people)
        pairs, held = compact(ids * size + owners, count * size)
        heads = np.zeros(held, dtype=np.int64)
        heads[pairs] = np.arange(len(ids))
        of_combination, of_person = ids[heads], owners[heads]
        several = np.bincount(of_person, minlength=size)[of_person] > 1
        alone = np.bincount(of_combination[~several], minlength=count)
        shared, shared_person = of_combination[several], compact(of_person[several], size)[0]
    weights = vote_weights(people, len(ids))
    columns = tuple(_entries(limits, values, ids, count, weights) for limits, values in sensitive)
    return Combinations(k, tuple(d.codes[first] for d in domains), rows, alone, shared, shared_person, columns), ids


def _entries(limits: Sensitive, values: Values, ids: IntArray, count: int, weights: FloatArray | None) -> Sensitive:
    codes, size = ordered_codes(values) if limits.ordered else factorize(values)
    pairs, held = compact(ids * size + codes, count * size)
    heads = np.zeros(held, dtype=np.int64)
    heads[pairs] = np.arange(len(ids))
    mass = np.bincount(pairs, weights, held).astype(np.float64)
    return replace(limits, size=size, combination=ids[heads], value=codes[heads], weight=mass)
