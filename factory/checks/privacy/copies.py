"""Exact copies: synthetic people whose released rows equal a training person's, beyond what hold-out people show."""

from __future__ import annotations

import pandas as pd

from factory.checks.features import flat, widest
from factory.checks.measure import Measure
from factory.contract import Contract


def exact_copies(
    contract: Contract,
    train: dict[str, pd.DataFrame],
    holdout: dict[str, pd.DataFrame],
    synthetic: dict[str, pd.DataFrame],
) -> Measure:
    """Share of synthetic rows that equal a training row, less the share of hold-out rows that do. Control GD-4."""
    table = widest(contract)
    known = set(_prints(contract, train, table))
    drawn, control = _prints(contract, synthetic, table), _prints(contract, holdout, table)
    share = sum(row in known for row in drawn) / len(drawn) - sum(row in known for row in control) / len(control)
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


def _prints(contract: Contract, frames: dict[str, pd.DataFrame], table: str) -> list[int]:
    rows, _ = flat(contract, frames, table)
    text = rows.astype(object).where(rows.notna(), "\x00").astype(str)
    return [int(value) for value in pd.util.hash_pandas_object(text, index=False)]
