"""Croissant 1.1 (MLCommons): files, record sets, fields, keys and the references between them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from factory.contract import Contract, Kind, ReleasedColumn, ReleasedTable, released
from factory.core.files import pretty_json

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""That of the specification, inlined: nothing has to be fetched to read the record."""
_TYPES = {Kind.NUMBER: "sc:Float"}
_WHOLE = (Kind.INTEGER, Kind.ID, Kind.PARENT_ID, Kind.YEAR, Kind.BIRTH_YEAR, Kind.DAY)


def record(facts: Mapping[str, Any], contract: Contract, folder: Path) -> bytes:
    """The record; paths are relative to it, as they lie in the candidate and in a bundle."""
    shapes = {name: shape for name, shape in released(contract).items() if name in facts["tables"]}
    return pretty_json(
        {
            "@context": CONTEXT,
            "@type": "sc:Dataset",
            "conformsTo": "http://mlcommons.org/croissant/1.1",
            "name": facts["name"],
            "description": f"{facts['title']}. Synthetic: no row is a person's.",
            "version": facts["version"],
            "license": "licence.yaml",
            "url": f"urn:factory:dataset:{facts['name']}:{facts['version']}",
            "expires": facts["expires"],
            "citeAs": f"{facts['licensor']}: {facts['title']}, version {facts['version']}.",
            "creator": {"@type": "sc:Organization", "name": facts["licensor"]},
            "isLiveDataset": False,
            "rai:dataCollection": "Drawn from a model of de-identified records; see records/datasheet.md.",
            "rai:dataUseCases": ", ".join(facts["purposes"]) or "none stated",
            "rai:personalSensitiveInformation": "None of real people; see dossier.html for what was measured.",
            "rai:dataLimitations": "; ".join(item["sentence"] for item in facts["shortfalls"]) or "none found",
            "distribution": [_file(name, facts, folder) for name in shapes],
            "recordSet": [_records(shape, shapes) for shape in shapes.values()],
        }
    )


def _file(name: str, facts: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    path = f"data/{name}.parquet"
    return {
        "@type": "cr:FileObject",
        "@id": f"{name}.parquet",
        "name": f"{name}.parquet",
        "contentUrl": path,
        "contentSize": f"{(folder / path).stat().st_size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": facts["tables"][name]["sha256"],
    }


def _records(shape: ReleasedTable, shapes: Mapping[str, ReleasedTable]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": shape.name,
        "name": shape.name,
        "key": {"@id": f"{shape.name}/{shape.key}"},
        "field": [_field(shape, column, shapes) for column in shape.columns],
    }


def _field(shape: ReleasedTable, column: ReleasedColumn, shapes: Mapping[str, ReleasedTable]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{shape.name}/{column.name}",
        "name": column.name,
        "description": _description(column),
        "dataType": "sc:Integer" if column.kind in _WHOLE else _TYPES.get(column.kind, "sc:Text"),
        "source": {"fileObject": {"@id": f"{shape.name}.parquet"}, "extract": {"column": column.name}},
    }
    if column.kind is Kind.PARENT_ID and shape.link is not None and shape.link.parent_table in shapes:
        parent = shapes[shape.link.parent_table]
        made["references"] = {"field": {"@id": f"{parent.name}/{parent.key}"}}
    return made


def _description(column: ReleasedColumn) -> str:
    unit = f", in {column.column.unit}" if column.column.unit else ""
    return f"{column.kind.value}{unit}; made of {column.source}"
