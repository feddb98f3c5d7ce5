"""Tails of numbers: what lies beyond the training rows' outer quantiles, and beyond their ends."""

from __future__ import annotations

from typing import Any

import numpy as np

from factory.checks.comparison import Comparison, Part
from factory.checks.fidelity.replicas import Floats, Ints, beside, left_out, told
from factory.checks.fidelity.sample import SIDES, cuts, kinds_of
from factory.checks.measure import Measure
from factory.contract import Kind
from factory.words import Said

QUANTILES = (0.01, 0.05, 0.95, 0.99)
CITATION = "shares beyond the quantiles of the training rows; Hyndman and Fan 1996, type 7"


def measure_tails(comparison: Comparison) -> tuple[list[Measure], dict[str, Any]]:
    """How far the rows beyond the training rows' 1%, 5%, 95% and 99% quantiles are from as many as they should be.

    `tail_mass`: mean over columns and quantiles of |share beyond - share of training rows beyond| over the latter: 0
    is all of the tail, 1 is a tail that is gone or is there twice. `beyond_ends`: share of values less than the least
    or greater than the greatest training value. Details by column have the ratio of the shares, and the distance of
    the quantiles over that of the training rows' 5% and 95%; no quantile itself.
    """
    measures: list[Measure] = []
    details: dict[str, Any] = {}
    for table, cut in cuts(comparison):
        kinds = kinds_of(comparison, table)
        own = [c.name for c in comparison.shapes[table].columns if c.compared]
        numbers = [name for name in own if kinds[name] is not Kind.CATEGORY]
        found: dict[str, dict[Part, tuple[Floats, Floats, list[float]]]] = {}
        for name in numbers:
            values = {part: sample.frame[name].to_numpy() for part, sample in cut.items()}
            if all(np.isfinite(side).sum() > 1 for side in values.values()) and np.nanstd(values["train"]) > 0:
                found[name] = {part: _tails(values["train"], values[part], cut[part].groups) for part in SIDES}
        if not found:
            continue
        mass, fresh_mass = (_mean([_off(one[part][0]) for one in found.values()]) for part in SIDES)
        ends, fresh_ends = (_mean([one[part][1] for one in found.values()]) for part in SIDES)
        n = len(cut["synthetic"].drawn)
        title = Said("Mass of the tails missing or in excess, as a share of what it should be")
        measures += beside(
            "tail_mass", title, mass, fresh_mass, "at most", n, CITATION, table, comparison.seed, (0.0, np.inf)
        )  # fmt: skip
        title = Said("Share of numbers beyond the ends of the training rows")
        measures += beside("beyond_ends", title, ends, fresh_ends, "at most", n, CITATION, table, comparison.seed)
        details[table] = {name: {part: _shown(*one) for part, one in sides.items()} for name, sides in found.items()}
    return measures, details


def _tails(real: Floats, other: Floats, groups: Ints) -> tuple[Floats, Floats, list[float]]:
    """Share beyond each quantile over that of the real rows (4 x replicas), share beyond the ends, quantiles' gaps."""
    real, there = real[~np.isnan(real)], ~np.isnan(other)
    other, groups = other[there], groups[there]
    limits = np.quantile(real, QUANTILES)
    span = limits[2] - limits[1] or float(np.std(real))
    ratios = []
    for at, limit in zip(QUANTILES, limits, strict=True):
        # At or beyond: values that many rows share would otherwise leave a tail of none.
        usual = (real <= limit).mean() if at < 0.5 else (real >= limit).mean()
        ratios.append(_part(other <= limit if at < 0.5 else other >= limit, groups) / usual)
    ends = _part((other < real.min()) | (other > real.max()), groups)
    gaps = (np.quantile(other, QUANTILES) - limits) / span
    return np.array(ratios), ends, gaps.round(4).tolist()


def _part(rows: Floats, groups: Ints) -> Floats:
    one = np.zeros(len(rows), dtype=np.int64)
    hits, all_rows = (left_out(one, w, 1, groups)[:, 0] for w in (rows.astype("float64"), np.ones(len(rows))))
    with np.errstate(all="ignore"):
        return np.asarray(hits / all_rows)


def _mean(columns: list[Floats]) -> Floats:
    return np.asarray(np.mean(columns, axis=0))


def _off(ratios: Floats) -> Floats:
    return np.asarray(np.abs(ratios - 1).mean(axis=0))


def _shown(ratios: Floats, ends: Floats, gaps: list[float]) -> dict[str, Any]:
    named = [f"{at:.0%}" for at in QUANTILES]
    return {
        "beyond": {name: told(ratio) for name, ratio in zip(named, ratios, strict=True)},
        "gap": dict(zip(named, gaps, strict=True)),
        "beyond_ends": told(ends),
    }
