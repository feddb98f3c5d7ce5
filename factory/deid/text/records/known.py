"""What each person's record says: identifiers of the person, kin and staff, out of the structured tables."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import pandas as pd

from factory.contract import Contract, IdentifierClass, Role
from factory.contract.people import person_keys
from factory.deid.text.records.codes import keys_of, last_four
from factory.deid.text.records.names import SHORTEST, ChineseName, LatinName, latin_forms, read_name, romanised
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


class Code(NamedTuple):
    """An identifier that is no name. Every form of it holds one of `keys`, so a text without them needs no look."""

    kind: PhiClass
    value: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Record:
    """One person's identifiers as they are looked up.

    `names` are forms (letters and digits only) of names; `near` are long Latin names that one slip may have changed;
    `chinese` names are looked for with one wrong character; `words` are single words of Latin names.
    """

    names: frozenset[str]
    codes: tuple[Code, ...]
    near: frozenset[str]
    chinese: frozenset[ChineseName]
    words: frozenset[str]
    initials: frozenset[str]
    fours: frozenset[str]


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
    parts = []
    codes = []
    fours = set()
    for kind, value in dict.fromkeys(values):
        if kind is PhiClass.NAME:
            parts.append(_name_forms(value))
            continue
        if keys := keys_of(kind, value):
            codes.append(Code(kind, value, keys))
        if kind is PhiClass.ID and (four := last_four(value)):
            fours.add(four)
    nothing: frozenset[str] = frozenset()
    return Record(
        nothing.union(*(part.forms for part in parts)),
        tuple(codes),
        nothing.union(*(part.near for part in parts)),
        frozenset().union(*(part.chinese for part in parts)),
        nothing.union(*(part.words for part in parts)),
        nothing.union(*(part.initials for part in parts)),
        frozenset(fours),
    )


@dataclass(frozen=True)
class _NameForms:
    forms: frozenset[str]
    near: frozenset[str]
    words: frozenset[str]
    initials: frozenset[str]
    chinese: frozenset[ChineseName]


@lru_cache(maxsize=50_000)
def _name_forms(value: str) -> _NameForms:
    nothing: frozenset[str] = frozenset()
    name = read_name(value)
    match name:
        case None:
            return _NameForms(nothing, nothing, nothing, nothing, frozenset())
        case ChineseName():
            whole = name.surname + name.given
            forms = {whole, name.given + name.surname}
            if len(name.given) > 1:
                forms.add(name.given)
            latin = romanised(name)
            if latin is not None:
                forms |= {form for form in latin_forms(latin.words) if len(form) >= SHORTEST}
                forms.add("".join(latin.words[1:]) if len("".join(latin.words[1:])) >= 6 else "".join(latin.words))
            return _NameForms(frozenset(forms), nothing, nothing, nothing, frozenset({name}))
        case LatinName():
            forms = {
                form
                for form in latin_forms(name.words)
                if len(form) >= SHORTEST or (len(name.words) > 1 and len(form) > 2)
            }
            joined = {"".join(name.words)} | {
                "".join(name.words[1:]) + name.words[0],
                name.words[-1] + "".join(name.words[:-1]),
            }
            near = {form for form in joined if len(form) >= 5}
            letters = [word[0] for word in name.words]
            initials = {"".join(letters), "".join(letters[1:] + letters[:1]), "".join(letters[-1:] + letters[:-1])}
            initials |= {"".join(letters[1:many] + letters[:1]) for many in range(2, len(letters))}
            return _NameForms(
                frozenset(forms),
                frozenset(near),
                frozenset(word for word in name.words if len(word) > 1),
                frozenset(form for form in initials if len(form) > 1),
                frozenset(),
            )
