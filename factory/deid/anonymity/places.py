"""Hierarchies of places: ZIP codes of the United States, administrative divisions of mainland China."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from factory.core.errors import BrokenFile
from factory.core.files import storage_errors
from factory.deid.anonymity.hierarchy import Leveled, Uncovered

FEWEST = 20_000  # 45 CFR 164.514(b)(2)(i)(B): a three-digit area is kept where more people than this live in it
NOWHERE = "000"


@dataclass(frozen=True)
class ZipTable:
    """Three-digit areas that may not be shown, and the census they are of; `known`: all areas there are, if listed."""

    vintage: str
    restricted: frozenset[str]
    known: frozenset[str] | None = None

    def shown(self, area: str) -> str:
        """The three-digit area, or 000 where it is restricted or not known."""
        hidden = area in self.restricted or area in _NOBODY or (self.known is not None and area not in self.known)
        return NOWHERE if hidden else area


def _listed(text: str) -> list[str]:
    return re.findall(r"\d+", text)


# Prefixes no census counts people under: never assigned (000-004), and the military's (AE, AA, AP).
_NOBODY = frozenset([f"{n:03d}" for n in (*range(5), *range(90, 100), 340, *range(962, 967))])

ZIP_2000 = ZipTable(
    "2000 census, HHS",
    frozenset(_listed("036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893")),
)
ZIP_2010 = ZipTable(
    "2010 census",
    frozenset(_listed("036 059 102 203 205 369 556 692 821 823 878 879 884 893")),
)
ZIP_UNION = ZipTable("2000 and 2010 census, union", ZIP_2000.restricted | ZIP_2010.restricted)


def read_zip_table(path: Path, vintage: str) -> ZipTable:
    """A newer table: a CSV with the columns `zip3` and `population`. Areas it does not name are unknown.

    Raises: BrokenFile, StorageError.
    """
    with storage_errors(path):
        try:
            frame = pd.read_csv(path, dtype={"zip3": "string"})[["zip3", "population"]]
            areas, population = frame["zip3"].str.zfill(3), pd.to_numeric(frame["population"])
        except (KeyError, ValueError, UnicodeDecodeError):
            raise BrokenFile(
                f"{path.name} is not a table of three-digit areas.", "Give it the columns zip3 and population."
            ) from None
    counted = population.groupby(areas).sum()
    return ZipTable(vintage, frozenset(counted.index[counted <= FEWEST]), frozenset(counted.index))


class ZipHierarchy(Leveled):
    """Five digits, three, two, one. From three digits on, restricted and unknown areas are 000, and stay so until `*`.

    What is no ZIP code is 000 at every level. Level 1 is what Safe Harbor allows; level 0 is for expert determination.
    """

    def __init__(self, table: ZipTable = ZIP_UNION) -> None:
        super().__init__(("5 digits", "3 digits", "2 digits", "1 digit"))
        self.table = table
        self.kind = f"zip ({table.vintage})"

    def _lift(self, leaves: pd.Series, level: int) -> pd.Series:
        zips = _digits(leaves, 5)
        zips = zips.str.extract(r"^(\d{5}|\d{3})(?:-?\d{4})?$", expand=False).fillna(NOWHERE)
        if level == 0:
            return zips.astype(object)
        areas = zips.str[:3].map(self.table.shown)
        return areas.where(areas == NOWHERE, areas.str[: 4 - level]).astype(object)


# Provinces, autonomous regions, municipalities and special administrative regions of GB/T 2260, by two-digit code.
_PROVINCES = frozenset(
    _listed("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82")
)


class RegionHierarchy(Leveled):
    """County (six digits of GB/T 2260), city (four), province (two): prefixes of one code."""

    kind = "region"

    def __init__(self, uncovered: Uncovered = "refuse") -> None:
        super().__init__(("county", "city", "province"), uncovered)

    def _lift(self, leaves: pd.Series, level: int) -> pd.Series:
        codes = _digits(leaves, 6)
        fits = codes.str.fullmatch(r"\d{6}") & codes.str[:2].isin(_PROVINCES)
        return codes.where(fits).str[: 6 - 2 * level].astype(object)


def _digits(leaves: pd.Series, width: int) -> pd.Series:
    """Values as text; numbers that lost their leading zeros get them back."""
    if pd.api.types.is_numeric_dtype(leaves.dtype):
        numbers = pd.to_numeric(leaves).astype("float64")
        whole = numbers.where((numbers % 1 == 0) & (numbers >= 0)).astype("Int64")
        return whole.astype("string").str.zfill(width).fillna("")
    return leaves.astype("string").str.strip()
