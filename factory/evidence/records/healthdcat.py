"""A HealthDCAT-AP record (release 6): DCAT with what the European Health Data Space asks of a catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from factory.contract import Contract
from factory.core.files import pretty_json

_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "prov": "http://www.w3.org/ns/prov#",
    "dpv": "https://w3id.org/dpv#",
    "adms": "http://www.w3.org/ns/adms#",
    "healthdcatap": "http://healthdataportal.eu/ns/health#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_THEME = "http://publications.europa.eu/resource/authority/data-theme/HEAL"
_NON_PUBLIC = "http://publications.europa.eu/resource/authority/access-right/RESTRICTED"


def record(facts: Mapping[str, Any], contract: Contract, folder: Path) -> bytes:
    """The record as JSON-LD, its context inlined; what is not known is not in it."""
    person = facts["tables"].get(contract.person, {})
    rows = sum(table["rows"] for table in facts["tables"].values())
    return pretty_json(
        {
            "@context": _CONTEXT,
            "@id": f"urn:factory:dataset:{facts['name']}:{facts['version']}",
            "@type": "dcat:Dataset",
            "dct:identifier": f"{facts['name']}:{facts['version']}",
            "dct:title": {"@value": facts["title"], "@language": "en"},
            "dct:description": {"@value": _description(facts), "@language": "en"},
            "dct:publisher": {"@type": "foaf:Agent", "foaf:name": facts["licensor"]},
            "dct:creator": {"@type": "foaf:Agent", "foaf:name": facts["licensor"]},
            "dct:accessRights": {"@id": _NON_PUBLIC},
            "dct:type": {"@id": "urn:factory:terms:synthetic-data"},
            "dct:provenance": {
                "@type": "dct:ProvenanceStatement",
                "dct:description": "Drawn from a model of de-identified records; see records/provenance.jsonld.",
            },
            "dct:valid": {"@value": facts["expires"], "@type": "xsd:date"},
            "dcat:version": facts["version"],
            "dcat:theme": {"@id": _THEME},
            "dcat:keyword": ["synthetic data", "health", *facts["tables"]],
            "dpv:hasPurpose": list(facts["purposes"]),
            "dpv:hasPersonalData": [],
            "healthdcatap:healthTheme": "electronic health records",
            "healthdcatap:healthCategory": "synthetic data made of electronic health data",
            "healthdcatap:hasCodingSystem": [],
            "healthdcatap:numberOfRecords": {"@value": rows, "@type": "xsd:nonNegativeInteger"},
            **_people(person),
            "healthdcatap:populationCoverage": "Invented people; as many as were learned from, or fewer.",
            "healthdcatap:publisherNote": "Evidence, not a legal opinion.",
            "dcat:distribution": [_distribution(name, facts, folder) for name in facts["tables"]],
            "adms:sample": [],
        }
    )


def _description(facts: Mapping[str, Any]) -> str:
    return f"{facts['title']}. Synthetic records made by {facts['engine']['name']} {facts['engine']['version']}."


def _people(table: Mapping[str, Any]) -> dict[str, Any]:
    if not table:
        return {}
    number = {"@value": table["rows"], "@type": "xsd:nonNegativeInteger"}
    return {"healthdcatap:numberOfUniqueIndividuals": number}


def _distribution(name: str, facts: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    path = folder / "data" / f"{name}.parquet"
    return {
        "@type": "dcat:Distribution",
        "dct:title": name,
        "dcat:accessURL": {"@id": f"urn:factory:dataset:{facts['name']}:{facts['version']}:{name}"},
        "dcat:mediaType": "application/vnd.apache.parquet",
        "dcat:byteSize": {"@value": path.stat().st_size, "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"},
            "spdx:checksumValue": facts["tables"][name]["sha256"],
        },
    }
