"""Profiles: which treatment each regime asks of each kind of column, and the strictest where several are asked.

Every order below is total, so that any set of profiles has one answer a column, whatever the order they are named in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import get_args

from factory.contract import Column, Role
from factory.contract.model import Regime
from factory.core.errors import ContractError
from factory.deid.decisions import SAFE_HARBOR, letters
from factory.deid.kinds import ColumnKind


class Treatment(StrEnum):
    """What may be done to a column; the value is what the log of decisions says."""

    REMOVE = "removed"
    ROW_ID = "random row id"
    SURROGATE = "surrogate, the same within a person"
    REGION = "region generalised"
    BIRTH_YEAR = "year, oldest pooled"
    YEAR = "year"
    YEAR_AND_DAYS = "year, and days since first record"
    SHIFT = "dates shifted, as far within a person"
    CAP_AGE = "age capped"
    SHARE = "rare values generalised"
    POOL = "top- and bottom-coded, rare counts pooled"
    AGGREGATE = "top- and bottom-coded, micro-aggregated"
    BOUND = "top- and bottom-coded"
    REDACT = "free text: identifiers replaced"


T, K = Treatment, ColumnKind
STRICTEST_FIRST: Mapping[ColumnKind, tuple[Treatment, ...]] = {
    K.KEY: (T.ROW_ID,),
    K.LINK: (T.ROW_ID,),
    K.LOOSE_KEY: (T.REMOVE, T.SURROGATE),
    K.CONTACT: (T.REMOVE,),
    K.CODE: (T.REMOVE, T.SURROGATE),
    K.REGION: (T.REMOVE, T.REGION),
    K.BIRTH: (T.REMOVE, T.BIRTH_YEAR),
    K.DATE: (T.REMOVE, T.YEAR, T.YEAR_AND_DAYS, T.SHIFT),
    K.AGE: (T.REMOVE, T.CAP_AGE),
    K.CATEGORY: (T.REMOVE, T.SHARE),
    K.INTEGER: (T.REMOVE, T.POOL),
    K.NUMBER: (T.REMOVE, T.AGGREGATE, T.BOUND),
    K.TEXT: (T.REMOVE, T.REDACT),
}
_COMMON: Mapping[ColumnKind, Treatment] = {
    K.KEY: T.ROW_ID,
    K.LINK: T.ROW_ID,
    K.LOOSE_KEY: T.REMOVE,
    K.CONTACT: T.REMOVE,
    K.CODE: T.REMOVE,
    K.REGION: T.REGION,
    K.BIRTH: T.BIRTH_YEAR,
    K.AGE: T.CAP_AGE,
    K.CATEGORY: T.SHARE,
    K.INTEGER: T.POOL,
    K.TEXT: T.REDACT,
}


@dataclass(frozen=True)
class Profile:
    """A regime's choices, the paragraph they rest on, and whether classes of k people are asked for."""

    name: Regime
    paragraph: str
    choices: Mapping[ColumnKind, Treatment]
    k_anonymous: bool


_EXPERT = {K.DATE: T.SHIFT, K.NUMBER: T.BOUND, K.CODE: T.SURROGATE, K.LOOSE_KEY: T.SURROGATE}
_ANONYMOUS = {K.DATE: T.YEAR, K.NUMBER: T.AGGREGATE}
PROFILES: Mapping[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("hipaa-safe-harbor", SAFE_HARBOR, {**_COMMON, K.DATE: T.YEAR_AND_DAYS, K.NUMBER: T.BOUND}, False),
        Profile("hipaa-expert-determination", "45 CFR 164.514(b)(1)", {**_COMMON, **_EXPERT}, True),
        Profile("gdpr-anonymous", "Recital 26 GDPR; WP216 2.2", {**_COMMON, **_ANONYMOUS}, True),
        Profile("pipl-anonymised", "PIPL Art. 73(4)", {**_COMMON, **_ANONYMOUS}, True),
        Profile("pdpo-anonymised", "PDPO s. 26 and DPP2(2)", {**_COMMON, **_ANONYMOUS}, True),
    )
}
_LETTERS = {K.REGION: "B", K.BIRTH: "C", K.DATE: "C", K.AGE: "C"}


@dataclass(frozen=True)
class Choice:
    """The treatment of one column, the profiles that asked for it, and the paragraphs they rest on."""

    treatment: Treatment
    profiles: tuple[str, ...]
    because: str


def profiles_of(names: Sequence[str]) -> tuple[Profile, ...]:
    """Profiles by name, each once. Raises: ContractError."""
    unknown = next((name for name in names if name not in PROFILES), None)
    if unknown is not None or not names:
        raise ContractError("There is no such profile.", f"The profiles are {', '.join(get_args(Regime))}.")
    return tuple(PROFILES[name] for name in dict.fromkeys(names))


def choose(column: Column, kind: ColumnKind, profiles: Sequence[Profile]) -> Choice:
    """The strictest treatment that any profile asks of a column."""
    order = STRICTEST_FIRST[kind]
    treatment = min((profile.choices[kind] for profile in profiles), key=order.index)
    asked = [profile for profile in profiles if profile.choices[kind] is treatment]
    because = "; ".join(_paragraph(profile, column, kind) for profile in asked)
    return Choice(treatment, tuple(profile.name for profile in asked), because)


def asks_for_classes(profiles: Sequence[Profile]) -> tuple[str, ...]:
    """Names of the profiles that ask for classes of at least k people."""
    return tuple(profile.name for profile in profiles if profile.k_anonymous)


def is_quasi_identifier(column: Column, kind: ColumnKind, choice: Choice) -> bool:
    """True where a neighbour may know the value: declared so, a birth year, or the year of an event."""
    if choice.treatment is T.REMOVE:
        return False
    return column.role is Role.QUASI_IDENTIFIER or kind is K.BIRTH or choice.treatment is T.YEAR


def _paragraph(profile: Profile, column: Column, kind: ColumnKind) -> str:
    if profile.name != "hipaa-safe-harbor":
        return profile.paragraph
    if kind in (K.KEY, K.LINK):
        return "45 CFR 164.514(c)(1)"
    if kind in _LETTERS:
        return f"{SAFE_HARBOR}({_LETTERS[kind]})"
    if column.identifier is not None:
        return letters(column.identifier)
    return SAFE_HARBOR if kind is K.TEXT else f"{SAFE_HARBOR}(R)"
