"""Effects that an analyst would estimate: the contract's regressions on real and on synthetic rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from factory.checks.comparison import PARTS, Comparison, Ints, Part
from factory.checks.features import Floats
from factory.checks.measure import Bearing, Measure
from factory.checks.utility.curves import normal_interval
from factory.checks.utility.design import Bools, Design, design_of
from factory.checks.utility.regression import Estimates, linear, logistic, overlap, standardised
from factory.checks.utility.rows import column_of, is_one_of, missing_from, numbers_of, owned
from factory.checks.utility.tstr import measure_name
from factory.contract import Effect
from factory.core.seeds import generator
from factory.words import Said

# People a regression is fitted on; a bigger part is sampled.
MOST_PEOPLE = 20_000
KARR = "Karr et al. 2006 (The American Statistician 60:224)"
SNOKE = "Snoke et al. 2018 (JRSS A 181:663)"
FEW_PEOPLE = Said("There are too few people, or too few of them with the outcome.")

Outcome = Callable[[pd.DataFrame], tuple[tuple[Floats, ...], Bools]]
Fit = Callable[[tuple[Floats, ...], Floats, tuple[str, ...], Ints], "Estimates | str"]


class Compared(NamedTuple):
    """Estimates of training, hold-out and synthetic people, each or a sentence why there are none."""

    design: Design
    found: dict[Part, Estimates | str]

    @property
    def why(self) -> str:
        """Why there is nothing to compare, or nothing."""
        real = self.found["train"]
        if isinstance(real, str):
            return real
        return "" if np.isfinite(real.beta).any() else Said("The training people give no estimate.")

    def other(self, part: Part) -> Estimates:
        """Estimates of a part, all missing where there are none."""
        found = self.found[part]
        if isinstance(found, Estimates):
            return found
        nothing = np.full(len(self.design.names), np.nan)
        return Estimates(self.design.names, nothing, nothing, 0)


def compared(
    comparison: Comparison, table: str, design: Design, placed: dict[str, str], outcome: Outcome, fit: Fit, most: int
) -> Compared:
    """One regression on each part. `outcome` takes what is regressed from rows, and says which rows are whole."""
    found: dict[Part, Estimates | str] = {}
    for part in PARTS:
        frame, people = owned(comparison, part, table)
        columns, whole = design.columns(frame, placed)
        wanted, there = outcome(frame)
        kept = whole & there & _some(people, most, comparison.seed)
        enough = len(np.unique(people[kept])) >= comparison.contract.policy.smallest_cell
        rows = tuple(values[kept] for values in wanted)
        found[part] = fit(rows, columns[kept], design.names, people[kept]) if enough else FEW_PEOPLE
    return Compared(design, found)


def effects(comparison: Comparison, effect: Effect) -> tuple[list[Measure], dict[str, Any]]:
    """How far the intervals of a regression's coefficients overlap, and how far the exposure's estimate moved."""
    sources = (effect.exposure, *effect.covariates)
    why = missing_from(comparison, effect.table, effect.columns())
    if why:
        return _measures(comparison, effect, None, why), {"table": effect.table, "weak": why}
    placed = {source: str(column_of(comparison, effect.table, source)) for source in sources}
    outcome = str(column_of(comparison, effect.table, effect.outcome))
    design = design_of(comparison, effect.table, sources, ())

    def taken(frame: pd.DataFrame) -> tuple[tuple[Floats, ...], Bools]:
        values = frame[outcome]
        if effect.positive is not None:
            return (is_one_of(values, effect.positive).astype(np.float64),), values.notna().to_numpy(dtype=bool)
        numbers = numbers_of(values)
        numbers = np.full(len(values), np.nan) if numbers is None else numbers
        return (numbers,), ~np.isnan(numbers)

    kind = linear if effect.positive is None else logistic
    result = compared(
        comparison, effect.table, design, placed, taken, lambda rows, *more: kind(rows[0], *more), MOST_PEOPLE
    )
    return _measures(comparison, effect, result, result.why), {
        "table": effect.table,
        "kind": "linear" if effect.positive is None else "logistic",
        "coefficients": coefficients(result),
        "weak": result.why,
    }


def coefficients(result: Compared) -> list[dict[str, Any]]:
    """A row a coefficient: estimate and interval in each part, overlap and difference, for a forest plot."""
    if result.why:
        return []
    real = result.other("train")
    made, fresh = result.other("synthetic"), result.other("holdout")
    shared, apart, ceiling = overlap(real, made), standardised(real, made), overlap(real, fresh)
    return [
        {
            "name": name,
            "real": _shown(real, place),
            "synthetic": _shown(made, place),
            "fresh": _shown(fresh, place),
            "overlap": _rounded(shared[place]),
            "fresh_overlap": _rounded(ceiling[place]),
            "difference": _rounded(apart[place]),
        }
        for place, name in enumerate(real.names)
        if np.isfinite(real.beta[place])
    ]


def mean_overlap(result: Compared | None, part: Part) -> float:
    """Mean interval overlap of a part with the training people; NaN where those give no estimate."""
    if result is None or result.why:
        return math.nan
    return float(np.nanmean(overlap(result.other("train"), result.other(part))))


def overlap_title(title: Said, result: Compared | None) -> Said:
    """The title of an overlap with what a fresh real sample reaches."""
    fresh = mean_overlap(result, "holdout")
    return title if math.isnan(fresh) else Said("{what} (a fresh real sample: {fresh:.2f})", what=title, fresh=fresh)


def _measures(comparison: Comparison, effect: Effect, result: Compared | None, why: str) -> list[Measure]:
    value = math.nan if result is None else mean_overlap(result, "synthetic")
    people = 0 if result is None else result.other("synthetic").people
    shared = Measure(
        name=measure_name("effect_overlap", effect.id),
        title=overlap_title(
            Said("Effect {effect}: mean overlap of the coefficients' intervals, synthetic with real", effect=effect.id),
            result,
        ),
        value=value,
        low=None,
        high=None,
        threshold=None,
        direction="at least",
        n=people,
        citation=KARR,
        seed=comparison.seed,
        where=Said("effect {effect}", effect=effect.id),
        bearing=Bearing.DIAGNOSTIC,
        weak=why,
    )
    change, interval, unsure = _change(effect, result)
    moved = replace(
        shared,
        name=measure_name("effect_change", effect.id),
        title=Said(
            "Effect {effect}: how much the exposure's coefficient changed, in standard errors of the real one",
            effect=effect.id,
        ),
        value=change,
        low=interval[0],
        high=interval[1],
        direction="at most",
        citation=SNOKE,
        weak=why or unsure,
    )
    return [shared, moved]


def _change(effect: Effect, result: Compared | None) -> tuple[float, tuple[float | None, float | None], str]:
    """Of the exposure's coefficient that moved most: the move over the real standard error, and its interval."""
    if result is None or result.why:
        return math.nan, (None, None), ""
    real, made = result.other("train"), result.other("synthetic")
    mine = np.array([source == effect.exposure for source in result.design.sources])
    moved = np.where(mine, (made.beta - real.beta) / real.se, np.nan)
    if not np.isfinite(moved).any():
        return math.nan, (None, None), Said("The exposure's coefficient has no estimate in one of the parts.")
    place = int(np.nanargmax(np.abs(moved)))
    spread = math.hypot(float(real.se[place]), float(made.se[place])) / float(real.se[place])
    return float(moved[place]), normal_interval(float(moved[place]), spread), ""


def _some(people: Ints, most: int, seed: int) -> Bools:
    distinct = np.unique(people)
    if len(distinct) <= most:
        return np.ones(len(people), dtype=bool)
    return np.isin(people, generator(seed, "regression sample").choice(distinct, most, replace=False))


def _shown(found: Estimates, place: int) -> list[float | None]:
    return [_rounded(values[place]) for values in (found.beta, found.low, found.high)]


def _rounded(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
