"""Quasi-identifiers: measures of anonymity, hierarchies, and the search for levels that keep k, l and t."""

from factory.deid.anonymity.bands import AgeHierarchy, BandHierarchy, YearHierarchy
from factory.deid.anonymity.classes import class_sizes, equivalence_classes
from factory.deid.anonymity.clinical_codes import CodeHierarchy
from factory.deid.anonymity.hierarchy import SUPPRESSED, FlatHierarchy, Hierarchy
from factory.deid.anonymity.listed import TableHierarchy, read_hierarchy
from factory.deid.anonymity.measures import Diversity, k_anonymity, l_diversity, t_closeness
from factory.deid.anonymity.microaggregation import Aggregated, micro_aggregate
from factory.deid.anonymity.places import (
    ZIP_2000,
    ZIP_2010,
    ZIP_UNION,
    RegionHierarchy,
    ZipHierarchy,
    ZipTable,
    read_zip_table,
)
from factory.deid.anonymity.result import Anonymized, ColumnCost, report
from factory.deid.anonymity.risk import Presence, Risk, accepted_class, delta_presence, prosecutor_risk
from factory.deid.anonymity.search import search

__all__ = [
    "SUPPRESSED",
    "ZIP_2000",
    "ZIP_2010",
    "ZIP_UNION",
    "AgeHierarchy",
    "Aggregated",
    "Anonymized",
    "BandHierarchy",
    "CodeHierarchy",
    "ColumnCost",
    "Diversity",
    "FlatHierarchy",
    "Hierarchy",
    "Presence",
    "RegionHierarchy",
    "Risk",
    "TableHierarchy",
    "YearHierarchy",
    "ZipHierarchy",
    "ZipTable",
    "accepted_class",
    "class_sizes",
    "delta_presence",
    "equivalence_classes",
    "k_anonymity",
    "l_diversity",
    "micro_aggregate",
    "prosecutor_risk",
    "read_hierarchy",
    "read_zip_table",
    "report",
    "search",
    "t_closeness",
]
