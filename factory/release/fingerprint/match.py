"""Finding, for each row of a suspect table, the released row it comes from: without keys, in any order, with some
columns gone, some rounded, and some cells changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from factory.release.fingerprint.marks import Numbers, plan

Ints = npt.NDArray[np.int64]
ROUNDS = 24
WAYS = ("even", "up", "down")
MOST_LEFT = 4000
_CHUNK = 250
ENOUGH = 0.6
"""Share of the shared columns in which a row must agree with the one it is taken to come from."""
_SEED = 20260101  # which columns are tried together; a chance without consequence beyond speed


@dataclass(frozen=True)
class Grid:
    """How a suspect column was rounded: to multiples of `unit`, by `how`; unit 0 is not at all."""

    unit: float = 0.0
    how: str = "even"

    def at(self, values: pd.Series) -> pd.Series:
        """Values as the suspect would show them."""
        if not self.unit:
            return values
        scaled = values.astype("float64") / self.unit
        match self.how:
            case "down":
                whole = np.floor(scaled + 1e-9)
            case "up":
                whole = np.floor(scaled + 0.5 + 1e-9)
            case _:
                whole = np.round(scaled)
        return pd.Series(whole * self.unit, index=values.index)


@dataclass(frozen=True)
class Matched:
    """Rows of the suspect and the released rows they come from, by position, and the grid of each shared column."""

    suspect: Ints
    released: Ints
    grids: dict[str, Grid]


def shared_columns(released: pd.DataFrame, suspect: pd.DataFrame, untouched: set[str]) -> list[str]:
    """Names in both tables, keys and links left out: they can be renumbered at will."""
    return [name for name in released.columns if name in suspect.columns and name not in untouched]


def match(released: pd.DataFrame, suspect: pd.DataFrame, columns: list[str]) -> Matched:
    """Pair rows that agree on enough columns to be one row, each suspect row with at most one released row.

    A released row is paired only through a set of columns on which no other released row agrees with it.
    """
    if not columns or released.empty or suspect.empty:
        none = np.empty(0, dtype=np.int64)
        return Matched(none, none, {})
    grids = {name: grid_of(released[name], suspect[name]) for name in columns}
    ours, theirs = _codes(released, suspect, columns, grids)
    found = np.full(len(suspect), -1, dtype=np.int64)
    rng = np.random.default_rng(_SEED)
    weights = rng.integers(1, 2**62, size=len(columns), dtype=np.int64) | 1
    for number in range(ROUNDS):
        open_rows = np.flatnonzero(found < 0)
        if not open_rows.size:
            break
        subset = _subset(len(columns), number, rng)
        index = pd.Index(_hash(ours[:, subset], weights[subset]))
        single = ~index.duplicated(keep=False)
        place = pd.Index(index[single]).get_indexer(pd.Index(_hash(theirs[np.ix_(open_rows, subset)], weights[subset])))
        hit = place >= 0
        candidate = np.flatnonzero(single)[place[hit]]
        agree = (ours[candidate] == theirs[open_rows[hit]]).mean(axis=1) >= ENOUGH
        found[open_rows[hit][agree]] = candidate[agree]
    _nearest(released, suspect, columns, grids, found)
    rows = np.flatnonzero(found >= 0)
    for name, grid in grids.items():
        grids[name] = _way(released[name].iloc[found[rows]], suspect[name].iloc[rows], grid)
    return Matched(rows, found[rows], grids)


def _nearest(
    released: pd.DataFrame, suspect: pd.DataFrame, columns: list[str], grids: dict[str, Grid], found: Ints
) -> None:
    """Pair what is left with the one released row that is nearest: equal in all columns but one, or a step away.

    In a narrow table a row with a mark has no other columns enough to be known by. Looks at up to MOST_LEFT rows.
    """
    left = np.flatnonzero(found < 0)[:MOST_LEFT]
    for start in range(0, len(left), _CHUNK):
        rows = left[start : start + _CHUNK]
        score = np.zeros((len(rows), len(released)), dtype=np.float32)
        for name in columns:
            score += _alike(released[name], suspect[name].iloc[rows], grids[name])
        best = score.argmax(axis=1)
        top = score[np.arange(len(rows)), best]
        single = (score == top[:, None]).sum(axis=1) == 1
        sure = single & (top >= len(columns) - 1)
        found[rows[sure]] = best[sure]


def _alike(released: pd.Series, suspect: pd.Series, grid: Grid) -> npt.NDArray[np.float32]:
    """1 where equal, a half where a step apart; suspect rows x released rows."""
    how = plan(released)
    if isinstance(how, Numbers):
        ours = grid.at(released).to_numpy(dtype=np.float64, na_value=np.nan)
        theirs = suspect.to_numpy(dtype=np.float64, na_value=np.nan)
        apart = np.abs(theirs[:, None] - ours[None, :])
        near = (apart <= max(how.step, grid.unit) * 1.001).astype(np.float32) / 2
        missing = np.isnan(theirs)[:, None] & np.isnan(ours)[None, :]
        exact: npt.NDArray[np.float32] = (
            near + ((apart < 1e-6) | missing).astype(np.float32) / 2 + missing.astype(np.float32) / 2
        )
        return exact
    codes, _ = pd.factorize(
        np.concatenate([as_shown(released, grid), as_shown(suspect, Grid())]), use_na_sentinel=False
    )
    alike: npt.NDArray[np.float32] = (codes[len(released) :, None] == codes[None, : len(released)]).astype(np.float32)
    return alike


def _subset(columns: int, number: int, rng: np.random.Generator) -> Ints:
    """All columns first, then sets of fewer and fewer, so that rows with several marked cells are found too."""
    keep = columns if number == 0 else max(min(3, columns), round(columns * (0.85 - 0.55 * number / ROUNDS)))
    return np.sort(rng.permutation(columns)[:keep]).astype(np.int64)


def _hash(codes: Ints, weights: Ints) -> Ints:
    mixed = np.zeros(len(codes), dtype=np.int64)
    with np.errstate(over="ignore"):
        for column in range(codes.shape[1]):
            mixed = (mixed ^ (codes[:, column] + 0x9E37)) * weights[column]
            mixed ^= mixed >> 29
    return mixed


def _codes(
    released: pd.DataFrame, suspect: pd.DataFrame, columns: list[str], grids: dict[str, Grid]
) -> tuple[Ints, Ints]:
    ours = np.empty((len(released), len(columns)), dtype=np.int64)
    theirs = np.empty((len(suspect), len(columns)), dtype=np.int64)
    for place, name in enumerate(columns):
        one, other = as_shown(released[name], grids[name]), as_shown(suspect[name], Grid())
        codes, _ = pd.factorize(np.concatenate([one, other]), use_na_sentinel=False)
        ours[:, place], theirs[:, place] = codes[: len(one)], codes[len(one) :]
    return ours, theirs


def as_shown(values: pd.Series, grid: Grid) -> npt.NDArray[np.object_]:
    """Cells as compared: numbers at six decimals whatever their type, missing as None, all else as text."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        at = grid.at(values).astype("float64").to_numpy(dtype=np.float64, na_value=np.nan)
        shown = (np.round(at, 6) + 0.0).astype(object)
        shown[np.isnan(at)] = None
        return shown
    text = values.astype(object).to_numpy()
    return np.array([None if pd.isna(cell) else str(cell) for cell in text], dtype=object)


