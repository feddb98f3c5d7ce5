"""Three-digit ZIP areas that may not be shown: those of 20,000 people or fewer, and those that are not in use.

45 CFR 164.514(b)(2)(i)(B); HHS guidance of 26 November 2012 (2000 census); the list drawn from the 2010 census. The
union of both is the default. An operator may load a newer table, one area a line.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from factory.core.errors import ContractError
from factory.core.files import storage_errors
from factory.scan.lexicon import words

CENSUS_2000 = words("zip3_2000")
CENSUS_2010 = words("zip3_2010")
# Not in use by the Postal Service: an area nobody can be counted in is unknown, so it is shown as 000.
NOT_IN_USE = words("zip3_not_in_use")


@dataclass(frozen=True)
class Zip3Table:
    """Areas that may not be shown, and which counts they rest on."""

    restricted: frozenset[str]
    vintage: str


DEFAULT = Zip3Table(CENSUS_2000 | CENSUS_2010 | NOT_IN_USE, "2000 and 2010 census, union")


def load_table(path: Path) -> Zip3Table:
    """The areas of a file (three digits a line, `#` begins a comment) beside the default ones.

    Raises: ContractError, StorageError.
    """
    with storage_errors(path):
        lines = path.read_text(encoding="utf-8").splitlines()
    areas = {text for line in lines if (text := line.partition("#")[0].strip())}
    if not all(len(area) == 3 and area.isdecimal() for area in areas):
        raise ContractError(f"{path.name} holds a line that is not three digits.", "Write one ZIP3 area a line.")
    return Zip3Table(DEFAULT.restricted | areas, f"{DEFAULT.vintage}, and {path.name}")
