"""What every release needs, under any regime."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

from factory.evidence.controls.base import (
    Control,
    Evidence,
    Finding,
    by_measures,
    elsewhere,
    failed,
    passed,
    settled,
    unsure,
)
from factory.evidence.controls.documents import scan_documents
from factory.evidence.schema import unlisted

_SEALING = "Judged when the bundle is sealed and whenever it is verified."
_OPEN = ("Apache-2.0", "MIT", "BSD-3-Clause", "BSD")
_BUSINESS = "BUSL-1.1"
_SIGNERS, _FINGERPRINT = 2, 1e-6
Check = Callable[[Evidence], Finding]


def _votes(evidence: Evidence) -> Finding:
    if evidence.sealed is None:
        return elsewhere(_SEALING)
    signers = {str(name).casefold() for name in evidence.sealed.get("signers", ())}
    if len(signers) < _SIGNERS or str(evidence.sealed.get("producer")).casefold() in signers:
        return failed("{n} people signed, or the producer is one of them.", n=len(signers))
    return passed("{n} people signed, none of them the producer.", n=len(signers))


def _found(*names: str) -> Check:
    """A check that sealing and verifying found each of `names` to hold."""

    def check(evidence: Evidence) -> Finding:
        if evidence.sealed is None:
            return elsewhere(_SEALING)
        if broken := [name for name in names if evidence.sealed.get(name) is False]:
            return failed("It does not hold: {what}.", what=", ".join(broken))
        if unknown := [name for name in names if evidence.sealed.get(name) is not True]:
            return unsure("It was not looked at: {what}.", what=", ".join(unknown))
        return passed("It was looked at and holds.")

    return check


def _traced(evidence: Evidence) -> Finding:
    if evidence.sealed is None:
        return elsewhere(_SEALING)
    mark = evidence.sealed.get("fingerprint") or {}
    if any(mark.get(key) is None for key in ("p", "false_accusations", "utility_cost")):
        return unsure("The fingerprint's p-value, false accusations or cost were not reported.")
    if mark["p"] >= _FINGERPRINT:
        return failed("The recipient's mark is found at p = {p} only.", p=mark["p"])
    return passed("The recipient's mark is found at p = {p}.", p=mark["p"])


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
    """The licence of the engine that won, and of those it was chosen among: they were run as well."""
    engine = evidence.facts["engine"]
    licence = engine.get("licence")
    if not licence:
        return unsure("The licence of the engine is not known.")
    rivals = [
        row["engine"] for row in engine.get("scoreboard", ()) if not str(row.get("note", "")).startswith("left out")
    ]
    if licence not in (*_OPEN, _BUSINESS):
        return unsure("The engine is under {licence}, of which nothing is known.", licence=licence)
    if licence == _BUSINESS or any(str(name).startswith("sdv") for name in rivals):
        return passed("An engine under {licence} was run.", licence=_BUSINESS)
    return settled("The engine is under {licence}.", licence=licence)


def _clean(evidence: Evidence) -> Finding:
    if not evidence.documents:
        return unsure("There is no document to look at.")
    if hits := scan_documents(evidence).total:
        return failed("{n} possible identifiers stand in the documents.", n=hits)
    return passed("No identifier stands in the dossier and the records beside it.")


def _allowed(evidence: Evidence) -> Finding:
    path = evidence.folder / "dossier.json"
    facts = json.loads(path.read_bytes()) if path.is_file() else evidence.facts
    extra = len(unlisted(facts))
    if extra:
        return failed("The dossier holds {n} entries that are not on its allow-list.", n=extra)
    return passed("The dossier holds nothing but what its allow-list names.")


def _times_out(evidence: Evidence) -> Finding:
    days = evidence.contract.policy.review_days
    if evidence.review_by is None:
        return failed("The review has no last day.")
    return passed("A review that nobody answers within {n} days is refused.", n=days)


def _linked(evidence: Evidence) -> Finding:
    """The worst of what this release and others of the same people give away together."""
    batch = evidence.facts.get("batch")
    if batch is None:
        return elsewhere("The run was made without a register of batches.")
    if not batch["linked"]:
        return settled("No other release of the register holds people of this one.")
    asked = [*_TOGETHER, *([_SPENT] if evidence.facts["engine"].get("abilities", {}).get("private") else [])]
    return dataclasses.replace(by_measures(evidence, *asked), asks=False)


def _control(id_: str, title: str, citation: str, checks: str, check: Check, **more: str) -> Control:
    return Control(id_, title, citation, checks, check, policy=more.get("policy"), question=more.get("question"))


_GDPR_24, _OWNER = "45 CFR 164.316; GDPR Art. 24", "Interest of the owner"
_TOGETHER, _SPENT = ("linked_membership_auc", "linked_membership_tpr"), "linked_epsilon"
_PROOFS = ("inclusion", "consistency")
_BUSL = "Does the licence of the engine, and of what it was chosen among, permit this use?"
CONTROLS = (
    _control("RL-1", "Two signers, neither the producer", _GDPR_24, "Signed votes on one digest.", _votes),
    _control("RL-2", "The signature verifies offline", "GDPR Art. 32", "The bundle's signature.", _found("signature")),
    _control(
        "RL-3", "Every act stands in the log", "GDPR Art. 5(2)", "Inclusion proofs in the bundle.", _found(*_PROOFS)
    ),
    _control("RL-4", "The licence has its terms", "45 CFR 164.514(e)", "The licence that is bound.", _terms),
    _control("RL-5", "The copy can be traced", _OWNER, "The fingerprint of the licensee's copy.", _traced),
    _control("RL-6", "What is revoked does not verify", _OWNER, "The list of revocations.", _found("revoked_refused")),
    _control("RL-7", "The engine's licence permits it", "BUSL-1.1, for SDV", "Its licence.", _engine, question=_BUSL),
    _control("RL-8", "The evidence holds no identifier", "45 CFR 164.514(b)", "Every document.", _clean),
    _control("RL-9", "The evidence passes an allow-list", "GDPR Art. 25", "Every entry of the dossier.", _allowed),
    _control(
        "RL-10", "Silence is a refusal", _GDPR_24, "The last day of the review.", _times_out, policy="review_days"
    ),
    _control(
        "RL-11",
        "Linked releases give nobody away together",
        "WP216 2.2.2; GDPR Art. 24",
        "Attacks on all releases that hold the same people, and what these claim of differential privacy.",
        _linked,
        policy="membership_auc",
    ),
)
