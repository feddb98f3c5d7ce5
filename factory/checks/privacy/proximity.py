"""Samples of training, hold-out and synthetic rows of a table, and how near each synthetic row is to the real ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from factory.checks.comparison import PARTS, Comparison, Part
from factory.checks.neighbours import Floats, Ints, nearest
from factory.checks.privacy.attacks.view import as_numbers, space
from factory.core.seeds import generator

MOST_ROWS = 4000
# Of so many nearest by Euclid's distance the nearest by Gower's is taken.
_LOOKED_AT = 5


@dataclass(frozen=True)
class Proximity:
    """Distances from the nearest rows (rows x 5, nearest first) and by Gower from the nearest (rows,).

    `people`: of synthetic people in the sample, and of hold-out ones. Training and hold-out samples are of one size.
    """

    made_to_train: Floats
    made_to_holdout: Floats
    fresh_to_train: Floats
    gower_made_to_train: Floats
    gower_made_to_holdout: Floats
    gower_fresh_to_train: Floats
    people: tuple[int, int]


def proximity(comparison: Comparison, table: str) -> Proximity:
    """How near synthetic and hold-out rows of a table are; rows are drawn, at most MOST_ROWS a part. Kept."""
    if ("proximity", table) not in comparison.kept:
        comparison.kept["proximity", table] = _proximity(comparison, table)
    found: Proximity = comparison.kept["proximity", table]
    return found


def _proximity(comparison: Comparison, table: str) -> Proximity:
    rows = {part: comparison.rows(part, table) for part in PARTS}
    fewest = min(len(rows["train"].people), len(rows["holdout"].people), MOST_ROWS)
    most = {"train": fewest, "holdout": fewest, "synthetic": MOST_ROWS}
    drawn = {part: _drawn(comparison, table, part, len(rows[part].people), most[part]) for part in PARTS}
    frames = {part: rows[part].frame.iloc[drawn[part]].reset_index(drop=True) for part in PARTS}
    codes = dict(zip(PARTS, space(*frames.values()), strict=True))
    plain = _plain(pd.concat(frames.values(), ignore_index=True))
    starts = dict(zip(PARTS, np.cumsum([0, *(len(frames[part]) for part in PARTS[:-1])]).tolist(), strict=True))
    made: list[Floats] = []
    by_gower: list[Floats] = []
    pairs: tuple[tuple[Part, Part], ...] = (("synthetic", "train"), ("synthetic", "holdout"), ("holdout", "train"))
    for of, to in pairs:
        distance, places = nearest(codes[of], codes[to], _LOOKED_AT)
        made.append(distance)
        by_gower.append(_gower(plain, starts[of], places, starts[to]))
    people = tuple(len(np.unique(rows[part].people[drawn[part]])) for part in ("synthetic", "holdout"))
    return Proximity(made[0], made[1], made[2], by_gower[0], by_gower[1], by_gower[2], (people[0], people[1]))


def _drawn(comparison: Comparison, table: str, part: Part, rows: int, most: int) -> Ints:
    order = generator(comparison.seed, "proximity", table, part).permutation(rows)
    return np.sort(order[:most]).astype(np.int64)


def _plain(frame: pd.DataFrame) -> list[tuple[bool, Floats]]:
    """For each column whether it is ordered, and its ranks in [0, 1] or its levels as numbers; nan is missing."""
    made: list[tuple[bool, Floats]] = []
    for name in frame.columns:
        values = frame[name]
        if values.dtype == object:
            levels, _ = pd.factorize(values.map(str, na_action="ignore"))
            made.append((False, np.where(levels < 0, np.nan, levels.astype("float64"))))
            continue
        numbers = as_numbers(values)
        there = ~np.isnan(numbers)
        ranks = np.full(len(numbers), np.nan)
        if there.any():
            ranks[there] = (rankdata(numbers[there]) - 0.5) / there.sum()
        made.append((True, ranks))
    return made


def _gower(columns: list[tuple[bool, Floats]], of: int, places: Ints, to: int) -> Floats:
    """Gower's distance (Biometrics 1971, 27:857) from the nearest of the rows at `places` (n,), in [0, 1].

    Numbers are as far apart as their ranks; a missing value is as far from any other as can be, and none from another.
    """
    apart = np.zeros(places.shape)
    here = of + np.arange(len(places))
    there = to + np.maximum(places, 0)
    for ordered, values in columns:
        one, other = values[here][:, None], values[there]
        gap = np.abs(one - other) if ordered else (one != other).astype("float64")
        lost = np.isnan(one) | np.isnan(other)
        apart += np.where(lost, (np.isnan(one) != np.isnan(other)).astype("float64"), gap)
    apart[places < 0] = np.inf
    found: Floats = apart.min(axis=1) / max(1, len(columns))
    return found
