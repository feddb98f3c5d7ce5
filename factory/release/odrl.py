"""The licence for machines: an ODRL 2.2 Agreement in JSON-LD, made of licence.yaml alone.

ODRL has no words for re-identification, linkage and training; those of `TERMS` stand under a namespace of our own, each
with an ODRL action it is included in, so that an engine that does not know them refuses what it should.

Source: ODRL Information Model 2.2 and Vocabulary (W3C Recommendations, 2018); purposes from GA4GH DUO.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from factory.core.files import pretty_json
from factory.release import duo
from factory.release.licence import Licence, Royalty

NAMESPACE = "urn:clinical-data-factory:terms#"

TERMS: dict[str, tuple[str, str]] = {
    "reidentify": ("odrl:use", "To try to learn of whom the data were made, or to help others to."),
    "link": ("odrl:aggregate", "To bring the data together with other records about persons."),
    "train": ("odrl:derive", "To fit the parameters of a model to the data."),
    "publishResults": ("odrl:use", "To publish aggregate results drawn from the data."),
    "publishExamples": ("odrl:use", "To publish single records of the data as illustrations."),
    "pull": ("odrl:count", "How often the data were pulled."),
    "thousandRows": ("odrl:count", "Rows pulled, in thousands."),
    "model": ("odrl:count", "Models trained on the data."),
    "month": ("odrl:elapsedTime", "Months in which the licence was in force."),
}
"""Our own actions and, for the royalty's meter, operands: what ODRL knows each as, and what it means."""

_CONTEXT: dict[str, Any] = {
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "duo": duo.NAMESPACE,
    "cdf": NAMESPACE,
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}
_METERS = {"pull": "pull", "thousand-rows": "thousandRows", "model": "model", "month": "month"}
_PUBLICATION: dict[str, tuple[str, ...]] = {
    "none": (),
    "aggregate-results": ("publishResults",),
    "open": ("publishResults", "publishExamples"),
}


def agreement(licence: Licence, candidate: str) -> bytes:
    """licence.jsonld: the agreement on the data whose candidate has this digest."""
    target = f"urn:sha256:{candidate}"
    granted = _PUBLICATION[licence.publication]
    allowed = ["odrl:use", *(["cdf:train"] if licence.model_training else []), *(f"cdf:{name}" for name in granted)]
    denied = ["cdf:reidentify", "cdf:link", "odrl:distribute", "odrl:transfer"]
    denied += [] if licence.model_training else ["cdf:train"]
    denied += [f"cdf:{name}" for name in ("publishResults", "publishExamples") if name not in granted]
    value = {
        "@context": _CONTEXT,
        "@id": f"urn:clinical-data-factory:licence:{licence.id}:{candidate}",
        "@type": "odrl:Agreement",
        "odrl:uid": {"@id": f"urn:clinical-data-factory:licence:{licence.id}:{candidate}"},
        "odrl:profile": {"@id": NAMESPACE},
        "dct:identifier": licence.id,
        "dct:conformsTo": {"@id": "http://www.w3.org/ns/odrl/2/"},
        "odrl:assigner": _party("licensor", licence.licensor),
        "odrl:assignee": _party("licensee", licence.licensee.name),
        "odrl:permission": [_permission(action, licence, target) for action in allowed],
        "odrl:prohibition": [_rule("odrl:Prohibition", action, target) for action in denied],
        "odrl:obligation": [_destruction(licence, target), _notice(target)],
        "cdf:governingLaw": licence.governing_law,
        "@included": [
            {"@id": f"cdf:{name}", "@type": "odrl:Action", "odrl:includedIn": {"@id": wider}, "rdfs:comment": meaning}
            for name, (wider, meaning) in TERMS.items()
            if name not in _METERS.values()
        ],
    }
    return pretty_json(value)


def _party(role: str, name: str) -> dict[str, Any]:
    return {"@id": f"_:{role}", "@type": ["odrl:Party", "vcard:Organization"], "vcard:fn": name}


def _rule(kind: str, action: str, target: str) -> dict[str, Any]:
    return {
        "@type": kind,
        "odrl:target": {"@id": target},
        "odrl:action": {"@id": action},
        "odrl:assigner": {"@id": "_:licensor"},
        "odrl:assignee": {"@id": "_:licensee"},
    }


def _permission(action: str, licence: Licence, target: str) -> dict[str, Any]:
    rule = _rule("odrl:Permission", action, target)
    rule["odrl:constraint"] = [
        _constraint("odrl:purpose", "odrl:isAnyOf", [{"@id": duo.iri(item)} for item in licence.purposes]),
        _constraint("odrl:spatial", "odrl:isAnyOf", list(licence.licensee.territory)),
        _constraint("odrl:dateTime", "odrl:gteq", _day(licence.effective)),
        _constraint("odrl:dateTime", "odrl:lteq", _day(licence.expires)),
        *(_constraint("odrl:purpose", "odrl:isA", {"@id": duo.iri(item)}) for item in licence.restrictions),
    ]
    if licence.royalty and action == "odrl:use":
        rule["odrl:duty"] = [_compensation(licence.royalty, target)]
    return rule


def _compensation(royalty: Royalty, target: str) -> dict[str, Any]:
    amount = {"@type": "xsd:decimal", "@value": royalty.amount}
    paid = _constraint("odrl:payAmount", "odrl:eq", amount)
    paid["odrl:unit"] = {"@id": f"urn:iso:std:iso:4217:{royalty.currency}"}
    duty, every = _rule("odrl:Duty", "odrl:compensate", target), f"P{royalty.report_every_days}D"
    duty["odrl:constraint"] = [
        paid,
        _constraint(f"cdf:{_METERS[royalty.meter]}", "odrl:eq", {"@type": "xsd:integer", "@value": "1"}),
        _constraint("odrl:timeInterval", "odrl:eq", {"@type": "xsd:duration", "@value": every}),
    ]
    return duty


def _destruction(licence: Licence, target: str) -> dict[str, Any]:
    duty = _rule("odrl:Duty", "odrl:delete", target)
    duty["odrl:constraint"] = [_constraint("odrl:dateTime", "odrl:gteq", _day(licence.expires))]
    duty["rdfs:comment"] = licence.destruction
    return duty


def _notice(target: str) -> dict[str, Any]:
    duty = _rule("odrl:Duty", "odrl:inform", target)
    duty["odrl:informedParty"] = {"@id": "_:licensor"}
    duty["rdfs:comment"] = "Who comes to believe that a person can be recognised tells the licensor at once."
    return duty


def _constraint(left: str, operator: str, right: Any) -> dict[str, Any]:
    return {
        "@type": "odrl:Constraint",
        "odrl:leftOperand": {"@id": left},
        "odrl:operator": {"@id": operator},
        "odrl:rightOperand": right,
    }


def _day(day: dt.date) -> dict[str, str]:
    return {"@type": "xsd:date", "@value": day.isoformat()}
