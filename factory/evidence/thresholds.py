"""What each threshold of a policy asks for, and where it comes from (control catalogue, policy defaults)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from factory.words import Said


@dataclass(frozen=True)
class Threshold:
    """One field of the policy: what it is of, and why it is what it is."""

    field: str
    title: Said
    why: Said


THRESHOLDS = (
    Threshold(
        "membership_auc",
        Said("Membership attack, AUC, upper 95% bound"),
        Said("Proposed here, since no authority sets one: .55 for a public release, .60 under an agreement."),
    ),
    Threshold(
        "membership_auc_exposed",
        Said("The same on the people who stand out most"),
        Said("Proposed here, since no authority sets one: .60 for a public release, .65 under an agreement."),
    ),
    Threshold(
        "membership_tpr",
        Said("Share of training people found where 1% of others are"),
        Said("Practice of the MIDST challenge and of LiRA: .02 for a public release, .03 under an agreement."),
    ),
    Threshold(
        "disclosure_advantage",
        Said("Singling out, linkability and inference over the control"),
        Said("0.09 after EMA Policy 0070 and Health Canada; .05 for a public release."),
    ),
    Threshold(
        "identity_disclosure",
        Said("Meaningful identity disclosure"),
        Said("EMA Policy 0070; El Emam et al., JMIR 2020 e23139."),
    ),
    Threshold(
        "sampled_share",
        Said("Share of the people like these whom the tables hold, as assumed"),
        Said("An assumption a person attests to (ED-1); 1 would be the most cautious."),
    ),
    Threshold(
        "exact_copy_share",
        Said("Exact copies of one person's rows, beyond chance"),
        Said("None: no more copies than fresh real rows have."),
    ),
    Threshold(
        "smallest_cell",
        Said("Fewest people behind a value or a class"),
        Said("The cell-size policy of CMS; 1/11 is the 0.09 of EMA and Health Canada."),
    ),
    Threshold(
        "fidelity_ratio",
        Said("Quality score over that of a fresh real sample"),
        Said("Practice of hold-out-relative quality scores (mostlyai-qa)."),
    ),
    Threshold(
        "tstr_gap",
        Said("AUROC lost when a task is learned from synthetic rows"),
        Said("Studies of synthetic records (HALO, TimeAutoDiff) report about .01; twice that is allowed."),
    ),
    Threshold(
        "tstr_gap_subgroup",
        Said("The same within a group of sex, age or ethnicity"),
        Said("Wider than for everybody, since fewer people are behind it."),
    ),
    Threshold(
        "km_distance",
        Said("Distance of Kaplan-Meier curves, beyond a fresh real sample's"),
        Said("Chosen here in line with the loss allowed to a task."),
    ),
    Threshold(
        "broken_rules",
        Said("Synthetic rows that break a rule of the contract"),
        Said("None: a row no hospital could have is of no use."),
    ),
    Threshold(
        "valid_days",
        Said("Days for which the evidence stands after the review"),
        Said("Attacks get better: what is known today is looked at again."),
    ),
)
_CLAIMED = (
    Threshold(
        "epsilon",
        Said("Epsilon a patient, where differential privacy is claimed"),
        Said("Consensus of experts (Patterns 2025): up to 1 is strong, up to 10 is stated as weak."),
    ),
    Threshold(
        "delta",
        Said("Delta a patient, where differential privacy is claimed"),
        Said("Below one in the number of people."),
    ),
)


def thresholds(facts: Mapping[str, Any]) -> list[tuple[Threshold, float]]:
    """The thresholds this dossier was judged by; those of differential privacy only where an engine claims it."""
    private = bool(facts["engine"].get("abilities", {}).get("private"))
    return [(one, facts["policy"][one.field]) for one in (*THRESHOLDS, *(_CLAIMED if private else ()))]
