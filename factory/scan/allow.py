"""Listed exceptions: what may stand where, and why. Each is counted; one that takes nothing is itself reported.

    - {file: "*.json", column: "votes[].at", class: C, reason: "when the vote was cast"}

`file` and `column` are patterns (`*`, `?`); `column` is the column's name, `table.column`, the path in a JSON document,
the key of a YAML line, or `*`. `detector` and `most` (hits in one file) may narrow it. No exception takes an
identifier of the source, or a digest of one.
"""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from factory.contract.load import problem_of, read_yaml
from factory.core.errors import ContractError
from factory.scan.report import DERIVED, SOURCE, Finding, Used


class Allowed(BaseModel):
    """One line of a list of exceptions."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    file: str = "*"
    column: str
    letter: Literal["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R"] = Field(
        alias="class"
    )
    detector: str = "*"
    reason: str = Field(min_length=3)
    most: int | None = Field(None, ge=1, description="Most hits it takes in one file; more are reported.")


class _Listed(BaseModel):
    exceptions: tuple[Allowed, ...]


def read_allowed(path: Path) -> list[Allowed]:
    """The exceptions of a YAML file. Raises: ContractError, StorageError."""
    try:
        return list(_Listed.model_validate({"exceptions": read_yaml(path) or []}).exceptions)
    except ValidationError as error:
        raise problem_of(error, path) from None
    except TypeError:
        raise ContractError(f"{path.name} is no list of exceptions.", "See factory scan --help.") from None


def own_documents() -> list[Allowed]:
    """Exceptions for what the factory itself writes into a bundle: signatures, dates of signing, names of signers."""
    text = (resources.files(__package__) / "own_documents.yaml").read_text(encoding="utf-8")
    return list(_Listed.model_validate({"exceptions": yaml.safe_load(text)}).exceptions)


@dataclass
class _Counted:
    allowed: Allowed
    shipped: bool
    file: re.Pattern[str]
    column: re.Pattern[str]
    detector: re.Pattern[str]
    hits: int = 0
    by_file: Counter[str] = field(default_factory=Counter)

    def room(self, found: Finding) -> bool:
        """True where the exception may take this finding too."""
        return self.allowed.most is None or self.by_file[found.file] + found.count <= self.allowed.most

    def used(self) -> Used:
        given = self.allowed
        return Used(given.file, given.column, given.letter, given.detector, given.reason, self.hits)


def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(glob.replace("[]", "\0")).replace("\0", r"\[\]"))


class Exceptions:
    """Lists of exceptions, and how many hits each took."""

    def __init__(self, given: list[Allowed], shipped: list[Allowed]) -> None:
        self._all = [
            _Counted(one, own, _pattern(one.file), _pattern(one.column), _pattern(one.detector))
            for own, listed in ((False, given), (True, shipped))
            for one in listed
        ]

    def take(self, found: Finding) -> bool:
        """True where an exception takes a finding, which it then counts."""
        if found.detector in (SOURCE, DERIVED):
            return False
        inner = found.file.rpartition("!")[2]
        files = {found.file, inner, inner.rpartition("/")[2]}
        column = found.place.column or ""
        names = {column, f"{found.place.table}.{column}"} if found.place.table else {column}
        for one in self._all:
            if (
                one.allowed.letter == found.letter
                and any(one.file.match(file) for file in files)
                and any(one.column.match(name) for name in names)
                and one.detector.match(found.detector)
                and one.room(found)
            ):
                one.hits += found.count
                one.by_file[found.file] += found.count
                return True
        return False

    def used(self) -> list[Used]:
        """Exceptions that took something."""
        return [one.used() for one in self._all if one.hits]

    def unused(self) -> list[Used]:
        """Exceptions somebody listed that took nothing."""
        return [one.used() for one in self._all if not one.hits and not one.shipped]
