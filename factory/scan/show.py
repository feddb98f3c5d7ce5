"""A scan on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from factory.scan.report import ScanReport

if TYPE_CHECKING:
    from rich.console import Console

    from factory.scan.controls import Control

_FEW = 20


def show(report: ScanReport, judged: list[Control], console: Console) -> None:
    """Findings (the first 20), counts by control, what was read, and what could not be."""
    from rich.table import Table

    if report.findings:
        found = Table(title="identifiers found", title_justify="left")
        for name in ("class", "file", "where", "detector", "confidence", "count"):
            found.add_column(name, justify="right" if name == "count" else "left", overflow="fold")
        for one in report.findings[:_FEW]:
            found.add_row(one.letter, one.file, str(one.place), one.detector, one.confidence, f"{one.count:,}")
        console.print(found)
        if (more := report.total - sum(one.count for one in report.findings[:_FEW])) > 0:
            console.print(f"and {more:,} more; all places with --json FILE, 20 a class and file")
    table = Table(title="controls", title_justify="left")
    for name in ("control", "verdict", "count", "basis"):
        table.add_column(name, justify="right" if name == "count" else "left")
    for control in judged:
        table.add_row(control.id, control.verdict.value, f"{control.count:,}", control.basis)
    console.print(table)
    for file in report.unread:
        console.print(f"unread      {file.name}: {file.unread}", markup=False)
    for file in report.attest:
        console.print(f"to attest   {file.name}: {file.attest}", markup=False)
    for used in report.unused_exceptions:
        console.print(f"exception   {used.file} {used.column} {used.letter} took nothing", markup=False)
    for sentence in report.limits:
        console.print(f"limit       {sentence}", markup=False)


def summary(report: ScanReport) -> str:
    """One line: what was read, by how many detectors, and what was found."""
    read = f"{len(report.files):,} files, {report.bytes:,} bytes, {report.cells:,} cells"
    source = f", {report.source_values:,} spellings of source identifiers" if report.source_values is not None else ""
    said = "no identifiers found" if report.clean else f"{report.total:,} identifiers found"
    return f"{said} in {read} by {len(report.detectors)} detectors{source}, {report.seconds:.1f} s"
