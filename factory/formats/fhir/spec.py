"""What a resource type is as a table: each column with its place in the resource, used to read and to write.

A specification says all of it: the reader takes columns out by `Element.path`, the writer puts them back by it, and a
drafted contract has its roles from it. Source: HL7 FHIR R4 (4.0.1), https://hl7.org/fhir/R4/.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from factory.contract import Role
from factory.contract.columns import IdentifierClass
from factory.contract.released import date_stem
from factory.formats.fhir.paths import Path, parse

# How a released moment says on which day of its person's records it lies, when the calendar is gone.
DAYS = "urn:x-clinical-data-factory:days-since-first-record"
# HL7's extension that says why a required value is not there.
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


class Kind(StrEnum):
    """What a value is in JSON."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "dateTime"
    INSTANT = "instant"
    REFERENCE = "reference"
    OPEN = "period without an end"


DATED = (Kind.DATE, Kind.MOMENT, Kind.INSTANT)


@dataclass(frozen=True)
class Element:
    """A column and its place. `to` is the type a reference points to.

    `group` joins the columns of one coding, `words` is where a pooled code is written instead of it. Nothing is written
    in a row that has a value in a column of `unless`, nor in one that has none in those of `beside`. `spare` columns
    are read only where the data have them. Two elements may share a column: places of which a resource has one.
    """

    column: str
    path: Path
    kind: Kind = Kind.TEXT
    role: Role = Role.CLINICAL
    identifier: IdentifierClass | None = None
    birth: bool = False
    to: str | None = None
    codes: tuple[str, ...] = ()
    group: str | None = None
    words: Path | None = None
    unless: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    spare: bool = False


@dataclass(frozen=True)
class Required:
    """What is written where a resource has none of the members `any_of`, without which it would not be valid."""

    any_of: tuple[str, ...]
    path: Path
    value: str


@dataclass(frozen=True)
class Lookup:
    """Columns filled, where they are empty, from the row of another table that the column `by` points to.

    `columns` maps a column to those of the other table that may say it, the first that is there.
    """

    by: str
    table: str
    columns: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Part:
    """A repeated member with a table of its own, a row an entry; its key is the resource's and the entry's number."""

    member: str
    table: str
    elements: tuple[Element, ...]
    required: tuple[Required, ...] = ()
    lookups: tuple[Lookup, ...] = ()

    @property
    def key(self) -> str:
        """The column that names each row."""
        return f"{self.table}_id"


@dataclass(frozen=True)
class Resource:
    """A resource type as a table. A `shared` one describes no person: a drug, a ward."""

    type: str
    table: str
    elements: tuple[Element, ...]
    required: tuple[Required, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    parts: tuple[Part, ...] = ()
    shared: bool = False
    #: Columns of references without which it would not be valid.
    needs: tuple[str, ...] = field(default=())

    @property
    def key(self) -> str:
        """The column that names each row: the resource's id."""
        return f"{self.table}_id"


def text(column: str, path: str, role: Role = Role.CLINICAL, codes: tuple[str, ...] = ()) -> Element:
    """A code or a word."""
    return Element(column, parse(path), role=role, codes=codes)


def words(column: str, path: str) -> Element:
    """Free text, which does not cross."""
    return Element(column, parse(path), role=Role.FREE_TEXT)


def number(column: str, path: str, kind: Kind = Kind.NUMBER) -> Element:
    """A measurement or a count."""
    return Element(column, parse(path), kind)


def boolean(column: str, path: str) -> Element:
    """Yes or no."""
    return Element(column, parse(path), Kind.BOOLEAN)


def identifier(column: str, path: str, kind: IdentifierClass) -> Element:
    """What names the person."""
    return Element(column, parse(path), role=Role.IDENTIFIER, identifier=kind)


def reference(column: str, path: str, to: str) -> Element:
    """A resource of the type `to`, by its id."""
    return Element(column, parse(f"{path}.reference"), Kind.REFERENCE, Role.KEY, to=to)


def moment(column: str, path: str, kind: Kind = Kind.MOMENT, birth: bool = False) -> tuple[Element, Element]:
    """A date or a time, and the day of the person's records that a released one has."""
    *above, name = path.split(".")
    beside = ".".join([*above, f"_{name}", f"extension[url={DAYS}]", "valueInteger"])
    day = Element(f"{date_stem(column)}_day", parse(beside), Kind.INTEGER, spare=True)
    return Element(column, parse(path), kind, Role.DATE, birth=birth), day


def period(column: str, path: str) -> tuple[Element, ...]:
    """Its start and its end."""
    return *moment(f"{column}start", f"{path}.start"), *moment(f"{column}end", f"{path}.end")


def timed(name: str, path: str) -> tuple[Element, ...]:
    """A choice of a moment and a period: when it was or began, and when it ended, if that is told.

    `NAME_open` is yes for a period without an end, so that it is not written as a moment.
    """
    at, end, still = f"{name}_at", f"{name}_end", f"{name}_open"
    return (
        *(replace(element, unless=(end, still)) for element in moment(at, f"{path}DateTime")),
        *(replace(element, beside=(end, still)) for element in moment(at, f"{path}Period.start")),
        *moment(end, f"{path}Period.end"),
        Element(still, parse(f"{path}Period"), Kind.OPEN, spare=True),
    )


def concept(name: str, path: str, role: Role = Role.CLINICAL, unless: tuple[str, ...] = ()) -> tuple[Element, ...]:
    """A CodeableConcept: code and system of its first coding; what both say in words."""
    code = name if name == "code" else f"{name}_code"
    at = f"{path}.coding[0]"
    said = parse(f"{path}.text")
    return (
        Element(code, parse(f"{at}.code"), role=role, group=name, words=said, unless=unless),
        Element(f"{name}_system", parse(f"{at}.system"), group=name, words=said, unless=unless),
        Element(f"{name}_display", parse(f"{at}.display"), role=Role.FREE_TEXT, group=name, unless=unless),
        Element(f"{name}_text", said, role=Role.FREE_TEXT, unless=unless),
    )


def coding(name: str, path: str, role: Role = Role.CLINICAL) -> tuple[Element, ...]:
    """A single Coding."""
    said = parse(f"{path}.display")
    return (
        Element(f"{name}_code", parse(f"{path}.code"), role=role, group=name, words=said),
        Element(f"{name}_system", parse(f"{path}.system"), group=name, words=said),
        Element(f"{name}_display", said, role=Role.FREE_TEXT, group=name),
    )


def quantity(name: str, path: str) -> tuple[Element, ...]:
    """A Quantity: number, comparator and unit, in words and in code."""
    return (
        number(name, f"{path}.value"),
        text(f"{name}_comparator", f"{path}.comparator"),
        text(f"{name}_unit", f"{path}.unit"),
        text(f"{name}_unit_code", f"{path}.code"),
        text(f"{name}_unit_system", f"{path}.system"),
    )


def required(member: str, path: str, value: str, *others: str) -> Required:
    """A member that has to be there, or one of `others` instead of it."""
    return Required((member, *others), parse(path), value)


def identified(role: IdentifierClass = IdentifierClass.ACCOUNT) -> tuple[Element, ...]:
    """The first business identifier, its system and who gave it."""
    return (
        identifier("identifier", "identifier[0].value", role),
        words("identifier_system", "identifier[0].system"),
        words("identifier_use", "identifier[0].use"),
        reference("identifier_assigner_id", "identifier[0].assigner", "Organization"),
    )


PROFILE = text("profile", "meta.profile[0]")
