"""Copies: synthetic rows that equal training rows, lie next to them, or repeat their rare combinations (GD-4)."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from factory.checks.comparison import PARTS, Comparison, Part
from factory.checks.intervals import difference
from factory.checks.measure import Bearing, Measure
from factory.checks.neighbours import Ints
from factory.checks.persons import person_frames
from factory.checks.privacy.attacks.view import as_numbers
from factory.checks.privacy.proximity import proximity
from factory.contract import Role
from factory.core.seeds import generator

# At two, chance alone refused one innocent release in forty for each narrow table of a contract.
_ERRORS = 3
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
    measures = [_exact(comparison)]
    return [*measures, _near(comparison, tables), _rare(comparison)] if tables else measures


def _exact(comparison: Comparison) -> Measure:
    found = {label: _excess(prints, people) for label, prints, people in _prints(comparison)}
    where = max(found, key=lambda label: found[label]) if found else ""
    share = max(0.0, found.get(where, 0.0))
    return Measure(
        "exact_copy_share", "Exact copies of training rows, beyond a fresh real sample", share, None, None,
        comparison.contract.policy.exact_copy_share, "at most", comparison.people("synthetic"),
        "mostlyai-qa practice; control GD-4", where=where,
    )  # fmt: skip


def _excess(prints: dict[Part, Ints], people: dict[Part, Ints]) -> float:
    """Share of synthetic rows that stand in training beyond two controls, less three errors of each difference.

    Fresh real rows: hold-out rows in training, and training rows among those of other training people. Synthetic rows
    in the hold-out, against as many training people: a generator that keeps to what is common meets both alike. With
    no coincidence in a control nothing is taken off for it.
    """
    train, holdout, made = (prints[part] for part in PARTS)
    hits = np.isin(made, train)
    owners = pd.DataFrame({"print": train, "person": people["train"]}).groupby("print")["person"].nunique()
    shared = owners.index[owners > 1].to_numpy()
    alike = int(np.isin(train, shared).sum()) + int(np.isin(holdout, train).sum())
    fresh = alike / (len(train) + len(holdout))
    someone = sum(len(np.unique(people[part])) for part in ("train", "holdout"))
    beyond = _less(float(hits.mean()), len(np.unique(people["synthetic"])), fresh, someone)
    in_holdout = float(np.isin(made, holdout).mean())
    if in_holdout and beyond > 0:
        as_many = people["train"] < len(np.unique(people["holdout"]))
        in_train = float(np.isin(made, train[as_many]).mean())
        drawn = len(np.unique(people["synthetic"]))
        beyond = min(beyond, _less(in_train, drawn, in_holdout, drawn))
    return beyond


def _less(share: float, people: int, control: float, others: int) -> float:
    """Difference of two shares less errors; rows of a person are not so many looks, so that people are counted."""
    if not control:
        return share
    return share - control - _ERRORS * math.sqrt(share * (1 - share) / people + control * (1 - control) / others)


def _prints(comparison: Comparison) -> Iterator[tuple[str, dict[Part, Ints], dict[Part, Ints]]]:
    """For what is compared a number a row, alike where rows are, and whose the rows are."""
    person = comparison.contract.person
    for table in comparison.tables():
        rows = {part: comparison.rows(part, table) for part in PARTS}
        people = {part: rows[part].people for part in PARTS}
        yield table, {part: _hashed(rows[part].frame) for part in PARTS}, people
        own = [c for c in rows["train"].frame.columns if not c.startswith("person.")]
        if table != person and 0 < len(own) < rows["train"].frame.shape[1]:
            made = {part: _hashed(rows[part].frame[own]) for part in PARTS}
            yield f"{table}, its own columns", made, people
    if len(comparison.tables()) > 1:
        frames = person_frames(comparison)
        everybody: dict[Part, Ints] = {part: np.arange(len(frames[part]), dtype=np.int64) for part in PARTS}
        yield "whole persons", {part: _hashed(frames[part]) for part in PARTS}, everybody


def _hashed(frame: pd.DataFrame) -> Ints:
    text = pd.DataFrame({place: _text(frame[name]) for place, name in enumerate(frame.columns)})
    return np.asarray(pd.util.hash_pandas_object(text, index=False).to_numpy()).view(np.int64)


def _text(values: pd.Series) -> pd.Series:
    # As numbers where they are: one part may hold a column as Int64 and another as float64.
    if values.dtype != object:
        return pd.Series(as_numbers(values)).astype(object).where(values.notna().to_numpy(), "\x00").astype(str)
    return values.where(values.notna(), "\x00").astype(str).reset_index(drop=True)


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
        "near_copy_share", f"Near copies of training rows beyond those of hold-out rows; worst of {len(tables)}",
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
        f"Combinations of one training person found in synthetic rows, beyond hold-out's; worst of {len(sets)} sets",
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
