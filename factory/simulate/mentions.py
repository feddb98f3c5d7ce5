"""The slots of a note's sentences: what each stands for, and how a value is written into it.

A sentence such as 'Son {kin} called from {kin_phone}.' names slots. An identifying slot gives a `Quote`,
which is marked with the slot's class; a clinical slot gives plain text. A slot without a value (no e-mail, no
next of kin) gives None, and its sentence is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from factory.simulate import conditions, shapes_codes, shapes_dates, shapes_names
from factory.simulate.ages import age_at
from factory.simulate.dice import Dice
from factory.simulate.people import Name, Person, Stay
from factory.simulate.spans import Class, Of, Quote

Language = Literal["en", "zh-Hans", "zh-Hant"]
AGE_MARKED_OVER = 89  # 45 CFR 164.514(b)(2)(i)(C): ages over 89 identify


@dataclass(slots=True)
class Scene:
    """All that a note is about."""

    dice: Dice
    language: Language
    person: Person
    stay: Stay
    at: dict[str, int]
    nurse: Name
    outside: Name

    def clinical(self, column: str) -> str:
        """A clinical value of the stay, verbatim."""
        return self.stay.clinical[self.at[column]]


def _name(scene: Scene, name: Name, sex: Literal["F", "M", "U"]) -> Quote:
    if scene.language == "en":
        return shapes_names.english(scene.dice, name, sex)
    return shapes_names.chinese(scene.dice, name, sex, scene.language == "zh-Hant")


def _full_name(scene: Scene) -> Quote:
    name = scene.person.name
    return Quote(name.latin if scene.language == "en" or not name.zh else name.zh)


def _doctor(scene: Scene, name: Name) -> Quote:
    if scene.language == "en":
        return shapes_names.doctor_english(scene.dice, name)
    return shapes_names.doctor_chinese(scene.dice, name, scene.language == "zh-Hant")


def _kin(scene: Scene) -> Quote | None:
    kin = scene.person.kin
    if kin is None:
        return None
    return _name(scene, kin.name, conditions.SEX_OF_RELATION.get(kin.relation, "U"))


def _date(scene: Scene, day: date) -> Quote:
    if scene.language == "en":
        return Quote(shapes_dates.english(scene.dice, day))
    return Quote(shapes_dates.chinese(scene.dice, day, scene.language == "zh-Hant"))


def _some(value: str) -> Quote | None:
    return Quote(value) if value else None


def _phone(scene: Scene, number: str) -> Quote | None:
    return Quote(shapes_codes.phone(scene.dice, number)) if number else None


def _employer(scene: Scene) -> Quote | None:
    person = scene.person
    return _some(person.employer_en if scene.language == "en" else person.employer_zh)


def _later(scene: Scene) -> Quote:
    return _date(scene, (scene.stay.discharged + timedelta(days=scene.dice.between(7, 60))).date())


def _earlier(scene: Scene) -> Quote:
    return _date(scene, (scene.stay.admitted - timedelta(days=scene.dice.between(1, 400))).date())


def age(scene: Scene) -> int:
    """The patient's age at admission."""
    return age_at(scene.person.born, scene.stay.admitted.date())


IDENTIFYING: dict[str, tuple[Class, Of, Callable[[Scene], Quote | None]]] = {
    "patient": ("NAME", "patient", lambda s: _name(s, s.person.name, s.person.sex)),
    "full_name": ("NAME", "patient", _full_name),
    "kin": ("NAME", "kin", _kin),
    "doctor": ("NAME", "staff", lambda s: _doctor(s, s.stay.attending)),
    "nurse": ("NAME", "staff", lambda s: _name(s, s.nurse, "F")),
    "outside": ("NAME", "other", lambda s: _doctor(s, s.outside)),
    "admitted": ("DATE", "patient", lambda s: _date(s, s.stay.admitted.date())),
    "discharged": ("DATE", "patient", lambda s: _date(s, s.stay.discharged.date())),
    "born": ("DATE", "patient", lambda s: _date(s, s.person.born)),
    "later": ("DATE", "patient", _later),
    "earlier": ("DATE", "patient", _earlier),
    "id": (
        "ID",
        "patient",
        lambda s: Quote(shapes_codes.identity(s.dice, s.person.id_type, s.person.id_number)),
    ),
    "mrn": ("MRN", "patient", lambda s: shapes_codes.mrn(s.dice, s.person.mrn)),
    "mobile": ("PHONE", "patient", lambda s: _phone(s, s.person.mobile)),
    "home_phone": ("PHONE", "patient", lambda s: _phone(s, s.person.phone_home)),
    "kin_phone": ("PHONE", "kin", lambda s: _phone(s, s.person.kin.phone if s.person.kin else "")),
    "email": (
        "EMAIL",
        "patient",
        lambda s: Quote(shapes_codes.email(s.dice, s.person.email)) if s.person.email else None,
    ),
    "address": ("ADDRESS", "patient", lambda s: Quote(s.person.home.address)),
    "home": ("ADDRESS", "patient", lambda s: Quote(s.person.home.spoken)),
    "payer": (
        "ACCOUNT",
        "patient",
        lambda s: Quote(shapes_codes.payer(s.dice, s.stay.payer)) if s.stay.payer else None,
    ),
    "device": (
        "DEVICE",
        "patient",
        lambda s: Quote(shapes_codes.device(s.dice, s.stay.device)) if s.stay.device else None,
    ),
    "employer": ("ORG", "patient", _employer),
}


def _drug(scene: Scene) -> str | None:
    taken = [
        column for column in conditions.DRUGS if scene.at.get(column) is not None and scene.clinical(column) != "No"
    ]
    if not taken:
        return None
    drug = scene.dice.pick(taken)
    return conditions.drug(drug, scene.clinical(drug), scene.language)


def _diagnosis(scene: Scene, column: str) -> str | None:
    code = scene.clinical(column)
    return None if code == "?" else conditions.diagnosis(code, scene.language)


def _relation(scene: Scene) -> str | None:
    kin = scene.person.kin
    return conditions.relation(kin.relation, scene.language) if kin else None


CLINICAL: dict[str, Callable[[Scene], str | None]] = {
    "days": lambda s: s.clinical("time_in_hospital"),
    "labs": lambda s: s.clinical("num_lab_procedures"),
    "medications": lambda s: s.clinical("num_medications"),
    "diagnosis": lambda s: _diagnosis(s, "diag_1"),
    "second": lambda s: _diagnosis(s, "diag_2"),
    "a1c": lambda s: None if s.clinical("A1Cresult") in ("None", "", "?") else s.clinical("A1Cresult"),
    "drug": _drug,
    "relation": _relation,
    "ward": lambda s: conditions.ward(s.stay.ward, s.language),
    "pressure": lambda s: f"{s.dice.between(98, 172)}/{s.dice.between(56, 98)}",
    "pulse": lambda s: str(s.dice.between(58, 112)),
    "glucose": lambda s: f"{s.dice.between(38, 192) / 10:.1f}",
    "potassium": lambda s: f"{s.dice.between(31, 56) / 10:.1f}",
    "units": lambda s: str(s.dice.between(4, 36)),
    "weight": lambda s: f"{s.dice.between(420, 1050) / 10:.1f}",
    "room": lambda s: str(s.dice.between(1, 42)),
}
