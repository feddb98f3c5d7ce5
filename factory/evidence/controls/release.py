"""What every release needs, under any regime."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

from factory.evidence.controls.base import Control, Evidence, Finding, elsewhere, failed, passed, unsure
from factory.scan import Options, scan

_SEALING = "Judged when the bundle is sealed and whenever it is verified."
_OPEN = ("Apache-2.0", "MIT", "BSD-3-Clause", "BSD")
Check = Callable[[Evidence], Finding]
FACTS = frozenset(
    {
        "attempts", "code", "contract", "controls", "conditions", "counts", "decisions", "engine", "expires",
        "failures",
        "format", "gates", "identifiers", "licensor", "marginals", "measures", "name", "person", "policy", "producer",
        "purposes", "quality", "questions", "regimes", "review_by", "risks", "rules", "shortfalls",
        "statement", "tables",
        "tasks", "title", "verdict", "version",
    }
)  # fmt: skip
"""The keys a dossier may hold."""


def _later(_: Evidence) -> Finding:
    return elsewhere(_SEALING)


def _terms(evidence: Evidence) -> Finding:
    licence = evidence.licence
    if licence is None:
        return elsewhere(_SEALING)
    wanted = {"no_reidentification": True, "no_linkage": True, "onward_transfer": False}
    missing = [key for key, value in wanted.items() if licence.get(key) is not value]
    missing += [key for key in ("purposes", "expires", "destruction") if not licence.get(key)]
    if missing:
        return failed("The licence lacks: {what}.", what=", ".join(missing))
    return passed("Purpose, no re-identification, no onward transfer, expiry and destruction are in the licence.")


def _engine(evidence: Evidence) -> Finding:
    licence = evidence.facts["engine"].get("licence")
    if not licence:
        return unsure("The licence of the engine is not known.")
    return passed("The engine is under {licence}.", licence=licence)


def _clean(evidence: Evidence) -> Finding:
    if not evidence.documents:
        return unsure("There is no document to look at.")
    report = scan(evidence.documents, Options())
    hits = sum(report.count(letter) for letter in report.counts)
    if hits:
        return failed("{n} possible identifiers stand in the documents.", n=hits)
    return passed("No identifier stands in the dossier and the records beside it.")


def _allowed(evidence: Evidence) -> Finding:
    path = evidence.folder / "dossier.json"
    facts = json.loads(path.read_bytes()) if path.is_file() else evidence.facts
    if extra := sorted(set(facts) - FACTS):
        return failed("The dossier holds {n} entries that are not on its allow-list.", n=len(extra))
    return passed("The dossier holds nothing but what its allow-list names.")


def _times_out(evidence: Evidence) -> Finding:
    days = evidence.contract.policy.review_days
    try:
        dt.date.fromisoformat(evidence.facts["review_by"])
    except (KeyError, ValueError):
        return failed("The review has no last day.")
    return passed("A review that nobody answers within {n} days is refused.", n=days)


def _control(id_: str, title: str, citation: str, checks: str, check: Check, **more: str) -> Control:
    return Control(id_, title, citation, checks, check, policy=more.get("policy"), question=more.get("question"))


_GDPR_24, _OWNER = "45 CFR 164.316; GDPR Art. 24", "Interest of the owner"
_DAYS = "review_days"
_BUSL = "Does the licence of the engine, and of what it was chosen among, permit this use?"
CONTROLS = (
    _control("RL-1", "Two signers, neither the producer", _GDPR_24, "Signed votes on one digest.", _later),
    _control("RL-2", "The signature verifies offline", "GDPR Art. 32", "The bundle's signature.", _later),
    _control("RL-3", "Every act stands in the log", "GDPR Art. 5(2)", "Inclusion proofs in the bundle.", _later),
    _control("RL-4", "The licence has its terms", "45 CFR 164.514(e)", "The licence that is bound.", _terms),
    _control("RL-5", "The copy can be traced", _OWNER, "The fingerprint of the licensee's copy.", _later),
    _control("RL-6", "What is revoked does not verify", _OWNER, "The list of revocations.", _later),
    _control("RL-7", "The engine's licence permits it", "BUSL-1.1, for SDV", "Its licence.", _engine, question=_BUSL),
    _control("RL-8", "The evidence holds no identifier", "45 CFR 164.514(b)", "Every document.", _clean),
    _control("RL-9", "The evidence passes an allow-list", "GDPR Art. 25", "Every entry of the dossier.", _allowed),
    _control(
        "RL-10", "Silence is a refusal", _GDPR_24, "The last day of the review.", _times_out, policy="review_days"
    ),
)
