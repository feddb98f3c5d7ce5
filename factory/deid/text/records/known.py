"""What each person's record says: identifiers of the person, kin and staff, out of the structured tables."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import pandas as pd

from factory.contract import Contract, IdentifierClass, Role
from factory.contract.people import person_keys
from factory.deid.text.hints import holds_any
from factory.deid.text.records.codes import keys_of, last_four
from factory.deid.text.records.names import (
    SHORTEST,
    SHORTEST_NEAR,
    ChineseName,
    LatinName,
    initials,
    read_name,
    romanised,
)
from factory.deid.text.spans import PhiClass

KIND_OF: Mapping[IdentifierClass, PhiClass] = {
    IdentifierClass.NAME: PhiClass.NAME,
    IdentifierClass.ADDRESS: PhiClass.ADDRESS,
    IdentifierClass.POSTCODE: PhiClass.ADDRESS,
    IdentifierClass.PHONE: PhiClass.PHONE,
    IdentifierClass.FAX: PhiClass.PHONE,
    IdentifierClass.EMAIL: PhiClass.EMAIL,
    IdentifierClass.NATIONAL_ID: PhiClass.ID,
    IdentifierClass.MRN: PhiClass.MRN,
    IdentifierClass.HEALTH_PLAN: PhiClass.ACCOUNT,
    IdentifierClass.ACCOUNT: PhiClass.ACCOUNT,
    IdentifierClass.LICENCE: PhiClass.LICENCE,
    IdentifierClass.VEHICLE: PhiClass.VEHICLE,
    IdentifierClass.DEVICE: PhiClass.DEVICE,
    IdentifierClass.URL: PhiClass.URL,
    IdentifierClass.IP: PhiClass.IP,
    IdentifierClass.OTHER: PhiClass.OTHER,
}

_JOINING = "-'’‐‑"
_JOINTS = dict.fromkeys(map(ord, _JOINING))


class Code(NamedTuple):
    """An identifier that is no name. Every form of it holds one of `keys`, so a text without them needs no look."""

    kind: PhiClass
    value: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """One person's identifiers as they are looked up; forms are made of those whose keys stand in a text.

    `words` are single words of Latin names, `fours` the last four characters of identity numbers.
    """

    latin: tuple[LatinName, ...]
    chinese: tuple[ChineseName, ...]
    pinyin: tuple[LatinName, ...]
    codes: tuple[Code, ...]
    words: frozenset[str]
    fours: frozenset[str]

    @cached_property
    def initials(self) -> frozenset[str]:
        """Initials of the Latin names."""
        return frozenset().union(*(initials(name.words) for name in self.latin))

    @cached_property
    def short(self) -> tuple[tuple[str, str], ...]:
        """Latin names of two words that are too short for `cuts`, in both orders."""
        pairs = [name.words for name in self.latin if len(name.words) == 2 and len("".join(name.words)) < SHORTEST_NEAR]
        return tuple((a, b) for first, last in pairs for a, b in ((first, last), (last, first)))

    @cached_property
    def by_first(self) -> dict[str, list[str]]:
        """The longer words by their first letter, where words cut short or with a slip are sought."""
        made: dict[str, list[str]] = {}
        for word in self.words:
            if len(word) >= SHORTEST:
                made.setdefault(word[0], []).append(word)
        return made

    @cached_property
    def by_last(self) -> dict[str, list[str]]:
        """The longer words by their last letter, where words with a slip are sought."""
        made: dict[str, list[str]] = {}
        for word in self.words:
            if len(word) >= SHORTEST:
                made.setdefault(word[-1], []).append(word)
        return made


@dataclass
class KnownPeople:
    """The identifiers of many people: (class, value) pairs by person, read into forms when one is asked for."""

    values: dict[Hashable, list[tuple[PhiClass, str]]] = field(default_factory=dict)

    def add(self, person: Hashable, kind: PhiClass, value: str) -> None:
        """Add one identifier of a person."""
        self.values.setdefault(person, []).append((kind, value))

    def record(self, person: Hashable) -> Record | None:
        """The record of a person, or None where nothing is known."""
        known = self.values.get(person)
        return record_of(known) if known else None


def known_people(contract: Contract, frames: Mapping[str, pd.DataFrame]) -> KnownPeople:
    """Collect the columns with an identifier class (roles identifier and key) of all tables of the raw `frames`."""
    known = KnownPeople()
    tables = dict(frames)
    for name, table in contract.tables.items():
        columns = {
            column: KIND_OF[spec.identifier]
            for column, spec in table.columns.items()
            if spec.identifier is not None and spec.identifier in KIND_OF and spec.role in (Role.IDENTIFIER, Role.KEY)
        }
        columns |= {column: PhiClass.DATE for column, spec in table.columns.items() if spec.birth}
        if not columns or name not in tables:
            continue
        owners = person_keys(contract, tables, name).to_numpy()
        for column, kind in columns.items():
            seen = pd.DataFrame({"person": owners, "value": tables[name][column].to_numpy()}).dropna().drop_duplicates()
            for person, value in zip(seen["person"], seen["value"], strict=True):
                known.add(person, kind, str(value))
    return known


def record_of(values: Iterable[tuple[PhiClass, str]]) -> Record:
    """Read (class, value) pairs of one person for looking up."""
    latin: dict[LatinName, None] = {}
    chinese: dict[ChineseName, None] = {}
    codes = []
    fours = set()
    for kind, value in dict.fromkeys(values):
        if kind is PhiClass.NAME:
            name = read_name(value)
            if isinstance(name, LatinName):
                latin[name] = None
                # 'CL Au-Yeung', 'D.O.' for Darren O'Brien: a surname of two parts is one word beside initials
                joined = read_name(value.translate(_JOINTS)) if holds_any(value, _JOINING) else None
                if isinstance(joined, LatinName):
                    latin[joined] = None
            elif name is not None:
                chinese[name] = None
            continue
        if keys := keys_of(kind, value):
            codes.append(Code(kind, value, keys))
        if kind is PhiClass.ID and (four := last_four(value)):
            fours.add(four)
    return Record(
        tuple(latin),
        tuple(chinese),
        tuple([name for name in map(romanised, chinese) if name is not None]),
        tuple(codes),
        frozenset([word for name in latin for word in name.words if len(word) > 1]),
        frozenset(fours),
    )
