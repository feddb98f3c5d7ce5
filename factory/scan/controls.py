"""A scan judged against the control catalogue: SH-A to SH-R, SH-LINK and SH-CANARY.

A control ends as pass, fail, not applicable or needs attestation; what software cannot see never passes by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from factory.scan.canary_leaks import Recall
from factory.scan.report import DERIVED, ScanReport
from factory.scan.spans import LETTERS
from factory.scan.zip3 import CENSUS_2000, CENSUS_2010

_CLASSES = {
    "A": "names",
    "B": "geography below State",
    "C": "dates finer than a year, ages over 89",
    "D": "telephone numbers",
    "E": "fax numbers",
    "F": "e-mail addresses",
    "G": "social security and other national identity numbers",
    "H": "medical record numbers",
    "I": "health plan numbers",
    "J": "account numbers",
    "K": "certificate and licence numbers",
    "L": "vehicle identifiers",
    "M": "device identifiers",
    "N": "URLs",
    "O": "network addresses",
    "P": "biometric identifiers",
    "Q": "full-face photographs",
    "R": "other unique numbers, characteristics or codes",
}
_ATTEST_PQ = {
    "P": "Software finds no biometric identifiers: a person attests that no voice, finger or genome data are in it",
    "Q": "Software does not look at pictures: a person attests that no photographs are in it",
}


class Verdict(StrEnum):
    """How a control ends."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    NOT_APPLICABLE = "not applicable"
    ATTEST = "needs attestation"


@dataclass(frozen=True)
class Control:
    """A control of the catalogue: its verdict, the hits against it, one sentence why, and figures."""

    id: str
    verdict: Verdict
    count: int
    basis: str
    figures: Mapping[str, Any] = field(default_factory=dict)


def controls(report: ScanReport, canary: Mapping[str, Recall] | None = None) -> list[Control]:
    """SH-A to SH-R, SH-LINK and SH-CANARY of a scan; `canary` is what `canary_leaks.leaks` gave for the same flow."""
    return [*(_letter(letter, report) for letter in LETTERS), _link(report), _canary(canary)]


def _letter(letter: str, report: ScanReport) -> Control:
    count = report.count(letter)
    excepted = sum(used.hits for used in report.exceptions if used.letter == letter)
    figures: dict[str, Any] = {
        "high": report.counts.get(letter, {}).get("high", 0),
        "low": report.counts.get(letter, {}).get("low", 0),
        "listed_exceptions": excepted,
        **_read(report),
    }
    if letter == "B":
        figures |= {"zip3_table": dict(report.zip3), "zip3_2000": len(CENSUS_2000), "zip3_2010": len(CENSUS_2010)}
    if letter == "C":
        figures |= dict(report.ages)
    name = _CLASSES[letter]
    id_ = f"SH-{letter}"
    if count:
        return Control(id_, Verdict.FAIL, count, f"{count:,} {name} found that no listed exception takes.", figures)
    if letter in _ATTEST_PQ:
        figures["files"] = len(report.attest)
        return Control(id_, Verdict.ATTEST, len(report.attest), f"{_ATTEST_PQ[letter]}.", figures)
    if unread := report.unread:
        basis = f"No {name} found, but {len(unread):,} files could not be parsed; only their strings were searched."
        return Control(id_, Verdict.ATTEST, 0, basis, figures)
    if not report.files:
        return Control(id_, Verdict.NOT_APPLICABLE, 0, "Nothing was scanned.", figures)
    tail = f"; {excepted:,} hits are listed exceptions" if excepted else ""
    if letter == "R":
        return _r(report, id_, name, tail, figures)
    return Control(id_, Verdict.PASS, 0, f"No {name} found{tail}.", figures)


def _r(report: ScanReport, id_: str, name: str, tail: str, figures: dict[str, Any]) -> Control:
    """Class R asks one thing more: that no row id is a digest of a source identifier."""
    figures["digests_tried"] = report.source_digests
    if report.source_digests is None:
        basis = f"No {name} found{tail}; no source identifiers were given to try digests of."
        return Control(id_, Verdict.ATTEST, 0, basis, figures)
    basis = f"No {name} found{tail}; no digest of a source identifier among the codes."
    return Control(id_, Verdict.PASS, 0, basis, figures)


def _link(report: ScanReport) -> Control:
    count = sum(report.source_hits.values())
    figures = {"source_values": report.source_values, "by_class": dict(report.source_hits), **_read(report)}
    if report.source_values is None:
        return Control("SH-LINK", Verdict.ATTEST, 0, "No source identifiers were given to look for.", figures)
    if count:
        return Control("SH-LINK", Verdict.FAIL, count, f"{count:,} identifiers of the source found.", figures)
    if not report.source_values or not report.files:
        return Control("SH-LINK", Verdict.NOT_APPLICABLE, 0, "There was nothing to look for, or nowhere.", figures)
    basis = f"None of {report.source_values:,} spellings of source identifiers found."
    if unread := report.unread:
        basis += f" {len(unread):,} files could not be parsed; only their strings were searched."
        return Control("SH-LINK", Verdict.ATTEST, 0, basis, figures)
    return Control("SH-LINK", Verdict.PASS, 0, basis, figures)


def _canary(canary: Mapping[str, Recall] | None) -> Control:
    if not canary:
        return Control("SH-CANARY", Verdict.ATTEST, 0, "No canary pack was run through this flow.", {})
    leaked = sum(recall.total - recall.removed for recall in canary.values())
    figures = {name: recall.as_json() for name, recall in sorted(canary.items())}
    planted = sum(recall.total for recall in canary.values())
    if not any(recall.seen for recall in canary.values()):
        basis = "No note of the canary pack came out of the flow, so its rules were not tried."
        return Control("SH-CANARY", Verdict.ATTEST, 0, basis, figures)
    if leaked:
        return Control(
            "SH-CANARY", Verdict.FAIL, leaked, f"{leaked:,} of {planted:,} planted identifiers survived.", figures
        )
    return Control("SH-CANARY", Verdict.PASS, 0, f"None of {planted:,} planted identifiers survived.", figures)


def _read(report: ScanReport) -> dict[str, Any]:
    return {
        "files": len(report.files),
        "bytes": report.bytes,
        "cells": report.cells,
        "unread": len(report.unread),
        "derived": report.by_detector.get(DERIVED, 0),
    }
