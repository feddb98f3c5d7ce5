"""The stage `dossier`: the folder that reviewers read, and the digest that they sign."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from factory.contract import Contract, digest
from factory.core.files import (
    atomic_folder,
    canonical_json,
    pretty_json,
    sha256_file,
    storage_errors,
    write_bytes,
)
from factory.core.tables import load_ref
from factory.evidence.controls.base import Evidence
from factory.evidence.controls.judge import Judged, judge_controls
from factory.evidence.facts import Stages, dictionary, gather
from factory.evidence.html import dossier_html, page_name
from factory.evidence.records import records
from factory.evidence.risks import conditions, risks, told_control
from factory.evidence.schema import check_listed
from factory.words import LANGUAGES

_ROUNDS = 3
"""A control that looks at the documents may change what they say; what is written last was judged as it stands."""


def make_candidate(
    contract: Contract, stages: Stages, producer: str, review_by: str, out: Path, audit: Path | None = None
) -> None:
    """Write `out`: data/<table>.parquet, dossier.json, a page of it a language, dictionary.json and candidate.json.

    candidate.json names every other file with its SHA-256; reviewers sign the digest of its bytes. `audit` is the
    run's log. Raises: OutputExists, StorageError, NotReady, RunError where the dossier would hold what it may not.
    """
    gathered = gather(contract, stages, producer, review_by, audit)
    with atomic_folder(out) as part:
        for name, ref in load_ref(stages.synth).tables.items():
            with storage_errors(part):
                (part / "data").mkdir(exist_ok=True)
                shutil.copyfile(stages.synth / f"{ref.digest}.parquet", part / "data" / f"{name}.parquet")
        write_bytes(part / "dictionary.json", pretty_json(dictionary(contract)))
        facts = _written(contract, gathered, part)
        write_bytes(part / "candidate.json", canonical_json(_candidate(contract, facts, part)))


def _written(contract: Contract, gathered: dict[str, Any], part: Path) -> dict[str, Any]:
    """Write the documents, judge them with everything else, and write them again until nothing changes."""
    facts = with_controls(gathered, Judged([], [], [], [], []))
    _write_documents(contract, part, facts)
    for _ in range(_ROUNDS):
        judged = with_controls(gathered, judge_controls(Evidence(contract, facts, part)))
        if judged == facts:
            break
        facts = judged
        _write_documents(contract, part, facts)
    return facts


def with_controls(facts: dict[str, Any], judged: Judged) -> dict[str, Any]:
    """The facts with what the controls came to: verdict, shortfalls, failures, questions, regimes, controls, risks.

    A shortfall of the gates stands for the control of the same name, so that nobody accepts one thing twice.
    """
    named = {item["control"] for item in facts["shortfalls"]}
    more = [
        {**item, "said": _said(item, judged)}
        for item in judged.shortfalls
        if not any(name.startswith(item["control"]) for name in named)
    ]
    shortfalls = [*facts["shortfalls"], *more]
    failures = [*facts["failures"], *judged.failures]
    verdict = "fail" if failures or facts["verdict"] == "fail" else "pass-with-shortfalls" if shortfalls else "pass"
    made = {
        **facts,
        "verdict": verdict,
        "shortfalls": shortfalls,
        "failures": failures,
        "questions": judged.questions,
        "regimes": judged.regimes,
        "controls": judged.controls,
    }
    return {**made, "risks": risks(made), "conditions": conditions(made)}


def _said(item: dict[str, str], judged: Judged) -> dict[str, Any]:
    row = next(row for row in judged.controls if row["id"] == item["control"])
    return told_control(row).as_json()


def _write_documents(contract: Contract, part: Path, facts: dict[str, Any]) -> None:
    check_listed(facts)
    data = pretty_json(facts)
    write_bytes(part / "dossier.json", data)
    # Told from what was written, so that whoever tells it again from the file says the same, byte for byte.
    told = json.loads(data)
    for path, record in records(told, contract, part).items():
        write_bytes(part / path, record)
    for language in LANGUAGES:
        write_bytes(part / page_name(language), dossier_html(told, language))


def _candidate(contract: Contract, facts: dict[str, Any], part: Path) -> dict[str, Any]:
    files = {
        path.relative_to(part).as_posix(): {"sha256": sha256_file(path), "bytes": path.stat().st_size}
        for path in sorted(part.rglob("*"))
        if path.is_file()
    }
    return {
        "format": 1,
        "name": contract.name,
        "version": facts["version"],
        "title": contract.title,
        "licensor": contract.licensor,
        "purposes": list(contract.purposes),
        "contract": digest(contract),
        "producer": facts["producer"],
        "review_by": facts["review_by"],
        "verdict": facts["verdict"],
        "shortfalls": [{key: item[key] for key in ("control", "sentence")} for item in facts["shortfalls"]],
        "questions": facts["questions"],
        "files": files,
    }
