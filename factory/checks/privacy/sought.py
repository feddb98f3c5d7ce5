"""Values of real people that must stand in no artefact: categories few have, and numbers beyond the k-th person."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from factory.checks.comparison import Comparison, Ints
from factory.contract import Kind, ReleasedColumn

# Short or round numbers and short words occur by chance in any file: they count only near the name of their column.
_LONG_NUMBER = 5
_LONG_CODE = 5
_LONG_WORD = 8
_FEWEST_DIGITS = 3
_FEWEST_LETTERS = 3
# Other scripts say much with few signs.
_FEWEST_SIGNS = 2
_NUMBERS = (Kind.INTEGER, Kind.NUMBER, Kind.DAY, Kind.YEAR, Kind.BIRTH_YEAR)


@dataclass(frozen=True)
class Sought:
    """One value as text. `alone`: it is long enough to count wherever it stands; else only near one of `names`.

    `number`: its value where it is a number with a fraction or many digits, as binary files hold it.
    """

    text: str
    columns: tuple[str, ...]
    names: tuple[str, ...]
    alone: bool
    number: float | None = None


def sought_values(comparison: Comparison) -> list[Sought]:
    """What to search for: rare categories and extremes of the training people, in the order of the tables.

    Left out: numbers of fewer than three digits, words of fewer than three letters (two signs of other scripts),
    values that the contract itself states, and those that `policy.smallest_cell` people have in another column.
    """
    k = comparison.contract.policy.smallest_cell
    rare: dict[str, list[tuple[str, str, float | None]]] = defaultdict(list)
    common: set[str] = set()
    for table, shape in comparison.shapes.items():
        owner = comparison.rows("train", table).people
        for column in shape.columns:
            if not column.compared:
                continue
            values = comparison.train[table][column.name]
            people = _people(values, owner)
            common |= {_text(value) for value in people.index[people >= k]}
            stated = _stated(column)
            for value in _extremes(people, k) if column.kind in _NUMBERS else list(people.index[people < k]):
                if (text := _text(value)) not in stated and _long_enough(text):
                    number = float(value) if column.kind in _NUMBERS else None
                    rare[text].append((f"{table}.{column.name}", column.name, number))
    return [_sought(text, places) for text, places in rare.items() if text not in common]


def _sought(text: str, places: list[tuple[str, str, float | None]]) -> Sought:
    return Sought(
        text=text,
        columns=tuple(dict.fromkeys(column for column, _, _ in places)),
        names=tuple(dict.fromkeys(name for _, name, _ in places)),
        alone=_stands_alone(text),
        number=next((number for _, _, number in places if number is not None), None),
    )


def _people(values: pd.Series, owner: Ints) -> pd.Series:
    """Distinct people behind each value, values sorted; of moments and of yes and no nothing is searched for."""
    if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_bool_dtype(values):
        return pd.Series(dtype="int64")
    held = pd.DataFrame({"value": values.astype(object).to_numpy(), "person": owner}).dropna()
    return held.drop_duplicates().groupby("value", sort=True).size()


def _extremes(people: pd.Series, k: int) -> list[float]:
    """Values with fewer than k people at or beyond them, at either end."""
    counts = people.to_numpy(dtype=np.int64)
    low, high = np.cumsum(counts) < k, np.cumsum(counts[::-1])[::-1] < k
    return list(people.index[low | high])


def _stated(column: ReleasedColumn) -> set[str]:
    source = column.column
    bounds = [_text(bound) for bound in (source.minimum, source.maximum) if bound is not None]
    return {*(source.codes or ()), *bounds}


def _text(value: object) -> str:
    if isinstance(value, float | np.floating):
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    return str(value).strip()


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", text) is not None


def _long_enough(text: str) -> bool:
    if _is_number(text):
        return sum(sign.isdigit() for sign in text) >= _FEWEST_DIGITS
    return len(text) >= (_FEWEST_LETTERS if text.isascii() else _FEWEST_SIGNS)


def _stands_alone(text: str) -> bool:
    if _is_number(text):
        return sum(sign.isdigit() for sign in text.strip("-0.")) >= _LONG_NUMBER
    if any(sign.isdigit() for sign in text):
        return len(text) >= _LONG_CODE
    return len(text) >= _LONG_WORD or not text.isascii()
