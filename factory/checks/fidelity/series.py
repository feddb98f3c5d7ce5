"""Events of a table in time: its clock, and which numbers of it are measured again and again (the commonest labs)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from factory.checks.comparison import Comparison, Part
from factory.checks.fidelity.replicas import Floats, Ints
from factory.checks.fidelity.sample import Sample, samples
from factory.contract import Kind, ReleasedTable

# Rows of a part that are read, whole people.
MOST_ROWS = 40_000
MOST_SERIES = 10
# A category that explains this share of the ranks of a number says what was measured, as a laboratory code does.
NAMES_IT = 0.5
# Values beyond these quantiles of the training rows are brought to them: one misprint would else be all of a spread.
CLIP = (0.001, 0.999)
# Fewer rows of a series tell nothing of an order in time.
FEWEST_ROWS = 30


@dataclass(frozen=True)
class Events:
    """Rows of one part that have a time, by person and time (n,): people, groups, time, days since the person's first.

    `visit`: number of the row's person and time; `sample`: the rows of these, in the same order.
    """

    frame: pd.DataFrame
    people: Ints
    groups: Ints
    time: Floats
    since: Floats


@dataclass(frozen=True)
class Series:
    """A number measured again and again: `column`, where `code` is `level` (or everywhere, without a code)."""

    label: str
    column: str
    code: str | None
    level: str | None
    low: float
    high: float


def events_of(comparison: Comparison, table: str) -> tuple[dict[Part, Events], str] | None:
    """Rows of a child table in time, and the unit of that; None for a table without time or of one row a person."""
    shape = comparison.shapes[table]
    if table == comparison.contract.person:
        return None
    cut = samples(comparison, table, MOST_ROWS)
    clock = _clock(shape, cut["train"].frame)
    if clock is None:
        return None
    made = {part: _events(sample, clock[0]) for part, sample in cut.items()}
    if any(len(one.time) < 2 for one in made.values()):
        return None
    train = made["train"]
    # Somebody must have two rows at different times, or there is no series.
    if not ((train.people[1:] == train.people[:-1]) & (train.time[1:] > train.time[:-1])).any():
        return None
    return made, clock[1]


def series_of(comparison: Comparison, table: str, events: Events) -> list[Series]:
    """The commonest series by training people, each of at least `smallest_cell` people with two values."""
    shape = comparison.shapes[table]
    cell = comparison.contract.policy.smallest_cell
    frame = events.frame
    codes = [c.name for c in shape.columns if c.kind is Kind.CATEGORY and frame[c.name].nunique() > 1]
    found: list[tuple[int, Series]] = []
    for column in shape.columns:
        if column.kind not in (Kind.INTEGER, Kind.NUMBER) or column.column.time or column.column.age:
            continue
        values = frame[column.name].to_numpy()
        code = _naming(frame, values, codes)
        levels: list[str | None] = [None]
        if code is not None:
            levels = [str(level) for level in frame[code][~np.isnan(values)].value_counts().index[: 3 * MOST_SERIES]]
        for level in levels:
            rows = ~np.isnan(values) if level is None else ~np.isnan(values) & (frame[code] == level).to_numpy()
            who, times = np.unique(events.people[rows], return_counts=True)
            twice = int((times > 1).sum())
            if twice < cell or rows.sum() < FEWEST_ROWS or np.ptp(values[rows]) == 0 or len(who) < cell:
                continue
            low, high = np.quantile(values[rows], CLIP)
            label = column.name if level is None else level if len(levels) > 1 else f"{column.name} {level}"
            found.append((twice, Series(label, column.name, code, level, float(low), float(high))))
    found.sort(key=lambda one: -one[0])
    return _distinct([series for _, series in found[:MOST_SERIES]])


def values_of(events: Events, series: Series) -> tuple[Ints, Floats]:
    """Row numbers of a series in its events, in order of person and time, and the values brought within its ends."""
    values = events.frame[series.column].to_numpy()
    rows = ~np.isnan(values)
    if series.code is not None:
        rows &= (events.frame[series.code] == series.level).to_numpy()
    at = np.flatnonzero(rows)
    return at, np.clip(values[at], series.low, series.high)


def _clock(shape: ReleasedTable, frame: pd.DataFrame) -> tuple[str, str] | None:
    """The column that orders the rows, and its unit: moments and days first, then what the contract calls time."""
    for kinds, unit in (((Kind.MOMENT, Kind.DAY), "days"), ((Kind.INTEGER,), "")):
        names = [c for c in shape.columns if c.kind in kinds and (unit or c.column.time)]
        full = [(float(frame[c.name].notna().mean()), c) for c in names]
        if full and max(share for share, _ in full) > 0.5:
            best = max(full, key=lambda one: one[0])[1]
            return best.name, unit or best.column.unit or best.name
    return None


def _events(sample: Sample, clock: str) -> Events:
    time = sample.frame[clock].to_numpy("float64")
    there = np.flatnonzero(~np.isnan(time))
    order = there[np.lexsort((there, time[there], sample.people[there]))]
    people, time = sample.people[order], time[order]
    first = np.concatenate([[True], people[1:] != people[:-1]]) if len(people) else np.zeros(0, dtype=bool)
    start = time[np.maximum.accumulate(np.where(first, np.arange(len(people)), 0))] if len(people) else time
    return Events(sample.frame.iloc[order].reset_index(drop=True), people, sample.groups[order], time, time - start)


def _naming(frame: pd.DataFrame, values: Floats, codes: list[str]) -> str | None:
    """The category that says what a number is of, or None."""
    there = ~np.isnan(values)
    best, name = NAMES_IT, None
    if there.sum() < FEWEST_ROWS:
        return None
    ranks = rankdata(values[there])
    for code in codes:
        levels, size = pd.factorize(frame[code][there].where(frame[code][there].notna(), ""))
        counts = np.bincount(levels, minlength=len(size))
        between = float((counts * (np.bincount(levels, ranks) / counts - ranks.mean()) ** 2).sum())
        whole = float(((ranks - ranks.mean()) ** 2).sum())
        # Less what as many groups would explain by chance, else a column of nearly unique values would win.
        n, k = len(ranks), len(size)
        explained = 1 - (1 - between / whole) * (n - 1) / (n - k) if whole > 0 and k < n else 0.0
        # A text of the number itself names it too: of a series the values repeat, of such a text they do not.
        spread = pd.Series(values[there]).groupby(levels).nunique().mean()
        if explained > best and spread > 2:
            best, name = explained, code
    return name


def _distinct(found: list[Series]) -> list[Series]:
    labels = [series.label for series in found]
    return [
        series
        if labels.count(series.label) == 1
        else Series(f"{series.label} ({series.column})", *(getattr(series, k) for k in _REST))
        for series in found
    ]


_REST = ("column", "code", "level", "low", "high")
