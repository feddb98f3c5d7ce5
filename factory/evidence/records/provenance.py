"""Lineage as W3C PROV-O: what was made from what, by which activity, by whom; source tables without a digest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factory.contract import Contract
from factory.core.files import pretty_json

_CONTEXT = {
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "cdf": "urn:factory:terms:",
    "label": "rdfs:label",
    "used": {"@id": "prov:used", "@type": "@id"},
    "generated": {"@id": "prov:generated", "@type": "@id"},
    "derived": {"@id": "prov:wasDerivedFrom", "@type": "@id"},
    "made": {"@id": "prov:wasGeneratedBy", "@type": "@id"},
    "by": {"@id": "prov:wasAssociatedWith", "@type": "@id"},
    "behalf": {"@id": "prov:actedOnBehalfOf", "@type": "@id"},
    "sha256": "cdf:sha256",
    "rows": "cdf:rows",
    "version": "cdf:version",
    "licence": "cdf:licence",
}
_STAGES = (
    ("intake", "Read and check the source tables", (), ("source",)),
    ("deid", "De-identify", ("source",), ("deidentified",)),
    ("split", "Split people into training and hold-out", ("deidentified",), ("training", "holdout")),
    ("synth", "Synthesize", ("training",), ()),
    ("checks", "Measure privacy, fidelity and utility", ("training", "holdout"), ("figures",)),
    ("gates", "Judge", ("figures",), ("verdict",)),
    ("dossier", "Write the dossier", ("verdict", "figures"), ("dossier",)),
)


def record(facts: Mapping[str, Any], contract: Contract) -> bytes:
    """The graph as JSON-LD, its context inlined."""
    tables = {name: _table_id(table) for name, table in facts["tables"].items()}
    graph = [*_agents(facts), _contract(facts), *_held(), *_activities(tables), *_tables(facts, tables)]
    return pretty_json({"@context": _CONTEXT, "@graph": graph, "cdf:person": contract.person})


def _agents(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    code, engine = facts["code"], facts["engine"]
    return [
        {"@id": "urn:factory:agent:producer", "@type": ["prov:Agent", "prov:Person"], "label": facts["producer"]},
        {
            "@id": "urn:factory:agent:software",
            "@type": ["prov:Agent", "prov:SoftwareAgent"],
            "label": "clinical-data-factory",
            "version": code["version"],
            "sha256": code["digest"],
            "behalf": "urn:factory:agent:producer",
        },
        {
            "@id": "urn:factory:agent:engine",
            "@type": ["prov:Agent", "prov:SoftwareAgent"],
            "label": engine["name"],
            "version": engine["version"],
            "licence": engine["licence"],
            "behalf": "urn:factory:agent:software",
        },
    ]


def _contract(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@id": _sha(facts["contract"]),
        "@type": ["prov:Entity", "prov:Plan"],
        "label": "contract",
        "sha256": facts["contract"],
    }


def _held() -> list[dict[str, Any]]:
    """What stays in the source zone: known by name only."""
    derived = {"deidentified": "source", "training": "deidentified", "holdout": "deidentified", "figures": "training"}
    names = ("source", "deidentified", "training", "holdout", "figures", "verdict", "dossier")
    made = []
    for name in names:
        node: dict[str, Any] = {"@id": _zone(name), "@type": "prov:Entity", "label": name}
        if name in derived:
            node["derived"] = _zone(derived[name])
        made.append(node)
    return made


def _activities(tables: Mapping[str, str]) -> list[dict[str, Any]]:
    made = []
    for stage, label, used, generated in _STAGES:
        out = list(tables.values()) if stage == "synth" else [_zone(name) for name in generated]
        more = list(tables.values()) if stage in ("checks", "gates") else []
        agent = "urn:factory:agent:engine" if stage == "synth" else "urn:factory:agent:software"
        made.append(
            {
                "@id": f"urn:factory:activity:{stage}",
                "@type": "prov:Activity",
                "label": label,
                "used": [*(_zone(name) for name in used), *more],
                "generated": out,
                "by": agent,
            }
        )
    return made


def _tables(facts: Mapping[str, Any], ids: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "@id": ids[name],
            "@type": "prov:Entity",
            "label": name,
            "sha256": table["sha256"],
            "rows": table["rows"],
            "derived": [_zone("training"), _sha(facts["contract"])],
            "made": "urn:factory:activity:synth",
        }
        for name, table in facts["tables"].items()
    ]


def _zone(name: str) -> str:
    return f"urn:factory:source-zone:{name}" if name not in ("dossier", "verdict", "figures") else f"urn:factory:{name}"


def _table_id(table: Mapping[str, Any]) -> str:
    return _sha(table["sha256"])


def _sha(digest: str) -> str:
    return f"urn:sha256:{digest}"
