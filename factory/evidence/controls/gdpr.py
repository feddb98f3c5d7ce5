"""GDPR anonymity: Recital 26, and the three tests of WP216 (Opinion 05/2014)."""

from __future__ import annotations

import re

from factory.evidence.controls.base import (
    Control,
    Evidence,
    Finding,
    Verdict,
    by_measures,
    elsewhere,
    failed,
    passed,
    unsure,
)
from factory.evidence.controls.profiles import profile

RECITAL = "GDPR Recital 26; WP216"
_REGIME = "gdpr-anonymous"
_REVERSIBLE = ("surrogate", "shifted", "encrypt", "pseudonym", "token", "hash")
_KEY = re.compile(r"mapping|codebook|code_book|pseudonym|crosswalk|\.(?:key|pem|salt|seed|pkl|joblib)$", re.IGNORECASE)
_STATED = ("controller", "legal_basis", "dpia", "dpo", "review_on")


def _private(evidence: Evidence) -> Finding:
    engine = evidence.facts["engine"]
    if not engine.get("abilities", {}).get("private"):
        return elsewhere("The engine claims no differential privacy.")
    spent, allowed = engine.get("epsilon"), evidence.contract.policy.epsilon
    if spent is None or engine.get("delta") is None or not engine.get("unit"):
        return unsure("The engine claims differential privacy and does not say epsilon, delta and unit.")
    if engine["delta"] > evidence.contract.policy.delta:
        return failed(
            "Delta {spent} was spent; the policy allows {allowed}.",
            spent=engine["delta"],
            allowed=evidence.contract.policy.delta,
        )
    if spent > allowed:
        return failed("Epsilon {spent} was spent; the policy allows {allowed}.", spent=spent, allowed=allowed)
    return passed("Epsilon {spent}, the patient as unit.", spent=spent)


def keys_gone(evidence: Evidence) -> Finding:
    """No mapping in the candidate, and none that a key could make again."""
    left = [path.name for path in evidence.folder.rglob("*") if _KEY.search(path.name)]
    if left:
        return failed("{n} files in the candidate look like keys or mappings.", n=len(left))
    for decision in evidence.facts["decisions"]:
        if decision["released_as"] and any(word in decision["operator"].lower() for word in _REVERSIBLE):
            return failed(
                "{table}.{column} was replaced by a reversible operator.",
                table=decision["table"],
                column=decision["column"],
            )
    return passed("Row numbers were dealt at random and no mapping was kept or is in the candidate.")


def stated(evidence: Evidence, names: tuple[str, ...]) -> Finding:
    """Every named statement of the contract is there."""
    missing = [name for name in names if not getattr(evidence.contract.statement, name)]
    if missing:
        return failed("The contract's statement lacks: {what}.", what=", ".join(missing))
    return passed("Everything that is to be stated is.")


def _statement(evidence: Evidence) -> Finding:
    found = stated(evidence, _STATED)
    review = evidence.contract.statement.review_on
    last = evidence.review_by
    if review is not None and last is not None and review <= last:
        return failed("The date for looking at the assessment again lies before the end of this review.")
    if found.verdict is Verdict.PASS and (last is None or profile(_REGIME).review_on <= last):
        return unsure("The reading of the law that this profile holds is to be looked at again first.")
    return found


CONTROLS = (
    Control(
        id="GD-1",
        title="Singling out",
        citation=f"{RECITAL} 2.2.1",
        checks="Statements that hold for one person alone, over those found for people who were not learned from.",
        check=lambda evidence: by_measures(evidence, "singling_out"),
        policy="disclosure_advantage",
        question="Does the threshold cover the means reasonably likely to be used against these people?",
    ),
    Control(
        id="GD-2",
        title="Linkability",
        citation=f"{RECITAL} 2.2.2",
        checks="Two sets of columns put together again through the synthetic rows, over the control.",
        check=lambda evidence: by_measures(evidence, "linkability"),
        policy="disclosure_advantage",
        question="Are the columns that the attack takes as known to others realistic?",
    ),
    Control(
        id="GD-3",
        title="Inference",
        citation=f"{RECITAL} 2.2.3",
        checks="Every sensitive column guessed from the others through the synthetic rows, over the control.",
        check=lambda evidence: by_measures(evidence, "inference"),
        policy="disclosure_advantage",
    ),
    Control(
        id="GD-4",
        title="Copies of people",
        citation=RECITAL,
        checks="Copies, exact, near and of rare combinations, of people learned from, against people who were not.",
        check=lambda evidence: by_measures(evidence, "exact_copy_share", "near_copy_share", "rare_combination_share"),
        policy="exact_copy_share",
    ),
    Control(
        id="GD-5",
        title="Differential privacy, where it is claimed",
        citation="GDPR Art. 5(2)",
        checks="That epsilon, delta and the unit of privacy are stated and within the policy.",
        check=_private,
        policy="epsilon",
    ),
    Control(
        id="GD-6",
        title="No way back",
        citation=f"{RECITAL} 2.1",
        checks="That no key and no mapping is in the candidate, and no released column came of a reversible operator.",
        check=keys_gone,
        question="Do those who hold the source records and those who get these stand under separate orders?",
    ),
    Control(
        id="GD-7",
        title="Statement and impact assessment",
        citation="GDPR Art. 5(2), 35",
        checks="Controller, legal basis, assessment, data protection office and date of the next look are stated.",
        check=_statement,
        question="Is what the contract states about legal basis and assessment true?",
    ),
)
