"""Cox regressions of a survival on real and on synthetic people, and how far their estimates agree."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from factory.checks.comparison import Comparison, Ints
from factory.checks.features import Floats
from factory.checks.measure import Bearing, Measure
from factory.checks.utility.design import Bools, design_of
from factory.checks.utility.effects import (
    KARR,
    SNOKE,
    Compared,
    coefficients,
    compared,
    mean_overlap,
    overlap_title,
)
from factory.checks.utility.regression import Estimates, cox, standardised
from factory.checks.utility.rows import column_of
from factory.checks.utility.times import times_of
from factory.checks.utility.tstr import measure_name
from factory.contract import Survival
from factory.core.seeds import generator
from factory.words import Said

# People a Cox regression is fitted on: statsmodels goes through the events one by one.
MOST_PEOPLE = 4_000


def cox_measures(comparison: Comparison, survival: Survival, why: str) -> tuple[list[Measure], list[dict[str, Any]]]:
    """Overlap of the coefficients' intervals and the greatest move of one; none where nothing is adjusted for.

    `why`: why the survival cannot be looked at, or nothing.
    """
    if not survival.covariates and survival.by is None:
        return [], []
    result = None if why else _compared(comparison, survival)
    said = why or (result.why if result else "")
    value = mean_overlap(result, "synthetic")
    shared = Measure(
        name=measure_name("cox_overlap", survival.id),
        title=overlap_title(
            Said(
                "Survival {survival}: mean overlap of the Cox coefficients' intervals, synthetic with real",
                survival=survival.id,
            ),
            result,
        ),
        value=value,
        low=None,
        high=None,
        threshold=None,
        direction="at least",
        n=0 if result is None else result.other("synthetic").people,
        citation=f"Cox 1972 (JRSS B 34:187); {KARR}",
        seed=comparison.seed,
        where=Said("survival {survival}", survival=survival.id),
        bearing=Bearing.DIAGNOSTIC,
        weak=said,
    )
    moved = replace(
        shared,
        name=measure_name("cox_change", survival.id),
        title=Said(
            "Survival {survival}: greatest change of a Cox coefficient, in standard errors of the real one",
            survival=survival.id,
        ),
        value=_greatest(result),
        direction="at most",
        citation=SNOKE,
    )
    return [shared, moved], [] if result is None else coefficients(result)


def _compared(comparison: Comparison, survival: Survival) -> Compared:
    sources = (*([survival.by] if survival.by else []), *survival.covariates)
    placed = {source: str(column_of(comparison, survival.table, source)) for source in sources}
    time, event = (str(column_of(comparison, survival.table, name)) for name in (survival.time, survival.event))
    design = design_of(comparison, survival.table, sources, (survival.by,) if survival.by else ())

    def taken(frame: pd.DataFrame) -> tuple[tuple[Floats, ...], Bools]:
        return times_of(frame, time, event, survival.positive)

    def fit(rows: tuple[Floats, ...], columns: Floats, names: tuple[str, ...], people: Ints) -> Estimates | str:
        # One row a person, drawn: rows of one person are not independent, and the interval takes them to be.
        order = generator(comparison.seed, "cox", survival.id).permutation(len(people))
        one = order[np.unique(people[order], return_index=True)[1]]
        return cox(rows[0][one], rows[1][one], columns[one], names, people[one])

    return compared(comparison, survival.table, design, placed, taken, fit, MOST_PEOPLE)


def _greatest(result: Compared | None) -> float:
    if result is None or result.why:
        return math.nan
    moved = standardised(result.other("train"), result.other("synthetic"))
    return float(np.nanmax(moved)) if np.isfinite(moved).any() else math.nan
