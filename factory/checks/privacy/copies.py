"""Exact copies: synthetic people whose released rows equal a training person's, beyond what hold-out people show."""

from __future__ import annotations

import math

import pandas as pd

from factory.checks.features import flat
from factory.checks.measure import Measure
from factory.contract import Contract, released

# At two, chance alone refused one innocent release in forty for each narrow table of a contract.
_ERRORS = 3


def exact_copies(
    contract: Contract,
    train: dict[str, pd.DataFrame],
    holdout: dict[str, pd.DataFrame],
    synthetic: dict[str, pd.DataFrame],
) -> Measure:
    """Share of synthetic rows that equal a training row, less the share of hold-out rows that do, in the worst table.

    In a table so narrow that hold-out rows do too, only what exceeds chance (three standard errors) counts.
    Control GD-4.
    """
    share = max(_excess(contract, train, holdout, synthetic, table) for table in released(contract))
    return Measure(
        name="exact_copy_share",
        title="Exact copies of training rows, beyond a fresh real sample",
        value=max(0.0, share),
        low=None,
        high=None,
        threshold=contract.policy.exact_copy_share,
        direction="at most",
        n=len(synthetic[contract.person]),
        citation="mostlyai-qa practice; control GD-4",
    )


def _excess(
    contract: Contract,
    train: dict[str, pd.DataFrame],
    holdout: dict[str, pd.DataFrame],
    synthetic: dict[str, pd.DataFrame],
    table: str,
) -> float:
    if not (len(synthetic[table]) and len(holdout[table])):
        return 0.0
    known = set(_prints(contract, train, table))
    drawn, control = (_prints(contract, frames, table) for frames in (synthetic, holdout))
    made, by_chance = (sum(row in known for row in rows) / len(rows) for rows in (drawn, control))
    error = math.sqrt(made * (1 - made) / len(drawn) + by_chance * (1 - by_chance) / len(control)) if by_chance else 0.0
    return made - by_chance - _ERRORS * error


def _prints(contract: Contract, frames: dict[str, pd.DataFrame], table: str) -> list[int]:
    rows, _ = flat(contract, frames, table)
    text = rows.astype(object).where(rows.notna(), "\x00").astype(str)
    return [int(value) for value in pd.util.hash_pandas_object(text, index=False)]
