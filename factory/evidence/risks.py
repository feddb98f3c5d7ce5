"""What a reader must know first: the largest risks that are left, and the conditions a release stands under."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from factory.words import Said
from factory.words.figures import told

MOST = 3
_RANKS = {"fail": 0, "inconclusive": 1, "pass": 2}
_BUSINESS = "BUSL-1.1"
Row = Mapping[str, Any]


def risks(facts: Mapping[str, Any], most: int = MOST) -> list[dict[str, Any]]:
    """The largest risks: what fails, then what is inconclusive, then the gates nearest their threshold.

    Nearness is the bad end of the interval over the threshold (for `at least` the other way round): 1 is at it.
    """
    measures = [m for m in facts["measures"] if m["bearing"] == "gate"]
    named = {row["column"]: row["control"] for row in facts["gates"] if row["suite"] == "scorecard"}
    found = [
        {
            "control": named.get(m["name"], ""),
            "verdict": m["outcome"],
            "nearness": nearness(m),
            "measure": m["name"],
            "text": told(m),
        }
        for m in measures
    ]
    covered = {(m["value"], m["low"], m["high"]) for m in measures}
    found += [
        {"control": row["id"], "verdict": row["verdict"], "nearness": None, "measure": "", "text": told_control(row)}
        for row in facts["controls"]
        if row["verdict"] in ("fail", "inconclusive") and (row["value"], row["low"], row["high"]) not in covered
    ]
    found.sort(key=lambda one: (_RANKS[one["verdict"]], -_size(one["nearness"]), one["control"], one["measure"]))
    return [
        {**{key: one[key] for key in ("control", "verdict", "nearness", "measure")}, **_sentence(one["text"])}
        for one in found[:most]
    ]


def nearness(measure: Row) -> float | None:
    """The bad end of a gate's interval over its threshold; None where there is no figure."""
    value: float | None = measure["value"]
    threshold: float | None = measure["threshold"]
    if value is None or threshold is None:
        return None
    end: float | None = measure["high"] if measure["direction"] == "at most" else measure["low"]
    end = value if end is None else float(end)
    above, below = (end, threshold) if measure["direction"] == "at most" else (threshold, end)
    if below <= 0:
        return 0.0 if above <= 0 else None
    return round(max(0.0, above) / below, 3)


def conditions(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What must hold for this release: signatures, answers, shortfalls accepted, licence terms, expiry."""
    made = [
        ("RL-1", Said("Two reviewers, neither of them the producer, sign the digest of this candidate.")),
        (
            "RL-4",
            Said(
                "Copies go out only under a licence: stated purposes, no re-identification, no linkage, no passing on."
            ),
        ),
    ]
    if facts["questions"]:
        made.append(
            ("", Said("{n} questions are answered yes by named people, and signed.", n=len(facts["questions"])))
        )
    if facts["shortfalls"]:
        made.append(("", Said("{n} shortfalls are accepted by name by each reviewer.", n=len(facts["shortfalls"]))))
    if _ran_under(facts["engine"], _BUSINESS):
        named = Said("A named person confirms that the licence {licence} permits this use.", licence=_BUSINESS)
        made.append(("RL-7", named))
    made.append(
        (
            "ED-7",
            Said("The evidence stands until {expires}; a review nobody answers by {review_by} is a refusal.",
                 expires=facts["expires"], review_by=facts["review_by"]),
        )
    )  # fmt: skip
    return [{"control": control, **_sentence(text)} for control, text in made]


def _ran_under(engine: Row, licence: str) -> bool:
    rivals = [row["engine"] for row in engine.get("scoreboard", ()) if not row["note"].startswith("left out")]
    return engine["licence"] == licence or any(str(name).startswith("sdv") for name in rivals)


def _size(near: float | None) -> float:
    return math.inf if near is None else near


def told_control(row: Row) -> Said:
    """A control's title and what was found, as one sentence."""
    return Said("{title}: {sentence}", title=Said(row["title"]), sentence=Said(row["sentence"], **row["values"]))


def _sentence(text: Said) -> dict[str, Any]:
    return {"sentence": str(text), "said": text.as_json()}
