from pathlib import Path

import factory.cli.reference
import factory.contract.reference

DOCS = Path(__file__).parents[2] / "docs"


def test_the_contract_reference_is_what_the_models_say():
    assert (DOCS / "contract.md").read_text() == factory.contract.reference.reference()


def test_the_command_reference_is_what_the_parsers_say():
    assert (DOCS / "cli.md").read_text() == factory.cli.reference.reference()
