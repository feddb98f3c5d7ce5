"""Columns and tables of the data contract: what each value is, and whose."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Role(StrEnum):
    """What a column is to the person it describes."""

    KEY = "key"
    IDENTIFIER = "identifier"
    QUASI_IDENTIFIER = "quasi-identifier"
    SENSITIVE = "sensitive"
    CLINICAL = "clinical"
    DATE = "date"
    FREE_TEXT = "free-text"


class IdentifierClass(StrEnum):
    """Direct identifiers, by the letters of 45 CFR 164.514(b)(2)(i) where they have one."""

    NAME = "name"  # A
    ADDRESS = "address"  # B
    POSTCODE = "postcode"  # B
    PHONE = "phone"  # D
    FAX = "fax"  # E
    EMAIL = "email"  # F
    NATIONAL_ID = "national-id"  # G: SSN, HKID, resident identity number, passport
    MRN = "mrn"  # H
    HEALTH_PLAN = "health-plan"  # I
    ACCOUNT = "account"  # J
    LICENCE = "licence"  # K
    VEHICLE = "vehicle"  # L
    DEVICE = "device"  # M
    URL = "url"  # N
    IP = "ip"  # O
    BIOMETRIC = "biometric"  # P
    PHOTO = "photo"  # Q
    OTHER = "other"  # R


class ColumnType(StrEnum):
    """How a value is written in the source: dates as YYYY-MM-DD, datetimes as YYYY-MM-DD HH:MM[:SS]."""

    STRING = "string"
    CATEGORY = "category"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


HIERARCHIES = ("age", "us-zip", "cn-region", "icd-9-cm", "icd-10", "atc")
"""Hierarchies that are shipped; any other is a CSV file beside the contract with the columns level0, level1, ..."""


class Strict(BaseModel):
    """A part of the contract: keys that are not known are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Column(Strict):
    """One column of a table."""

    role: Role
    type: ColumnType
    identifier: IdentifierClass | None = Field(
        None,
        alias="class",
        description="Which direct identifier it is; required for the role `identifier`. A postcode or an address that"
        " is released as a region is a quasi-identifier of that class, with a hierarchy.",
    )
    birth: bool = Field(False, description="The date is the person's birth.")
    age: bool = Field(False, description="An age in years, or a band such as [70-80); capped on release.")
    unit: str | None = Field(None, description="Unit of measure, UCUM.")
    codes: tuple[str, ...] | None = Field(None, description="The only values allowed.")
    codes_from: Literal["vocabulary", "data"] = Field(
        "vocabulary",
        description="Where the list comes from. `data`: a draft took what enough people share; all other values"
        " are read as missing, and the engine `dp` does not take the list for a domain.",
    )
    code_system: Literal["icd-9-cm"] | None = Field(
        None, description="A hierarchy along which rare codes are generalised."
    )
    hierarchy: str | None = Field(
        None,
        description="Along which values are generalised: age, us-zip, cn-region, icd-9-cm, icd-10, atc, or a CSV file"
        " beside the contract: columns level0, level1, ..., a row a value.",
    )
    minimum: float | None = Field(None, allow_inf_nan=False, description="Smallest value that can be true, in `unit`.")
    maximum: float | None = Field(None, allow_inf_nan=False, description="Largest value that can be true, in `unit`.")
    required: bool = Field(False, description="No value may be missing.")
    time: bool = Field(
        False,
        description="Whole minutes, hours or days that order a child table's rows in time, counted from any origin.",
    )
    per_person: bool = Field(False, description="A child table's column that says the same of a person in each row.")
    rename: str | None = Field(None, alias="as", description="Name in the released table; keys need one.")
    reason: str | None = Field(None, description="Why a draft guessed this role; no meaning to the line.")

    @model_validator(mode="after")
    def _fits_together(self) -> Column:
        if self.role is Role.IDENTIFIER and self.identifier is None:
            raise ValueError("the role identifier needs a class")
        dated = self.type in (ColumnType.DATE, ColumnType.DATETIME)
        if self.role is Role.DATE and not dated:
            raise ValueError("the role date needs the type date or datetime")
        if dated and self.role not in (Role.DATE, Role.IDENTIFIER, Role.FREE_TEXT):
            raise ValueError("a column of type date or datetime needs the role date")
        if self.birth and self.role is not Role.DATE:
            raise ValueError("birth is for the role date")
        numeric = self.type in (ColumnType.INTEGER, ColumnType.NUMBER)
        if (self.minimum is not None or self.maximum is not None) and not numeric:
            raise ValueError("minimum and maximum are for the types integer and number")
        if self.codes_from == "data" and self.codes is None:
            raise ValueError("codes_from is for a column with codes")
        if self.time and (self.type is not ColumnType.INTEGER or not self.modelled):
            raise ValueError("time is for a clinical column of the type integer")
        self._hierarchy_fits()
        return self

    def _hierarchy_fits(self) -> None:
        if self.hierarchy is not None:
            if self.hierarchy not in HIERARCHIES and not self.hierarchy.endswith(".csv"):
                raise ValueError(f"a hierarchy is one of {', '.join(HIERARCHIES)}, or a CSV file")
            if self.hierarchy == "age" and not self.age:
                raise ValueError("the hierarchy age is for a column with age: true")
            if not self.modelled:
                raise ValueError("a hierarchy is for the roles quasi-identifier, sensitive and clinical")
            if self.hierarchy in ("us-zip", "cn-region") and self.type not in (ColumnType.STRING, ColumnType.CATEGORY):
                raise ValueError("a region has the type string or category, which keeps its leading zeros")
            if self.code_system not in (None, self.hierarchy):
                raise ValueError("code_system and hierarchy name two hierarchies")
        if self.modelled and self.identifier is not None:
            if self.identifier not in (IdentifierClass.POSTCODE, IdentifierClass.ADDRESS):
                raise ValueError("a column with a class has the role identifier, or key; a region may be released")
            if self.role is not Role.QUASI_IDENTIFIER or self.hierarchy is None:
                raise ValueError("a postcode or an address that is released is a quasi-identifier with a hierarchy")

    @property
    def climbs(self) -> str | None:
        """The hierarchy along which values are generalised, or None."""
        return self.hierarchy or self.code_system or ("age" if self.age else None)

    @property
    def numeric(self) -> bool:
        """True where values are counted or measured."""
        return self.type in (ColumnType.INTEGER, ColumnType.NUMBER)

    @property
    def modelled(self) -> bool:
        """True where a synthesizer learns the column as it stands: neither key, identifier, date nor text."""
        return self.role in (Role.QUASI_IDENTIFIER, Role.SENSITIVE, Role.CLINICAL)


class Table(Strict):
    """One table of the source: a file `<name>.csv` or `<name>.parquet`, or what docs/sources.md says else."""

    key: str = Field(description="Column whose value names a row, once each.")
    columns: dict[str, Column] = Field(min_length=1)
    missing: tuple[str, ...] = Field(("",), description="Strings of a text file that mean a missing value.")
    withhold: bool = Field(False, description="The table stays in the source zone whole, as free text does.")

    @model_validator(mode="after")
    def _key_is_a_column(self) -> Table:
        if self.key not in self.columns:
            raise ValueError(f"the key {self.key} is not among the columns")
        if self.columns[self.key].role is not Role.KEY:
            raise ValueError(f"the key column {self.key} needs the role key")
        lowered = [name.casefold() for name in self.columns]
        if len(set(lowered)) != len(lowered):
            raise ValueError("two columns differ only in case")
        return self
