"""The released tables scanned for identifiers by a detector that shares no code with the transformer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from factory.contract import Contract
from factory.core.tables import load_ref
from factory.scan import Options, scan
from factory.scan.controls import Control, Verdict, controls
from factory.scan.index import Asked
from factory.scan.listed import listed
from factory.scan.source import source_index

_FLOW = "SH-CANARY"  # judges a flow by a planted pack, not a data set; tests hold it


def scanned(contract: Contract, raw: Mapping[str, Any], synth: Path) -> list[Control]:
    """SH-A to SH-R and SH-LINK of the synthetic tables, against every identifier of the raw ones.

    `raw` are frames, or what gives columns by name as frames do.
    """
    refs = load_ref(synth).tables
    tables = [synth / f"{table.digest}.parquet" for table in refs.values()]
    allowed = listed(contract, {name: f"{table.digest}.parquet" for name, table in refs.items()})
    asked = Asked.build([])
    scan(tables, Options(index=asked, allowed=allowed))
    index = source_index(contract, raw, asked=asked)
    report = scan(tables, Options(index=index, allowed=allowed))
    return [control for control in controls(report) if control.id != _FLOW]


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
