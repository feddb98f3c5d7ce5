"""Rows that the fidelity measures look at: plain columns, whole people, as many of hold-out as of synthetic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.checks.comparison import PARTS, Comparison, Ints, Part
from factory.checks.fidelity.replicas import GROUPS
from factory.contract import Kind
from factory.core.seeds import generator

Floats = npt.NDArray[np.float64]
# What SDMetrics' report is given at most; a table of more rows is read by people drawn from it.
MOST_ROWS = 10_000
SIDES: tuple[Part, Part] = ("synthetic", "holdout")
"""What is held against the training rows: the synthetic ones, and a fresh real sample."""
# Fewer people would not be a sample, however many rows each has.
FEWEST_PEOPLE = 40
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Sample:
    """Rows of people drawn from one part of a table (n x columns), numbers and moments (days) float64, else text.

    `people`: whose each row is (n,). `groups`: the group of people that each row is left out with (n,), see `replicas`.
    `drawn`: the people drawn, also those who have no row here. `whole`: True where that is everybody.
    """

    frame: pd.DataFrame
    people: Ints
    groups: Ints
    drawn: Ints
    whole: bool


def samples(comparison: Comparison, table: str, most: int = MOST_ROWS) -> dict[Part, Sample]:
    """A sample of each part of a table, at most about `most` rows each, hold-out and synthetic of as many people.

    Distances between samples shrink with their size, so that a fresh real sample is a yardstick only for as many
    synthetic people.
    """
    kept = ("fidelity sample", table, most)
    if kept not in comparison.kept:
        orders = {part: _order(comparison, part, table) for part in PARTS}
        fits = {part: _affordable(comparison, part, table, orders[part], most) for part in PARTS}
        others = min(fits["holdout"], fits["synthetic"])
        wanted = {"train": fits["train"], "holdout": others, "synthetic": others}
        comparison.kept[kept] = {part: _drawn(comparison, part, table, orders[part][: wanted[part]]) for part in PARTS}
    found: dict[Part, Sample] = comparison.kept[kept]
    return found


def cuts(comparison: Comparison, most: int = MOST_ROWS) -> Iterator[tuple[str, dict[Part, Sample]]]:
    """Each table with its samples, where the people drawn have at least two rows in every part."""
    for table in comparison.tables():
        cut = samples(comparison, table, most)
        if all(len(sample.frame) > 1 for sample in cut.values()):
            yield table, cut


def enough(sample: Sample, rows: npt.NDArray[np.bool_], cell: int) -> bool:
    """Whether what is said of the rows chosen (n,) may be shown: nobody is behind them, or `cell` people are."""
    behind = len(np.unique(sample.people[rows]))
    return behind == 0 or behind >= cell


def kinds_of(comparison: Comparison, table: str) -> dict[str, Kind]:
    """Kind of each column of a sample, those of the person included (`person.<column>`)."""
    kinds = {c.name: c.kind for c in comparison.shapes[table].columns if c.compared}
    if table != comparison.contract.person:
        person = comparison.shapes[comparison.contract.person]
        kinds |= {f"person.{c.name}": c.kind for c in person.columns if c.compared}
    return kinds


def plain(values: pd.Series, kind: Kind) -> pd.Series:
    """Numbers as float64, moments as days (float64), categories as text or None."""
    if kind is Kind.CATEGORY:
        text = values.astype(object)
        return text.where(text.notna(), None).map(str, na_action="ignore").astype(object)
    if kind is Kind.MOMENT:
        if isinstance(values.dtype, pd.DatetimeTZDtype):
            values = values.dt.tz_convert(None)
        elif not pd.api.types.is_datetime64_any_dtype(values):
            values = pd.to_datetime(values, errors="coerce")
        seconds = values.astype("datetime64[s]").astype("int64").astype("float64")
        return (seconds / _SECONDS_A_DAY).where(values.notna())
    if values.dtype == object:
        values = pd.to_numeric(values, errors="coerce")
    numbers = values.to_numpy("float64", na_value=np.nan)
    # What is not finite is no measurement, and has no place in a histogram.
    return pd.Series(np.where(np.isfinite(numbers), numbers, np.nan), index=values.index, name=values.name)


def _order(comparison: Comparison, part: Part, table: str) -> Ints:
    return generator(comparison.seed, "fidelity people", part, table).permutation(comparison.people(part))


def _affordable(comparison: Comparison, part: Part, table: str, order: Ints, most: int) -> int:
    owner = comparison.rows(part, table).people
    counts = np.bincount(owner[owner >= 0], minlength=comparison.people(part))[order]
    fits = int(np.searchsorted(np.cumsum(counts), most, side="right"))
    return max(fits, min(len(order), FEWEST_PEOPLE))


def _drawn(comparison: Comparison, part: Part, table: str, drawn: Ints) -> Sample:
    rows = comparison.rows(part, table)
    taken = np.isin(rows.people, drawn)
    kinds = kinds_of(comparison, table)
    frame = rows.frame[taken].reset_index(drop=True)
    frame = pd.DataFrame({name: plain(frame[name], kind) for name, kind in kinds.items()}, index=frame.index)
    people = rows.people[taken]
    # Groups of as many of the people drawn, who stand in a random order already.
    group = np.zeros(comparison.people(part), dtype=np.int64)
    group[drawn] = np.arange(len(drawn)) % GROUPS
    return Sample(frame, people, group[people], drawn, len(drawn) == comparison.people(part))