def grid_of(released: pd.Series, suspect: pd.Series) -> Grid:
    """The power of ten that every suspect value is a multiple of, where the released values are not."""
    if not (pd.api.types.is_numeric_dtype(released) and pd.api.types.is_numeric_dtype(suspect)):
        return Grid()
    ours = released.dropna().to_numpy(dtype=np.float64)
    theirs = suspect.dropna().to_numpy(dtype=np.float64)
    if not ours.size or not theirs.size:
        return Grid()
    for power in range(4, -7, -1):
        unit = 10.0**power
        if not _multiples(theirs, unit):
            continue
        if _multiples(ours, unit) or np.abs(theirs).max() < unit:
            return Grid()
        return Grid(unit)
    return Grid()


def _multiples(values: npt.NDArray[np.float64], unit: float) -> bool:
    scaled = values / unit
    return bool(np.abs(scaled - np.round(scaled)).max() < 1e-6)


def _way(released: pd.Series, suspect: pd.Series, grid: Grid) -> Grid:
    """The way of rounding under which most paired rows agree: to even, half up, or down."""
    if not grid.unit or released.empty:
        return grid
    shown = as_shown(suspect, Grid())
    ways = [Grid(grid.unit, how) for how in WAYS]
    return max(ways, key=lambda way: int((as_shown(released, way) == shown).sum()))
