"""SDV's metadata, written from our plan and never detected: column kinds and keys, no category, no extreme."""

from __future__ import annotations

from collections.abc import Iterable

from sdv.metadata import Metadata

from factory.synth.sdv.coding import Part

TABLE = "rows"
ID = "id"
PARENT = "parent"


def kinds(parts: Iterable[Part]) -> dict[str, dict[str, str]]:
    """Columns of a table by how they are measured."""
    return {part.name: {"sdtype": "categorical" if part.text else "numerical"} for part in parts}


def of_rows(parts: Iterable[Part]) -> Metadata:
    """Metadata of one table without keys."""
    return Metadata.load_from_dict({"tables": {TABLE: {"columns": kinds(parts)}}, "relationships": []})
