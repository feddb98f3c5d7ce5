"""One call into Great Expectations, closed against the ways it leaks and fails open.

What it says of an expectation passes through an allow-list: type, control, success, and whether it raised. A table
with no rows, an expectation type it does not know, a count of results that differs from what was declared, or an
exception while judging is a failure, where Great Expectations would call some of these a success.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pandas as pd

from factory.core.errors import GateFailed
from factory.gates.suites import Expected


def judge_table(suite: str, table: str, frame: pd.DataFrame, expected: list[Expected]) -> list[dict[str, Any]]:
    """Judge one table (rows x columns); one result a declared expectation, in order.

    Raises: GateFailed when Great Expectations judged fewer expectations than were declared, or the table has no rows.
    """
    if frame.empty:
        raise GateFailed(f"The table {table} has no rows to judge in the suite {suite}.", "Run the stage before again.")
    import great_expectations as gx

    with warnings.catch_warnings(), _silent():
        warnings.simplefilter("ignore")
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False, "metric_calculations": False}  # type: ignore[assignment]
        batch = (
            context.data_sources.add_pandas(suite)
            .add_dataframe_asset(table)
            .add_batch_definition_whole_dataframe("whole")
            .get_batch({"dataframe": _plain(frame)})
        )
        made = gx.ExpectationSuite(name=f"{suite}.{table}")
        for number, item in enumerate(expected):
            made.add_expectation(_expectation(gx, suite, item, number))
        outcome = batch.validate(made, result_format="BOOLEAN_ONLY")
    by_number = {int(result["expectation_config"]["meta"]["number"]): result for result in outcome.results}
    if len(by_number) != len(expected) or not expected:
        raise GateFailed(
            f"The suite {suite} declared {len(expected)} expectations on {table} and {len(by_number)} were judged.",
            "The suite or Great Expectations is broken; nothing may be released on it.",
        )
    return [_allowed(suite, table, item, by_number[number]) for number, item in enumerate(expected)]


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Nothing is logged meanwhile: its loggers set levels of their own, and some of their lines hold values."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _expectation(gx: Any, suite: str, item: Expected, number: int) -> Any:
    kind = getattr(gx.expectations, item.type, None)
    if kind is None:
        raise GateFailed(f"The suite {suite} asks for {item.type}, which is not known.", "Mend the suite.")
    return kind(**item.kwargs, meta={"control": item.control, "number": number})


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    # Great Expectations trips over pandas' nullable integers in some map expectations.
    made = frame.copy()
    for name in made.columns:
        if str(made[name].dtype) in ("Int64", "Float64", "boolean"):
            made[name] = made[name].astype("float64")
    return made


def _allowed(suite: str, table: str, item: Expected, result: Any) -> dict[str, Any]:
    raised = result.exception_info or {}
    # The key holds either one record or one a metric; either way only whether something was raised may pass.
    records = [raised] if "raised_exception" in raised else [r for r in raised.values() if isinstance(r, dict)]
    failed = any(record.get("raised_exception") for record in records)
    return {
        "suite": suite,
        "table": table,
        "column": item.column,
        "control": item.control,
        "type": item.type,
        "severity": item.severity,
        "success": bool(result.success) and not failed,
        "raised": failed,
    }
