"""What the synthetic data hold that no measure compares: identifiers, keys, columns and tables without a control."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.stats import binom

from factory.checks.comparison import Comparison
from factory.checks.measure import Measure
from factory.contract import Contract, Role

Sources = dict[str, pa.Table]
# Chance with which values invented without knowing anybody may seem copied.
_LEVEL = 0.001
_FEWEST_CHARACTERS = 4
_NOBODY = "Nothing says whether they leak: leave them out, or give them to the hold-out and the contract."


@dataclass(frozen=True)
class Coverage:
    """`uncovered`: names of what was compared with nothing; `copied`: by column, identifying values of training people
    alone that the synthetic data hold beyond chance.
    """

    uncovered: tuple[str, ...]
    copied: dict[str, int]


def coverage(contract: Contract, train: Sources, holdout: Sources, synthetic: Sources) -> Coverage:
    """Look at the tables as they were read. Columns are named, never values."""
    uncovered: list[str] = []
    copied: dict[str, int] = {}
    for name, made in synthetic.items():
        if name not in contract.tables:
            continue
        spec = contract.tables[name]
        for column in made.column_names:
            label = f"{name}.{column}"
            role = spec.columns[column].role if column in spec.columns else None
            identifying = role in (Role.IDENTIFIER, Role.FREE_TEXT)
            if identifying or (column in train[name].column_names and column not in holdout[name].column_names):
                uncovered.append(label)
            looked_up = (identifying or column == spec.key) and column in train[name].column_names
            if looked_up and (found := _copied(train[name], holdout[name], made, column)):
                copied[label] = found
        if made.num_rows and train[name].num_rows and not holdout[name].num_rows:
            uncovered.append(name)
    return Coverage(tuple(dict.fromkeys(uncovered)), copied)


def coverage_measures(compared: Comparison, found: Coverage, unknown: dict[str, int], orphans: int) -> list[Measure]:
    """Two gates: identifying values copied (none may be), and what nothing was compared with (inconclusive)."""
    n = compared.people("synthetic")
    named = [*found.uncovered, *(f"{table}: {count} columns not in the contract" for table, count in unknown.items())]
    named += [f"{orphans:,} rows without a parent"] if orphans else []
    lacking = float(len(named))
    return [
        Measure(
            "identifier_copies", "Identifiers, free texts and keys of training people alone in the synthetic data",
            float(sum(found.copied.values())), None, None, 0.0, "at most", n,
            "45 CFR 164.514(b)(2)(i); control SH-LINK", where=", ".join(found.copied),
        ),
        Measure(
            "not_compared", "Tables, columns and lots of rows of the synthetic data compared with nobody", lacking, 0.0,
            lacking, 0.0, "at most", n, "EDPB WP216", where=", ".join(named),
            weak=_NOBODY if named else "",
        ),
    ]  # fmt: skip


def _copied(train: pa.Table, holdout: pa.Table, made: pa.Table, column: str) -> int:
    """Values that training rows have and hold-out rows have not, met beyond what hold-out's own are met.

    Numbers from 1 on in the order of rows are no key of anybody's.
    """
    if _counts_rows(made, column):
        return 0
    known = _values(train, column)
    others = _values(holdout, column) if column in holdout.column_names else set()
    drawn = _values(made, column)
    hits, control = len((known - others) & drawn), len((others - known) & drawn)
    if not hits:
        return 0
    share = len(known - others) / max(1, len(known ^ others))
    return max(0, hits - int(binom.ppf(1 - _LEVEL, hits + control, share))) if control else hits


def _counts_rows(made: pa.Table, column: str) -> bool:
    values = made.column(column).to_pandas().astype("string")
    numbers = np.sort(values[values.str.fullmatch(r"\d{1,9}").fillna(False)].astype("int64").to_numpy())
    return bool(len(numbers) == len(values) and len(numbers) and numbers[-1] - numbers[0] < 2 * len(numbers))


def _values(table: pa.Table, column: str) -> set[str]:
    text = table.column(column).to_pandas().dropna().astype(str).str.strip().str.casefold()
    return set(text[text.str.len() >= _FEWEST_CHARACTERS])
