"""The agreement for machines, held to shapes of the ODRL Information Model 2.2."""

import json

import pytest
import yaml
from pyshacl import validate
from rdflib import Graph, Namespace
from unit.candidates import licence_value

from factory.core.errors import LicenceError
from factory.release.licence import parse_licence
from factory.release.odrl import agreement

ODRL = Namespace("http://www.w3.org/ns/odrl/2/")
SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix : <urn:shapes#> .
:Agreement a sh:NodeShape ; sh:targetClass odrl:Agreement ; sh:nodeKind sh:IRI ;
  sh:property [ sh:path odrl:uid ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path odrl:profile ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path odrl:assigner ; sh:minCount 1 ; sh:class odrl:Party ] ;
  sh:property [ sh:path odrl:assignee ; sh:minCount 1 ; sh:class odrl:Party ] ;
  sh:property [ sh:path odrl:permission ; sh:minCount 1 ; sh:class odrl:Permission ] ;
  sh:property [ sh:path odrl:prohibition ; sh:minCount 1 ; sh:class odrl:Prohibition ] ;
  sh:property [ sh:path odrl:obligation ; sh:minCount 1 ; sh:class odrl:Duty ] .
:Rule a sh:NodeShape ; sh:targetClass odrl:Permission, odrl:Prohibition, odrl:Duty ;
  sh:property [ sh:path odrl:action ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path odrl:target ; sh:minCount 1 ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path odrl:constraint ; sh:class odrl:Constraint ] .
:Constraint a sh:NodeShape ; sh:targetClass odrl:Constraint ;
  sh:property [ sh:path odrl:leftOperand ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ;
  sh:property [ sh:path odrl:operator ; sh:minCount 1 ; sh:maxCount 1 ; sh:in (
    odrl:eq odrl:gt odrl:gteq odrl:lt odrl:lteq odrl:neq odrl:isA odrl:hasPart odrl:isPartOf odrl:isAllOf odrl:isAnyOf
    odrl:isNoneOf ) ] ;
  sh:property [ sh:path odrl:rightOperand ; sh:minCount 1 ] .
"""
ROYALTY = {"meter": "thousand-rows", "amount": "12.50", "currency": "HKD", "report_every_days": 90}


def graph(**changes):
    licence = parse_licence(yaml.safe_dump(licence_value(**changes)).encode(), "licence.yaml", LicenceError)
    return Graph().parse(data=agreement(licence, "a" * 64), format="json-ld")


def valid(made):
    return validate(made, shacl_graph=Graph().parse(data=SHAPES, format="turtle"), advanced=False)[0]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"royalty": ROYALTY},
        {"model_training": False, "publication": "none"},
        {"publication": "open", "restrictions": ["ethics-approval-required"]},
    ],
)
def test_every_licence_is_an_agreement(changes):
    assert valid(graph(**changes))


@pytest.mark.parametrize("name", ["uid", "assigner", "assignee", "permission", "prohibition", "action", "operator"])
def test_an_agreement_without_a_part_is_none(name):
    made = graph()
    made.remove((None, ODRL[name], None))
    assert not valid(made)


def actions(made, kind):
    rules = made.objects(None, ODRL[kind])
    return {
        str(action).rpartition("/")[2].rpartition("#")[2]
        for rule in rules
        for action in made.objects(rule, ODRL.action)
    }


def test_what_is_never_granted_is_forbidden_and_nothing_is_both():
    for changes in ({}, {"model_training": False}, {"publication": "none"}, {"publication": "open"}):
        made = graph(**changes)
        allowed, denied = actions(made, "permission"), actions(made, "prohibition")
        assert {"reidentify", "link", "distribute", "transfer"} <= denied and "use" in allowed
        assert not allowed & denied
        assert ("train" in allowed) == changes.get("model_training", True)


def test_the_royalty_is_a_duty_with_amount_and_unit():
    said = json.dumps(json.loads(agreement(
        parse_licence(yaml.safe_dump(licence_value(royalty=ROYALTY)).encode(), "licence.yaml", LicenceError), "a" * 64
    )))  # fmt: skip
    assert '"12.50"' in said and "4217:HKD" in said and "P90D" in said and "cdf:thousandRows" in said
