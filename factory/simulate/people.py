"""What an invented person is made of; text is as the hospital would store it, empty when missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

Origin = Literal["hk", "cn", "other"]
Sex = Literal["F", "M", "U"]


class Name(NamedTuple):
    """One person's name in every script at hand; Chinese parts are empty where there is no Chinese name."""

    surname_zh: str
    given_zh: str
    other_script: str  # the whole name in traditional characters if zh is simplified, and the reverse
    surname_en: str
    given_en: str
    latin: str  # as the hospital writes it: 'CHAN Tai Man', 'Susan Harper'

    @property
    def zh(self) -> str:
        """The Chinese name, surname first, or an empty string."""
        return self.surname_zh + self.given_zh


class Kin(NamedTuple):
    """Next of kin."""

    name: Name
    relation: str
    phone: str


class Home(NamedTuple):
    """An address, the part of it people say aloud, and its postcode (empty in Hong Kong)."""

    address: str
    spoken: str
    postcode: str


@dataclass(frozen=True, slots=True)
class Person:
    """One patient's invented identity."""

    mrn: str
    origin: Origin
    name: Name
    sex: Sex
    born: date
    id_type: str
    id_number: str
    mobile: str
    phone_home: str
    email: str
    home: Home
    kin: Kin | None
    payer: str
    employer_zh: str
    employer_en: str


@dataclass(frozen=True, slots=True)
class Stay:
    """One encounter: invented times and names around a clinical row that is not altered."""

    encounter_id: str
    admitted: datetime
    discharged: datetime
    ward: str
    attending: Name
    attending_name: str
    payer: str
    device: str
    clinical: tuple[str, ...]
