"""Values of events: each given that item's last value, its mean so far, and where it is bound for in this parent.

Last value and mean are the person's own, over all parents so far: a patient's second stay begins where the first ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.core.seeds import derive
from factory.synth.relations.chain import Chain
from factory.synth.relations.items import Told
from factory.synth.relations.prepare import END, LEVEL, Level, Rows, ranks
from factory.synth.relations.sequence import LEFT, NTH, PREVIOUS, field_of_context
from factory.synth.rows import Field, People
from factory.synth.trees import SequentialTrees, Settings

SINCE = "since|"
ITEM = "item|"
MEAN = "mean before|"
DUE = "due|"
Floats = npt.NDArray[np.float64]


class Values:
    """A model an item of `columns` (of which `numbers`), one more for all items that few people have."""

    def __init__(self, settings: Settings, chain: Chain, columns: Sequence[str], numbers: Sequence[str]) -> None:
        self._settings = settings
        self._chain = chain
        self._columns = list(columns)
        self._numbers = list(numbers)
        self._names = chain.names(np.arange(chain.items))
        self._models: dict[int, SequentialTrees] = {}
        self._given: dict[int, list[str]] = {}

    def fit(
        self,
        level: Level,
        fields: Mapping[str, Field],
        context: pd.DataFrame,
        told: Told,
        item: str,
        people: People,
        seed: int,
    ) -> None:
        """Learn from a level (n rows) with context (n rows) and what each parent was told of its items."""
        codes = self._chain.codes(level.rows[item])
        enough = 2 * self._settings.smallest_cell
        groups = {code: np.flatnonzero(codes == code) for code in range(self._chain.items)}
        rest = [rows for rows in groups.values() if len(np.unique(people[rows])) < enough]
        large = {code: rows for code, rows in groups.items() if len(np.unique(people[rows])) >= enough}
        if rest:
            rows = np.sort(np.concatenate([*rest, np.flatnonzero(codes < 0)]))
            large[-1] = rows[np.lexsort((level.at[rows], level.owner[rows], codes[rows], people[rows]))]
        self._like = level.rows[self._columns].iloc[:0]
        for code, rows in large.items():
            values = level.rows[self._columns].iloc[rows].reset_index(drop=True)
            owner, at = level.owner[rows], level.at[rows]
            nth, left = self._places(owner, codes[rows])
            whose = people[rows] * (self._chain.items + 2) + codes[rows] + 1
            before = ranks(whose)
            since = np.where(before > 0, np.r_[0.0, np.diff(at)].clip(min=0.0), -1.0)
            numbers = _floats(values, self._numbers)
            sums, here = (
                _Sums.learnt(numbers, whose),
                _Sums.learnt(numbers, owner * (self._chain.items + 2) + codes[rows]),
            )
            beside = context.iloc[rows].reset_index(drop=True)
            bound = self._bound(code, told, owner)
            given = self._beside(_shifted(values, before), sums, here, since, nth, left, codes[rows], bound, beside)
            frame = pd.concat([values, given], axis=1)
            measured = {name: fields[name] for name in values.columns}
            measured |= {name: field_of_context(given[name]) for name in given.columns}
            model = SequentialTrees(self._settings)
            model_seed = derive(seed, "values", str(code))
            model.fit(frame, measured, people[rows], model_seed, list(given.columns), self._numbers)
            self._models[code] = model
            self._given[code] = list(given.columns)

    def draw(
        self,
        context: pd.DataFrame,
        told: Told,
        people: People,
        owner: Rows,
        at: Floats,
        codes: Rows,
        rng: np.random.Generator,
    ) -> pd.DataFrame:
        """Values of all events: item by item, its first occurrence in every person, then the second, and so on.

        `people` (m,) says whose each parent is; parents of a person come one after another, in time.
        """
        parts: list[pd.DataFrame] = []
        places: list[Rows] = []
        order = np.lexsort((at, owner, codes))
        nth, left, turn = (np.empty(len(owner), dtype=np.int64) for _ in range(3))
        nth[order], left[order] = self._places(owner[order], codes[order])
        whose = people[owner]
        turn[order] = ranks((whose * (self._chain.items + 2) + codes + 1)[order])
        for code in np.unique(codes):
            known = int(code) if int(code) in self._models else -1
            model = self._models.get(known)
            mine = order[codes[order] == code]
            if model is None:
                continue
            before: pd.DataFrame | None = None
            last = np.zeros(0, dtype=np.int64)
            so_far = _Sums(int(people.max()) + 1, len(self._numbers))
            inside = _Sums(len(people), len(self._numbers))
            for occurrence in range(int(turn[mine].max()) + 1):
                here = mine[turn[mine] == occurrence]
                if before is None:
                    before = self._like.reindex(range(len(here)))
                    since = np.full(len(here), -1.0)
                else:
                    kept = np.searchsorted(whose[last], whose[here])
                    before = before.iloc[kept].reset_index(drop=True)
                    since = (at[here] - at[last[kept]]).clip(min=0.0)
                beside = context.iloc[owner[here]].reset_index(drop=True)
                bound = self._bound(known, told, owner[here])
                sums, own = so_far.of(whose[here]), inside.of(owner[here])
                given = self._beside(before, sums, own, since, nth[here], left[here], codes[here], bound, beside)
                before = model.sample_given(given[self._given[known]], rng)[self._columns]
                numbers = _floats(before, self._numbers)
                so_far.add(numbers, whose[here])
                inside.add(numbers, owner[here])
                last = here
                parts.append(before)
                places.append(here)
        made = pd.concat(parts, ignore_index=True) if parts else self._like
        back = np.argsort(np.concatenate(places)) if places else np.zeros(0, np.int64)
        return made.iloc[back].reset_index(drop=True)

    def _places(self, owner: Rows, codes: Rows) -> tuple[Rows, Rows]:
        """Position of each event (n) among those of its item in its parent, and how many are left with it."""
        series = owner * (self._chain.items + 2) + codes + 1
        return ranks(series), ranks(series[::-1])[::-1] + 1

    def _bound(self, code: int, told: Told, owner: Rows) -> tuple[Floats, Floats] | None:
        """Level and last value of an item in the parents given (n each), None where parents were told of none."""
        if code < 0 or self._names[code] not in told.levels.columns:
            return None
        level, end = (
            frame[self._names[code]].to_numpy("float64", na_value=np.nan)[owner] for frame in (told.levels, told.ends)
        )
        return level, end

    def _beside(
        self,
        before: pd.DataFrame,
        so_far: tuple[Floats, Floats],
        inside: tuple[Floats, Floats],
        since: Floats,
        nth: Rows,
        left: Rows,
        codes: Rows,
        bound: tuple[Floats, Floats] | None,
        context: pd.DataFrame,
    ) -> pd.DataFrame:
        """What each row (n) is drawn from; `so_far` and `inside` (n, numbers) are sums and counts of earlier values.

        Those of the person, and those of the parent.
        """
        sums, counts = so_far
        made = before.add_prefix(PREVIOUS)
        means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
        for column, name in enumerate(self._numbers):
            made[MEAN + name] = means[:, column]
        made[SINCE] = since
        made[NTH] = nth.astype("float64")
        made[ITEM] = codes.astype("float64")
        if bound is not None:
            level, end = bound
            made[LEVEL], made[END], made[LEFT] = level, end, left.astype("float64")
            made[DUE] = due(level, end, inside[0][:, 0], inside[1][:, 0], left)
        return pd.concat([made, context], axis=1)


def due(level: Floats, end: Floats, total: Floats, count: Floats, left: Rows) -> Floats:
    """What the values still to come (n rows, `left` of them) must average for a parent to reach its level and end.

    `total` and `count` are those of the values before. The last value is to be the end itself.
    """
    ends = ~np.isnan(end)
    last = np.where(ends & (left > 1), end, 0.0)
    rest = left - (ends & (left > 1))
    made: Floats = np.where(ends & (left == 1), end, (level * (count + left) - total - last) / rest)
    return made


class _Sums:
    """Sums of each number over earlier values of one item of a person or a parent."""

    def __init__(self, owners: int, numbers: int) -> None:
        self._sums = np.zeros((owners, numbers))
        self._counts = np.zeros((owners, numbers))

    def add(self, numbers: Floats, owner: Rows) -> None:
        """Take in values (n, numbers) of different owners."""
        self._sums[owner] += np.nan_to_num(numbers)
        self._counts[owner] += ~np.isnan(numbers)

    def of(self, owner: Rows) -> tuple[Floats, Floats]:
        """Sums and how many values they are of, so far, of the owners given (n rows)."""
        return self._sums[owner], self._counts[owner]

    @staticmethod
    def learnt(numbers: Floats, series: Rows) -> tuple[Floats, Floats]:
        """The same before each row (n, numbers), rows of a series one after another."""
        first = np.flatnonzero(ranks(series) == 0)
        size = np.diff(np.r_[first, len(series)])
        made = []
        for part in (np.nan_to_num(numbers), (~np.isnan(numbers)).astype(np.float64)):
            total = np.cumsum(part, axis=0) - part
            made.append(total - np.repeat(total[first], size, axis=0))
        return made[0], made[1]


def _floats(values: pd.DataFrame, numbers: Sequence[str]) -> Floats:
    made = np.empty((len(values), len(numbers)))
    for column, name in enumerate(numbers):
        made[:, column] = values[name].to_numpy("float64", na_value=np.nan)
    return made


def _shifted(values: pd.DataFrame, nth: Rows) -> pd.DataFrame:
    made = values.shift(1)
    first = nth == 0
    for name in made.columns:
        made.loc[first, name] = None if made[name].dtype == object else pd.NA
    return made
