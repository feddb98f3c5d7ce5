"""Copies: synthetic rows that equal training rows, lie next to them, or repeat their rare combinations (GD-4)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from factory.checks.comparison import PARTS, Comparison, Part
from factory.checks.intervals import difference
from factory.checks.measure import Bearing, Measure
from factory.checks.neighbours import Ints
from factory.checks.persons import person_frames
from factory.checks.privacy.attacks.view import as_numbers
from factory.checks.privacy.exact import exact_copies
from factory.checks.privacy.proximity import proximity
from factory.contract import Role
from factory.core.seeds import generator
from factory.words import Said

# A near copy lies nearer to a real row than all but this share of fresh real rows do.
_NEAR = 0.01
# Combinations of so many columns, so many of them, out of so many columns.
_SET, _SETS, _COLUMNS = 4, 40, 12
# Fewest people who are alone with theirs, on either side, for a set of columns to be judged.
_FEWEST = 20
_TENTHS = 10


def measure_copies(comparison: Comparison) -> list[Measure]:
    """Exact copies (a gate), near copies and copies of rare combinations (alarms), each beyond what hold-out shows.

    A near copy is nearer to a training row than 99% of hold-out rows are, by Gower's distance; a rare combination of
    four columns is held by one person of training and hold-out together. Control of both: the same with the hold-out
    in the place of training. Exact copies are counted in every table, in a child table's with and without the person's
    columns, and in whole persons.
    """
    tables = comparison.tables()
    measures = [exact_copies(comparison)]
    return [*measures, _near(comparison, tables), _rare(comparison)] if tables else measures


def _near(comparison: Comparison, tables: list[str]) -> Measure:
    level = 1 - 0.05 / len(tables)
    found = {}
    for table in tables:
        near = proximity(comparison, table)
        edge = float(np.quantile(near.gower_fresh_to_train, _NEAR))
        shares = [float((one <= edge).mean()) for one in (near.gower_made_to_train, near.gower_made_to_holdout)]
        n = near.people[0]
        found[table] = difference(shares[0] * n, n, shares[1] * n, n, level)
    where = max(found, key=lambda table: found[table][1])
    return Measure(
        "near_copy_share",
        Said("Near copies of training rows beyond those of hold-out rows; worst of {n}", n=len(tables)),
        *found[where], comparison.contract.policy.disclosure_advantage, "at most",
        proximity(comparison, where).people[0], "Gower 1971; Newcombe 1998; control GD-4", comparison.seed, where,
        Bearing.ALARM,
    )  # fmt: skip


def _rare(comparison: Comparison) -> Measure:
    """People alone with a combination who find it in the synthetic rows, of training and of hold-out as control."""
    frames = person_frames(comparison)
    n = min(comparison.people("train"), comparison.people("holdout"))
    drawn: dict[Part, Ints] = {part: np.arange(len(frames[part]), dtype=np.int64) for part in PARTS}
    drawn["train"] = generator(comparison.seed, "rare", "train").permutation(len(frames["train"]))[:n]
    drawn["holdout"] = generator(comparison.seed, "rare", "holdout").permutation(len(frames["holdout"]))[:n]
    columns = _chosen_columns(comparison, list(frames["train"].columns))
    levels = {c: _coarse(*(frames[part][c].iloc[drawn[part]] for part in PARTS)) for c in columns}
    size = min(_SET, len(columns))
    dice = generator(comparison.seed, "rare", "sets")
    sets = sorted({tuple(sorted(dice.permutation(len(columns))[:size].tolist())) for _ in range(_SETS)})
    level = 1 - 0.05 / max(1, len(sets))
    found = {chosen: _repeated([levels[columns[c]] for c in chosen], n, level) for chosen in sets}
    worst = max(found, key=lambda chosen: found[chosen][1])
    return Measure(
        "rare_combination_share",
        Said(
            "Combinations of one training person found in synthetic rows, beyond hold-out's; worst of {n} sets",
            n=len(sets),
        ),
        *found[worst], comparison.contract.policy.disclosure_advantage, "at most", 2 * n,
        "Newcombe 1998; control GD-4", comparison.seed, " x ".join(columns[c] for c in worst), Bearing.ALARM,
    )  # fmt: skip


def _chosen_columns(comparison: Comparison, columns: list[str]) -> list[str]:
    """Quasi-identifiers first, then others as the dice fall."""
    shape = comparison.shapes[comparison.contract.person]
    known = {c.name for c in shape.columns if c.column.role is Role.QUASI_IDENTIFIER}
    order = generator(comparison.seed, "rare", "columns").permutation(len(columns))
    shuffled = [columns[place] for place in order]
    return sorted(shuffled, key=lambda name: name not in known)[:_COLUMNS]


def _coarse(*parts: pd.Series) -> Ints:
    """Levels of a category, or tenths of a number, of all parts one after the other; missing is a level."""
    whole = pd.concat(parts, ignore_index=True)
    if whole.dtype == object:
        return np.asarray(pd.factorize(whole.map(str, na_action="ignore"))[0], dtype=np.int64) + 1
    ranks = pd.Series(as_numbers(whole)).rank(pct=True, method="average")
    return np.asarray(np.ceil(ranks.fillna(0).to_numpy() * _TENTHS), dtype=np.int64)


def _repeated(levels: list[Ints], n: int, level: float) -> tuple[float, float, float]:
    """Share of training people alone with their levels whom synthetic rows repeat, less that of hold-out people."""
    keys = np.zeros(len(levels[0]), dtype=np.int64)
    for one in levels:
        keys = np.unique(keys * (int(one.max()) + 1) + one, return_inverse=True)[1].ravel()
    real, made = keys[: 2 * n], keys[2 * n :]
    alone = np.bincount(real, minlength=int(keys.max()) + 1)[real] == 1
    repeated = np.isin(real, made)
    inside, outside = alone[:n], alone[n:]
    if min(inside.sum(), outside.sum()) < _FEWEST:
        return float("nan"), -1.0, 1.0
    return difference(
        int((repeated[:n] & inside).sum()), int(inside.sum()), int((repeated[n:] & outside).sum()), int(outside.sum()),
        level,
    )  # fmt: skip
