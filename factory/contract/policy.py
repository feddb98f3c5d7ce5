"""The thresholds a release must meet. Each is a named value; controls.md says where it comes from."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from factory.contract.columns import Strict

_UNDER_AGREEMENT = {
    "membership_auc": 0.60,
    "membership_auc_exposed": 0.65,
    "membership_tpr": 0.03,
    "disclosure_advantage": 0.09,
}


class Policy(Strict):
    """Thresholds of a release; a contract may state others, and the dossier prints them.

    `release` chooses the defaults: a copy under a licence with a no-re-identification clause may be held to the
    wider thresholds of controls.md.
    """

    release: Literal["public", "data-use-agreement"] = Field("public", description="Who may get the data.")
    membership_auc: float = Field(0.55, gt=0.5, le=1, description="Upper 95% bound of a membership attack's AUC.")
    membership_auc_exposed: float = Field(
        0.60, gt=0.5, le=1, description="The same on the tenth of people that the attack finds most exposed."
    )
    membership_tpr: float = Field(
        0.02, gt=0.01, le=1, description="Share of training people found where 1% of others are, lower 95% bound."
    )
    disclosure_advantage: float = Field(
        0.05,
        gt=0,
        le=1,
        description="Singling out, linkability and inference of a sensitive column, over the control, upper 95% bound.",
    )
    identity_disclosure: float = Field(
        0.09, gt=0, le=1, description="Meaningful identity disclosure of synthetic records, upper 95% bound."
    )
    sampled_share: float = Field(
        0.1,
        gt=0,
        le=1,
        description="Share of the people like these, in the region they could be looked up in, whom the tables hold; an"
        " assumption that a person attests to (ED-1), 1 where they are everybody.",
    )
    exact_copy_share: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of synthetic people equal to a training person, beyond what hold-out has.",
    )
    fidelity_ratio: float = Field(
        0.97,
        gt=0,
        le=1,
        description="Quality score over the score of a fresh real sample of hold-out people.",
    )
    tstr_gap: float = Field(
        0.02,
        ge=0,
        le=1,
        description="AUROC lost when a task is learned from synthetic rather than real rows.",
    )
    tstr_gap_subgroup: float = Field(0.05, ge=0, le=1, description="The same within a group of sex, age or ethnicity.")
    km_distance: float = Field(
        0.02, ge=0, le=1, description="Mean distance of Kaplan-Meier curves, beyond that of a fresh real sample."
    )
    broken_rules: int = Field(0, ge=0, description="Rows of the synthetic tables that break a clinical rule.")
    smallest_cell: int = Field(11, ge=2, description="Fewest people behind a value that may be shown or released.")
    age_cap: int = Field(89, ge=1, le=89, description="Greatest age shown as such; 45 CFR 164.514(b)(2)(i)(C).")
    date_shift_days: int = Field(
        182, ge=31, le=3650, description="Most days by which the dates of a person are shifted, either way."
    )
    most_suppressed: float = Field(
        0.05, ge=0, lt=1, description="Share of people who may lose a row's quasi-identifiers to reach classes of k."
    )
    most_starred: float = Field(
        0.5,
        ge=0,
        lt=1,
        description="Share of people whose cells may be suppressed one by one to spare the others a coarser level,"
        " where a table's quasi-identifiers are all its own.",
    )
    holdout_share: float = Field(0.3, gt=0, lt=1, description="Share of people the synthesizer never sees.")
    learned_people: int = Field(
        100_000,
        ge=100,
        description="Most people the synthesizer learns from, chosen by lot among those not held out; the figures are"
        " taken against exactly these.",
    )
    fewest_people: int = Field(100, ge=20, description="Fewest people a batch may hold.")
    epsilon: float = Field(3.0, gt=0, le=10, description="Privacy budget of the engine dp, the patient as unit.")
    delta: float = Field(1e-6, gt=0, lt=0.01, description="Chance with which that budget may fail.")
    epsilon_linked: float = Field(
        10.0, gt=0, le=100, description="Privacy budget of a person over all releases of `dp` they are in (RL-11)."
    )
    valid_days: int = Field(
        365, ge=1, le=1826, description="Days from the end of review for which the evidence stands."
    )
    transfer_sensitive: int = Field(
        10_000,
        ge=1,
        description="People whose sensitive data may leave the mainland in a calendar year without a security"
        " assessment; CAC provisions of 22 March 2024, Art. 7 and 8.",
    )
    transfer_filing: int = Field(
        100_000, ge=1, description="People whose other data may leave it without a contract filed; Art. 5(4)."
    )
    transfer_assessment: int = Field(
        1_000_000, ge=1, description="People whose other data may leave it without a security assessment; Art. 7."
    )
    review_days: int = Field(30, ge=1, le=366, description="Days after which a review nobody answers is a refusal.")

    @model_validator(mode="before")
    @classmethod
    def _defaults_of_release(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("release") == "data-use-agreement":
            return {**_UNDER_AGREEMENT, **given}
        return given
