"""licence.yaml: who may use the data, for what, until when, and what they must not do."""

from __future__ import annotations

import datetime as dt
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from factory.core.documents import LARGEST_YAML, Document, Line, from_yaml, read_capped
from factory.core.errors import FactoryError, LicenceError, LicenceExpired, WrongPurpose
from factory.release import duo
from factory.review.candidate import Candidate

KINDS = ("ai-company-hong-kong", "pharma-multinational", "academic")
"""Templates that come with the software, in `templates/`."""

_FIX = "See the templates: factory release RUN --template academic"


def _filled(text: str) -> str:
    if text.startswith("<") and text.endswith(">"):
        raise ValueError("still holds the placeholder of the template")
    return text


def _paragraph(text: str) -> str:
    if any(not sign.isprintable() and sign != "\n" for sign in text) or not text.strip():
        raise ValueError("is empty or holds a sign that does not print")
    return _filled(text.strip())


def _must_be(wanted: bool) -> AfterValidator:
    def check(value: bool) -> bool:
        if value is not wanted:
            raise ValueError(f"must be {str(wanted).lower()} in every licence")
        return value

    return AfterValidator(check)


# Not Literal[True], which would take a 1 for it.
GREATER_BAY_AREA = frozenset({"HK", "CN-GBA"})
"""Parties to the standard contract of 2023 (CAC and ITIB): Hong Kong and the nine mainland cities."""
Territory = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|EEA|CN-GBA|WORLD)\z")]
Always = Annotated[bool, _must_be(True)]
Never = Annotated[bool, _must_be(False)]
Filled = Annotated[Line, AfterValidator(_filled)]
LicenceId = Annotated[Filled, StringConstraints(pattern=r"^(<.*>|[A-Za-z0-9][A-Za-z0-9._-]{0,99})\z")]
Paragraph = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_paragraph)]


class Licensee(Document):
    """Who receives the data, and where they may be used: codes of ISO 3166-1, `EEA`, `CN-GBA` or `WORLD`."""

    name: Filled
    kind: Literal["ai-company", "pharma", "academic"]
    territory: tuple[Territory, ...] = Field(min_length=1)


class Royalty(Document):
    """What is counted and what it costs; what is due is worked out from the catalogue's record of pulls."""

    meter: Literal["pull", "thousand-rows", "model", "month"]
    amount: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?\z")]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}\z")]
    report_every_days: int = Field(ge=1, le=366)


class StandardContract(Document):
    """The standard contract the data crossed under: between the mainland cities of the Greater Bay Area and Hong Kong.

    `filed` is the day it was filed with both authorities, within ten working days of taking effect.
    """

    kind: Literal["gba"]
    filed: dt.date | None


class Licence(Document):
    """A licence. What may never be granted is a key all the same, so that signing it is a statement."""

    licence: Literal[1] = Field(description="Version of this format.")
    id: LicenceId
    licensor: Filled
    licensee: Licensee
    purposes: tuple[Filled, ...] = Field(min_length=1)
    no_reidentification: Always
    no_linkage: Always
    onward_transfer: Never
    model_training: bool = Field(description="Whether models may be trained on the data.")
    publication: Literal["none", "aggregate-results", "open"] = Field(description="What may be published.")
    effective: dt.date
    expires: dt.date
    destruction: Paragraph = Field(description="What happens to the data when the licence ends.")
    governing_law: Filled
    restrictions: tuple[Filled, ...] = Field((), description="DUO modifiers that narrow the purposes.")
    standard_contract: StandardContract | None = None
    royalty: Royalty | None = None
    fees: Paragraph | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Licence:
        if self.expires <= self.effective:
            raise ValueError("expires on or before the day it takes effect")
        if len(set(self.purposes)) != len(self.purposes):
            raise ValueError("grants a purpose twice")
        for purpose in self.purposes:
            if purpose not in duo.PURPOSES:
                raise ValueError(f"grants a purpose that is no term of GA4GH DUO; there are {', '.join(duo.PURPOSES)}")
        if any(item not in duo.MODIFIERS for item in self.restrictions):
            raise ValueError("has a restriction that is no modifier of GA4GH DUO")
        if duo.NOT_COMMERCIAL & set(self.restrictions) and self.licensee.kind != "academic":
            raise ValueError("restricts use to organisations that make no profit, which its licensee is not")
        if self.standard_contract and not set(self.licensee.territory) <= GREATER_BAY_AREA:
            raise ValueError("rests on the Greater Bay Area's standard contract and has a territory outside of it")
        return self


def load_licence(path: Path) -> tuple[Licence, bytes]:
    """A licence and the bytes it was read from. Raises: LicenceError, StorageError."""
    data = read_capped(path, LARGEST_YAML)
    return parse_licence(data, path.name, LicenceError), data


def parse_licence(data: bytes, what: str, error: type[FactoryError]) -> Licence:
    """A licence from YAML bytes. Raises: `error`."""
    return from_yaml(data, Licence, what, error, _FIX if error is LicenceError else "")


def check_grants(licence: Licence, candidate: Candidate, error: type[FactoryError]) -> None:
    """The licensor is the data's, and every purpose is one the contract allows. Raises: `error`."""
    if licence.licensor != candidate.licensor:
        raise error(
            "The licensor of the licence is not the licensor of the data.", f"The data are {candidate.licensor}'s."
        )
    for purpose in licence.purposes:
        if purpose not in candidate.purposes:
            allowed = ", ".join(candidate.purposes) or "none"
            raise error(f"The licence grants {purpose}, which the contract does not allow.", f"Allowed: {allowed}.")


def check_not_expired(licence: Licence, now: dt.datetime) -> None:
    """The last day, in UTC, has not passed. Raises: LicenceExpired."""
    if now.astimezone(dt.UTC).date() > licence.expires:
        raise LicenceExpired(
            f"The licence {licence.id} expired on {licence.expires}.", f"Ask {licence.licensor} for a new one."
        )


def check_purpose(licence: Licence, purpose: str) -> None:
    """The licence grants it, or a wider one; none is asked about where it is empty. Raises: WrongPurpose."""
    if purpose and not duo.covers(licence.purposes, purpose):
        raise WrongPurpose("The licence does not grant that purpose.", f"It grants: {', '.join(licence.purposes)}.")


def check_in_force(licence: Licence, now: dt.datetime) -> None:
    """The first day has begun somewhere on earth and the last has not passed. Raises: LicenceError, LicenceExpired."""
    check_not_expired(licence, now)
    first_of_all = dt.timezone(dt.timedelta(hours=14))
    if now.astimezone(first_of_all).date() < licence.effective:
        raise LicenceError(f"The licence {licence.id} takes effect on {licence.effective}.", "Wait until then.")


def template(kind: str, candidate: Candidate | None = None) -> str:
    """A template to fill in, licensor and purposes taken from a candidate where there is one.

    Raises: LicenceError when there is no such template.
    """
    if kind not in KINDS:
        raise LicenceError("There is no such template.", f"There are: {', '.join(KINDS)}.")
    text = resources.files("factory.release").joinpath("templates", f"{kind}.yaml").read_text("utf-8")
    if candidate is None:
        return text
    purposes = yaml.safe_dump(list(candidate.purposes), default_flow_style=True, allow_unicode=True, width=1000)
    licensor = yaml.safe_dump([candidate.licensor], default_flow_style=True, allow_unicode=True, width=1000)
    return text.replace('["<purpose>"]', purposes.strip()).replace('"<licensor>"', licensor.strip()[1:-1])
