from pathlib import Path

import factory.cli.reference
import factory.contract.reference
import factory.evidence.controls.reference
from factory.review.states import diagram
from factory.serve.permissions import ALLOWED, Action

DOCS = Path(__file__).parents[2] / "docs"


def test_the_contract_reference_is_what_the_models_say():
    assert (DOCS / "contract.md").read_text() == factory.contract.reference.reference()


def test_the_command_reference_is_what_the_parsers_say():
    assert (DOCS / "cli.md").read_text() == factory.cli.reference.reference()


def test_the_control_catalogue_is_what_the_controls_say():
    assert (DOCS / "controls.md").read_text() == factory.evidence.controls.reference.reference()


def test_the_diagram_and_the_roles_of_the_review_are_those_of_the_code():
    text = (DOCS / "review.md").read_text()
    assert text.split("```mermaid\n")[1].split("```")[0] == diagram()
    for role, actions in ALLOWED.items():
        assert f"| {role} | {', '.join(action for action in Action if action in actions)} |" in text
