"""The released tables scanned for identifiers by a detector that shares no code with the transformer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from factory.contract import Contract, Kind, released
from factory.core.tables import load_ref
from factory.scan import Options, scan
from factory.scan.allow import Allowed
from factory.scan.controls import Control, Verdict, controls
from factory.scan.source import source_index

_NUMBERS = "DGHIJR"  # classes of which a number may look like one
_FLOW = "SH-CANARY"  # judges a flow by a planted pack, not a data set; tests hold it


def scanned(contract: Contract, raw: dict[str, pd.DataFrame], synth: Path) -> list[Control]:
    """SH-A to SH-R and SH-LINK of the synthetic tables, against every identifier of the raw ones."""
    refs = load_ref(synth).tables
    tables = [synth / f"{table.digest}.parquet" for table in refs.values()]
    listed = tuple(_listed(contract, {name: f"{table.digest}.parquet" for name, table in refs.items()}))
    report = scan(tables, Options(index=source_index(contract, raw), allowed=listed))
    return [control for control in controls(report) if control.id != _FLOW]


def _listed(contract: Contract, files: dict[str, str]) -> Iterator[Allowed]:
    """Exceptions for columns whose every value the contract lists, which SY-CODES holds them to.

    Eight figures in a row may be a telephone number; among the codes of a vocabulary they are one of its codes. An
    identifier of the source is found among them all the same.
    """
    for name, shape in released(contract).items():
        for column in shape.columns:
            if column.column.codes is not None and column.kind is Kind.CATEGORY:
                for letter in _NUMBERS:
                    reason = "the contract lists every value of the column"
                    yield Allowed.model_validate(
                        {"file": files[name], "column": column.name, "class": letter, "reason": reason}
                    )


def as_results(found: list[Control]) -> list[dict[str, Any]]:
    """Controls that ended as pass or fail, in the shape of a judged expectation."""
    return [
        {
            "suite": "scan",
            "table": "all",
            "column": "all",
            "control": control.id,
            "type": "factory.scan",
            "severity": "critical",
            "success": control.verdict is Verdict.PASS,
            "raised": False,
        }
        for control in found
        if control.verdict in (Verdict.PASS, Verdict.FAIL)
    ]


def as_rows(found: list[Control]) -> list[dict[str, Any]]:
    """Every control with its verdict, how many hits stand against it, and why."""
    return [
        {"control": control.id, "verdict": control.verdict.value, "hits": control.count, "basis": control.basis}
        for control in found
    ]
