"""Years of birth, and ages together with years, that show an age over 89 (45 CFR 164.514(b)(2)(i)(C)).

A year of birth shows it where even on the last day of the latest year that the files name the person must have been
over 90 years; a year exactly 90 before is how the oldest are pooled. An age in a year shows it where a later row of the
same person, by its year, makes the person that old.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from factory.scan.column_names import is_age, is_birth_year
from factory.scan.report import Place
from factory.scan.tally import Tally

_FIRST_YEAR, _LAST_YEAR = 1850, 2100
_YEAR_NAME = re.compile(r"\b(?:year|yr)\b|年份|年度|年$", re.IGNORECASE)
_PERSON_NAME = re.compile(
    r"\b(?:patient|person|subject|participant|member|pt)\b.*\b(?:id|key|no|number)\b|\bmrn\b|患者编号|病人編號",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])")
_MOST_PEOPLE = 2_000_000
OLDEST = 90


@dataclass
class _Person:
    earliest_birth: int | None = None  # the earliest year of birth that all rows allow
    last_year: int = 0


@dataclass
class AgeBook:
    """Years and ages of all tables, a few numbers a person."""

    tally: Tally
    as_of: int | None = None
    latest: int = 0
    births: dict[tuple[str, str, str], dict[int, list[int]]] = field(default_factory=dict)
    people: dict[str, _Person] = field(default_factory=dict)
    places: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def feed(self, file: str, table: str, columns: Mapping[str, Any], first_row: int) -> None:
        """Note the columns of a batch that hold years of birth, years of events, ages and persons."""
        named = {name: " ".join(_SPLIT.split(name)) for name in columns}
        births = [name for name, words in named.items() if is_birth_year(words)]
        years = [name for name, words in named.items() if _YEAR_NAME.search(words) and name not in births]
        ages = [name for name, words in named.items() if is_age(words)]
        person = next((name for name, words in named.items() if _PERSON_NAME.search(words)), None)
        for name in births:
            self._note_births((file, table, name), _numbers(columns[name]), first_row)
        noted = {name: _numbers(columns[name]) for name in years}
        for values in noted.values():
            self.latest = max(
                [self.latest, *(y for y in set(values) if y is not None and _FIRST_YEAR <= y <= _LAST_YEAR)]
            )
        if person is not None and ages and years:
            keys = [str(key) for key in _listed(columns[person])]
            self._note_ages(keys, _numbers(columns[ages[0]]), noted, (file, table, ages[0]))

    def _note_births(self, place: tuple[str, str, str], values: list[int | None], first_row: int) -> None:
        book = self.births.setdefault(place, {})
        for row, year in enumerate(values, start=first_row):
            if year is not None and _FIRST_YEAR <= year <= _LAST_YEAR:
                book.setdefault(year, [0, row])[0] += 1

    def _note_ages(
        self,
        keys: list[str],
        ages: list[int | None],
        years: Mapping[str, Sequence[int | None]],
        place: tuple[str, str, str],
    ) -> None:
        for key, age, row_years in zip(keys, ages, zip(*years.values(), strict=True), strict=True):
            known = [year for year in row_years if year is not None and _FIRST_YEAR <= year <= _LAST_YEAR]
            if not known or (key not in self.people and len(self.people) >= _MOST_PEOPLE):
                continue
            person = self.people.setdefault(key, _Person())
            person.last_year = max(person.last_year, *known)
            if age is not None and 0 < age < OLDEST:
                self.places.setdefault(key, place)
                # Born at the latest at the end of the year `min(known) - age`.
                latest_birth = min(known) - age
                earlier = person.earliest_birth
                person.earliest_birth = latest_birth if earlier is None else min(earlier, latest_birth)

    def close(self) -> dict[str, Any]:
        """Count what shows an age over 89; the figures used."""
        reference = self.as_of or self.latest
        shown = 0
        for (file, table, name), years in self.births.items():
            for year, (count, row) in years.items():
                if reference and reference - year > OLDEST:
                    shown += count
                    self.tally.add(
                        file, Place(table, name, row=row), "C", "year of birth that shows an age over 89", True, count
                    )
        pairs = 0
        for key, person in self.people.items():
            if person.earliest_birth is not None and person.last_year - person.earliest_birth > OLDEST:
                pairs += 1
                file, table, name = self.places[key]
                self.tally.add(file, Place(table, name), "C", "age and year that show an age over 89", True)
        if len(self.people) >= _MOST_PEOPLE:
            self.tally.limit(f"ages with years were followed for the first {_MOST_PEOPLE:,} people only")
        return {"reference_year": reference or None, "birth_years_over_89": shown, "people_by_age_and_year": pairs}


def _listed(values: Any) -> list[Any]:
    return list(values.to_pylist()) if hasattr(values, "to_pylist") else list(values)


def _numbers(values: Any) -> list[int | None]:
    return [_number(value) for value in _listed(values)]


def _number(value: Any) -> int | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    text = str(value).strip()
    return int(text) if text.isdecimal() and len(text) <= 4 else None
