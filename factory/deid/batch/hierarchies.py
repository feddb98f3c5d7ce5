"""The hierarchy of a column, by the name its contract gives."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pandas as pd

from factory.contract import Column
from factory.deid.anonymity.bands import AgeHierarchy
from factory.deid.anonymity.clinical_codes import CodeHierarchy
from factory.deid.anonymity.hierarchy import FlatHierarchy, Hierarchy
from factory.deid.anonymity.listed import read_hierarchy
from factory.deid.anonymity.places import RegionHierarchy, ZipHierarchy

_BAND = 10


def hierarchy_of(column: Column, beside: Path | None, cap: int) -> Hierarchy:
    """The hierarchy that `column` names, a CSV file being sought `beside` the contract; value and `*` where none.

    What a shipped code system does not cover is suppressed; a file of the hospital's own must cover every value.
    Raises: ContractError, StorageError.
    """
    match column.climbs:
        case "age":
            return AgeHierarchy(cap, finest=1 if column.numeric else _BAND)
        case "us-zip":
            return ZipHierarchy()
        case "cn-region":
            return RegionHierarchy("suppress")
        case "icd-9-cm":
            return CodeHierarchy("icd-9-cm", "suppress")
        case "icd-10":
            return CodeHierarchy("icd-10", "suppress")
        case "atc":
            return CodeHierarchy("atc", "suppress")
        case None:
            return FlatHierarchy()
        case file:
            return read_hierarchy((beside or Path()) / file)


def region_shown(values: pd.Series, hierarchy: Hierarchy) -> pd.Series:
    """Regions as 45 CFR 164.514(b)(2)(i)(B) lets them stand: ZIP3 (restricted and unknown: 000), or the province.

    Of a hierarchy of the hospital's own that is its coarsest level below `*`.
    """
    plain = values.map(lambda value: unicodedata.normalize("NFKC", str(value)), na_action="ignore")
    return hierarchy.at(plain, 1 if isinstance(hierarchy, ZipHierarchy) else len(hierarchy.names) - 2)
