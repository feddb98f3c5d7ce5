"""The stage `gates`: suites on raw, de-identified and synthetic tables and on the scorecard, and the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from factory.contract import Contract, ReleasedTable
from factory.core.errors import GateFailed
from factory.core.files import pretty_json, read_json, write_bytes
from factory.core.tables import TableRef, columns_as_read, load_ref, read_piece
from factory.gates.gx import judge_table
from factory.gates.identifiers import as_results, as_rows, scanned
from factory.gates.pieces import Columns, judge_pieces
from factory.gates.suites import (
    Expected,
    filled,
    on_scorecard,
    raw_view,
    released_view,
    scorecard_expectations,
    shapes_of,
    unroll,
)
from factory.words.figures import told


def judge(contract: Contract, raw: Path, deid: Path, synth: Path, checks: Path, out: Path) -> str:
    """Write `verdict.json` and return its verdict: `pass`, `pass-with-shortfalls` or `fail`.

    A critical expectation that is not met fails the run. A warning is a shortfall that reviewers must accept by name.
    """
    results = []
    source = load_ref(raw).tables
    for table in contract.tables:
        results += judge_pieces("raw", table, raw, source[table], unroll("raw", raw_view(contract, table)))
    columns = {name: Columns(raw, source[name], tuple(table.columns)) for name, table in contract.tables.items()}
    identifiers = scanned(contract, columns, synth)
    results += as_results(identifiers)
    known = _known(contract, deid)
    for suite, folder in (("deidentified", deid), ("synthetic", synth)):
        results += _judge_released(contract, suite, folder, known)
    measures = read_json(checks / "figures.json")["measures"]
    results += judge_scorecard(measures)
    verdict = {**verdict_of(results, measures), "identifiers": as_rows(identifiers)}
    write_bytes(out / "verdict.json", pretty_json(verdict))
    return str(verdict["verdict"])


def _judge_released(
    contract: Contract, suite: str, folder: Path, known: Mapping[str, Mapping[str, float]]
) -> list[dict[str, Any]]:
    """Judge the tables of a folder in the released shape, a piece in memory at a time.

    A link must lead to a parent in its own piece: pieces hold the same people in every table.
    """
    tables, shapes, results = load_ref(folder).tables, shapes_of(contract), []
    rows = {name: tables[name].rows for name in shapes}
    for name, shape in shapes.items():
        held = filled(known[name], rows[name])

        def expected(at: int, shape: ReleasedTable = shape, held: Mapping[str, float] = held) -> list[Expected]:
            keys = {table: _keys(folder, tables[table], each.key, at) for table, each in shapes.items()}
            return unroll(suite, released_view(contract, shape, keys, rows, held))

        results += judge_pieces(suite, name, folder, tables[name], expected(0), expected)
    return results


def _keys(folder: Path, ref: TableRef, name: str, at: int) -> list[int]:
    """The keys of piece `at` of a stored table."""
    found = columns_as_read(folder, ref, at, [name])[name].to_pylist()
    return [key for key in found if key is not None]


def _known(contract: Contract, folder: Path) -> dict[str, dict[str, float]]:
    """Share of known cells of each column of each table."""
    made = {}
    for name, table in load_ref(folder).tables.items():
        if name in shapes_of(contract):
            counts: Counter[str] = Counter()
            for at in range(table.parts):
                counts.update({str(c): int(n) for c, n in read_piece(folder, table, at).notna().sum().items()})
            made[name] = {column: count / max(table.rows, 1) for column, count in counts.items()}
    return made


def judge_scorecard(measures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Judge the measures as a table of one row; one without a number, or too weak to clear anybody, is not met.

    An alarm is not met only where its whole interval is on the bad side: it looks at too few people to clear them.
    """
    judged = on_scorecard(measures)
    names = [measure["name"] for measure in judged]
    if len(set(names)) < len(names):
        raise GateFailed("Two figures of the scorecard have one name.", "Rename a task, survival or effect.")
    row = {measure["name"]: [_judged(measure)] for measure in judged}
    results = judge_table("scorecard", "scorecard", pd.DataFrame(row), scorecard_expectations(judged))
    unmet = {measure["name"] for measure in judged if _judged(measure) is None or not _met(measure)}
    return [{**result, "success": result["success"] and result["column"] not in unmet} for result in results]


def _met(measure: dict[str, Any]) -> bool:
    """What the measure itself says: a gate passes, an alarm does not fail."""
    outcome = measure.get("outcome", "pass")
    return bool(outcome != "fail" if measure.get("bearing") == "alarm" else outcome == "pass")


def _judged(measure: dict[str, Any]) -> float | None:
    """The end of the interval that is held against the threshold: the bad one of a gate, the good one of an alarm."""
    ends = (measure["high"], measure["low"])
    alarm = measure.get("bearing") == "alarm"
    end = ends[int((measure["direction"] == "at most") == alarm)]
    value = measure["value"] if end is None or measure["value"] is None else end
    if value is None and alarm:
        value = measure["threshold"]
    return None if value is None else float(value)


def verdict_of(results: list[dict[str, Any]], measures: list[dict[str, Any]]) -> dict[str, Any]:
    """The verdict, its shortfalls as sentences, and every result."""
    broken = [result for result in results if not result["success"]]
    critical = [result for result in broken if result["severity"] != "warning"]
    by_name = {measure["name"]: measure for measure in on_scorecard(measures)}
    shortfalls = [
        {"control": result["control"], "sentence": sentence, "said": sentence.as_json()}
        for result in broken
        if result["severity"] == "warning"
        for sentence in [told(by_name[result["column"]])]
    ]
    name = "fail" if critical else "pass-with-shortfalls" if shortfalls else "pass"
    failures = [
        {"control": r["control"], "suite": r["suite"], "table": r["table"], "column": r["column"]} for r in critical
    ]
    return {"verdict": name, "shortfalls": shortfalls, "failures": failures, "results": results}
