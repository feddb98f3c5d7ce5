"""Purposes a licence may grant: terms of GA4GH's Data Use Ontology (DUO, release 2021-02-23), by their labels.

Source: Lawson et al., Cell Genomics 1(2), 2021; http://purl.obolibrary.org/obo/duo.owl. CC BY 4.0.
"""

from __future__ import annotations

NAMESPACE = "http://purl.obolibrary.org/obo/"

PURPOSES: dict[str, str] = {
    "general-research-use": "DUO_0000042",
    "health-or-medical-or-biomedical-research": "DUO_0000006",
    "disease-specific-research": "DUO_0000007",
    "population-origins-or-ancestry-research-only": "DUO_0000011",
}
"""Permissions: what for."""

MODIFIERS: dict[str, str] = {
    "no-restriction": "DUO_0000004",
    "research-specific-restrictions": "DUO_0000012",
    "no-general-methods-research": "DUO_0000015",
    "genetic-studies-only": "DUO_0000016",
    "not-for-profit-non-commercial-use-only": "DUO_0000018",
    "publication-required": "DUO_0000019",
    "collaboration-required": "DUO_0000020",
    "ethics-approval-required": "DUO_0000021",
    "geographical-restriction": "DUO_0000022",
    "publication-moratorium": "DUO_0000024",
    "time-limit-on-use": "DUO_0000025",
    "user-specific-restriction": "DUO_0000026",
    "project-specific-restriction": "DUO_0000027",
    "institution-specific-restriction": "DUO_0000028",
    "return-to-database-or-resource": "DUO_0000029",
    "clinical-care-use": "DUO_0000043",
    "population-origins-or-ancestry-research-prohibited": "DUO_0000044",
    "not-for-profit-organisation-use-only": "DUO_0000045",
    "non-commercial-use-only": "DUO_0000046",
}
"""What narrows a permission."""

NOT_COMMERCIAL = frozenset({"not-for-profit-non-commercial-use-only", "not-for-profit-organisation-use-only"})


_COVERS: dict[str, frozenset[str]] = {
    "general-research-use": frozenset(PURPOSES),
    "health-or-medical-or-biomedical-research": frozenset({"disease-specific-research"}),
}
"""Narrower purposes that a permission holds too, as DUO defines its terms."""


def covers(granted: tuple[str, ...], purpose: str) -> bool:
    """True when one of the granted permissions is the purpose or holds it."""
    return any(purpose == label or purpose in _COVERS.get(label, ()) for label in granted)


def iri(label: str) -> str:
    """The term's address. Raises: KeyError for a label that is none."""
    return NAMESPACE + {**PURPOSES, **MODIFIERS}[label]
