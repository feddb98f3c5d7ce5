"""A dossier's facts made by hand, with every kind of row that a page can show."""

from __future__ import annotations

import re
from typing import Any

from unit.sentences import ROOT, in_source

from factory.contract.policy import Policy
from factory.evidence.vocabulary import CLASSES, IDENTIFIERS, NOTES, PURPOSES, REASONS, ROLES, SUITES, TECHNIQUES, TYPES
from factory.words import Said

DIGEST = "ab" * 32
_PLACE = re.compile(r"\{([a-z_]+)(:[^}]*)?\}")


def measured() -> list[str]:
    """Every sentence that measures, gates and what tells of them may say."""
    files = [*sorted((ROOT / "checks").rglob("*.py")), ROOT / "words" / "figures.py"]
    return sorted({message for file in files for message in in_source(file)})


def filled(message: str) -> Said:
    """The sentence with something in each of its places: numbers where a number is formatted, else a name."""
    return Said(message, **{name: 12 if spec else "Zq" for name, spec in _PLACE.findall(message)})


def measure(name: str = "membership_auc", **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": name, "title": "Membership attack", "value": 0.55, "low": 0.5, "high": 0.58, "threshold": 0.6,
        "direction": "at most", "n": 200, "citation": "A method", "outcome": "pass", "where": "", "bearing": "gate",
        "weak": "", "said": {},
    }  # fmt: skip
    made |= changes
    made["said"] = {k: v.as_json() for k, v in made.items() if isinstance(v, Said)}
    return made


def measures() -> list[dict[str, Any]]:
    """One of each outcome and bearing, and one a sentence."""
    kinds = [
        measure(title=Said("Nothing to attack."), value=None, low=None, high=None, outcome="inconclusive"),
        measure("broken_rules", title=Said("Nothing to attack."), outcome="fail", low=None, high=None, n=None),
        measure("fidelity_ratio", title=Said("Nothing to attack."), direction="at least", value=0.98, threshold=0.97),
        measure("near_copy_share", title=Said("Nothing to attack."), bearing="alarm", outcome="inconclusive"),
        measure("near_copy_share", title=Said("Nothing to attack."), bearing="alarm", outcome="fail"),
    ]
    said = [
        measure("dcr_ratio", title=filled(m), where=filled(m), weak=filled(m), bearing="diagnostic", outcome="reported",
                threshold=None)
        for m in measured()
    ]  # fmt: skip
    weak = [measure(title=filled(m), where=filled(m), weak=filled(m), outcome="inconclusive") for m in measured()[:40]]
    return [*kinds, *said, *weak]


def control(id_: str, verdict: str, regimes: list[str], **changes: Any) -> dict[str, Any]:
    return {
        "id": id_, "title": "Names", "citation": "45 CFR 164.514(b)", "regimes": regimes, "verdict": verdict,
        "checks": "Every cell of the released bytes, by a scanner that shares no code with what removed them.",
        "sentence": "None found in the tables to be released.", "values": {}, "value": None, "low": None, "high": None,
        "threshold": None, "direction": None, "policy": None, "question": None, **changes,
    }  # fmt: skip


