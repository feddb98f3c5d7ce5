"""The admission office: brings together a person's real clinical rows, invented days, identity and notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from factory.simulate import hospital, notes
from factory.simulate.ages import common_births
from factory.simulate.clinical import Source
from factory.simulate.codes import DEVICE_SPACE, Bijection, alphanumeric
from factory.simulate.dice import Dice
from factory.simulate.mentions import Language, Scene
from factory.simulate.people import Person, Sex, Stay
from factory.simulate.register import Register
from factory.simulate.spans import MarkedText
from factory.simulate.stays import clock, days_of

WITH_DEVICE = 0.6
_NO_PAYER = {"?", "SP", ""}  # not recorded, or paying for themselves
_SEX: dict[str, Sex] = {"Female": "F", "Male": "M"}


@dataclass(frozen=True, slots=True)
class Case:
    """One person with all stays, and the notes as (note_id, encounter_id, language, text)."""

    person: Person
    stays: list[Stay]
    notes: list[tuple[str, str, Language, MarkedText]]


class Hospital:
    """Admits people in order; keeps the counters that make numbers unique."""

    def __init__(self, source: Source, seed: int) -> None:
        self._source = source
        self._seed = seed
        self._register = Register(seed)
        self._staff = hospital.staff(seed)
        self._encounter_ids = Bijection(seed, "encounter", 10**9)
        self._note_ids = Bijection(seed, "note", 10**9)
        self._devices = Bijection(seed, "device", DEVICE_SPACE)
        self._people = self._stays = self._notes = 0

    def admit(self, rows: list[int]) -> Case:
        """The next person, whose clinical rows are `rows` of the source."""
        index = self._people
        self._people += 1
        dice = Dice(self._seed, "stays", index)
        source = self._source
        ranks = [row / len(source.rows) for row in rows]
        lengths = [int(value) for value in self._values("time_in_hospital", rows)]
        days = days_of(dice, self._values("readmitted", rows), ranks, lengths)
        first, last, _ = common_births(self._values("age", rows), [admitted for admitted, _ in days])
        person = self._register.enrol(index, self._sex(rows), first, last)
        stays = [self._stay(dice, person, row, *day) for row, day in zip(rows, days, strict=True)]
        return Case(person, stays, self._write_notes(index, person, stays))

    def _values(self, column: str, rows: list[int]) -> list[str]:
        at = self._source.at[column]
        return [self._source.rows[row][at] for row in rows]

    def _sex(self, rows: list[int]) -> Sex:
        """The first sex that is known; a few real people have more than one."""
        known = [_SEX[gender] for gender in self._values("gender", rows) if gender in _SEX]
        return known[0] if known else "U"

    def _stay(self, dice: Dice, person: Person, row: int, first_day: date, last_day: date) -> Stay:
        clinical = self._source.rows[row]
        at = self._source.at
        admitted, discharged = clock(dice, first_day, last_day)
        name, written = dice.pick(self._staff)
        number = self._stays
        self._stays += 1
        return Stay(
            encounter_id=f"E{self._encounter_ids(number):09d}",
            admitted=admitted,
            discharged=discharged,
            ward=hospital.ward(dice, clinical[at["medical_specialty"]]),
            attending=name,
            attending_name=written,
            payer="" if clinical[at["payer_code"]] in _NO_PAYER else person.payer,
            device=f"SN-{alphanumeric(self._devices(number))}" if dice.chance(WITH_DEVICE) else "",
            clinical=clinical,
        )

    def _write_notes(
        self, index: int, person: Person, stays: list[Stay]
    ) -> list[tuple[str, str, Language, MarkedText]]:
        dice = Dice(self._seed, "notes", index)
        out = []
        for stay in stays:
            for _ in range(notes.how_many(dice)):
                language = notes.language_of(dice, person)
                nurse, outside = dice.pick(self._staff)[0], dice.pick(self._staff)[0]
                scene = Scene(dice, language, person, stay, self._source.at, nurse, outside)
                out.append((f"N{self._note_ids(self._notes):09d}", stay.encounter_id, language, notes.compose(scene)))
                self._notes += 1
        return out