def facts() -> dict[str, Any]:
    """Everything that a dossier may say, once at least."""
    verdicts = ("pass", "fail", "inconclusive", "needs attestation", "not applicable")
    regime = ["hipaa-safe-harbor"]
    controls = [control(f"SH-{letter}", verdict, regime) for letter, verdict in zip("ABCDE", verdicts, strict=True)]
    figure = {"value": 0.1, "low": 0.0, "high": 0.2, "threshold": 0.09, "direction": "at most"}
    controls += [control("ED-4", "fail", regime, **figure), control("RL-10", "pass", [], policy="review_days")]
    question = "Are you sure that no year in these data points to a person through an event the public knows?"
    sentence = Said("{what}; {weak}", what=Said("Nothing to attack."), weak=Said("The slope cannot be estimated."))
    curve = {"fpr": [0.0, 0.5, 1.0], "tpr": [0.0, 0.6, 1.0]}
    bars = [{"label": label, "real": 0.4, "synthetic": 0.5} for label in ("up to 2", "2 to 5", "over 5", "F")]
    counts = {"train": 100, "holdout": "<11", "synthetic": 1_234}
    return {
        "format": 1, "title": "Wards", "name": "wards", "version": "1.0.0", "licensor": "A hospital",
        "person": "people", "producer": "A producer", "people": {**counts, "beyond": 100, "measured": counts},
        "purposes": [str(p) for p in PURPOSES],
        "statement": {"controller": "A hospital", "incident_plan": "tell everybody", "destination": "HK"},
        "review_by": "2026-12-25", "expires": "2027-12-25", "contract": DIGEST, "verdict": "fail",
        "regimes": [{
            "regime": regime[0], "title": "HIPAA Safe Harbor", "version": "1.0", "date": "2026-11-25",
            "citation": "45 CFR 164.514(b)(2)", "verdict": "fail", "counts": dict.fromkeys(verdicts, 12),
            "controls": [row["id"] for row in controls if row["regimes"]],
        }],
        "controls": controls, "questions": [{"control": "SH-C", "sentence": question}],
        "shortfalls": [{"control": "ED-3", "sentence": str(sentence), "said": sentence.as_json()}],
        "failures": [{"control": "X", "suite": s, "table": "people", "column": "sex"} for s in SUITES],
        "measures": measures(), "risks": [], "conditions": [],
        "attacks": {
            "membership": [{"attack": "LOGAN", "view": "people", "auc": 0.5, "low": 0.4, "high": None, "tpr_1": 0.01,
                            "tpr_10": 0.1, "said": {"attack": Said("nearest record").as_json()}}],
            "wp216": {name: [{"where": "people", "success": 0.1, "control": 0.1, "difference": [0.0, -0.1, 0.1],
                              "planted_found": found, "said": {}}]
                      for name, found in (("singling_out", True), ("linkability", False), ("inference", True))},
        },
        "pictures": {
            "roc": curve, "correlations": {"people": {"columns": ["a", "b"], "difference": [[0.0, 0.4], [0.4, 0.0]]}},
            "children": {"stays": {"parent": "people", "bars": bars}},
            "tasks": {"death": {"roc": {"trtr": curve, "tstr": curve},
                                "calibration": {"tstr": [{"said": 0.1, "came": 0.2}, {"said": 0.6, "came": 0.5}]}}},
            "survivals": {"death": [{"group": g, "time": [0.0, 1.0], "real": [1.0, 0.8], "synthetic": [1.0, 0.7],
                                     "fresh": [1.0, 0.75]} for g in ("all", "F")]},
            "effects": {"dose": [{"name": "dose", "real": [0.1, 0.0, 0.2], "synthetic": [0.1, -0.1, 0.3]}]},
        },
        "identifiers": [{"control": c, "verdict": "pass", "hits": 0, "basis": ""} for c in IDENTIFIERS],
        "gates": [{"suite": s, "table": "people", "column": None, "control": "X", "type": "t", "severity": "critical",
                   "success": True, "raised": False} for s in SUITES],
        "decisions": [*_decisions()], "quality": {"people": {"shapes": 0.9, "pairs": None, "fresh_shapes": 0.9,
                                                            "fresh_pairs": None, "columns": {"sex": None}}},
        "tasks": {"death": {"tstr": 0.7, "trtr": 0.8}}, "rules": {"synthetic": {"key": 0}},
        "marginals": {"people.sex": bars}, "counts": {"people": counts},
        "engine": {"name": "dp", "package": "factory", "version": "1", "licence": "BUSL-1.1",
                   "redrawn": {"rule": "<11"}, "abilities": {"private": True}, "epsilon": 3.0, "delta": 1e-6,
                   "unit": "patient",
                   "scoreboard": [{"engine": "a", "c2st": 0.6, "membership": 0.5, "upper": 0.55, "passes": True,
                                   "won": True, "note": ""},
                                  *({"engine": "b", "c2st": None, "membership": None, "upper": None, "passes": False,
                                     "won": False, "note": str(note)} for note in NOTES)]},
        "attempts": {"engines": 1, "left_out": 1, "made_before": 0},
        "receipts": [{"at": "2026-11-25T20:52:40Z", "subject": DIGEST}],
        "tables": {"people": {"sha256": DIGEST, "rows": 100, "columns": 3}},
        "policy": Policy.model_validate({"release": "data-use-agreement"}).model_dump(mode="json"),
        "code": {"version": "0.1.0", "digest": DIGEST, "tools": {"sdv": "2.0.0"}},
    }  # fmt: skip


def _decisions() -> list[dict[str, Any]]:
    every = {"role": ROLES, "operator": TECHNIQUES, "because": REASONS, "before": TYPES, "class": CLASSES}
    most = max(map(len, every.values()))
    return [
        {
            "table": "people", "column": f"c{place}", "released_as": ["sex"], "changed": "<11", "cells": 100,
            "profiles": ["hipaa-safe-harbor"], "level": None, "after": ["year"],
            **{key: str(words[place % len(words)]) for key, words in every.items()},
        }
        for place in range(most)
    ]  # fmt: skip
