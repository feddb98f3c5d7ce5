"""What machines read of a candidate: Croissant, HealthDCAT-AP, PROV, a SATRE-style record, datasheet and model card.

Each is a pure function of the dossier's facts, which have passed an allow-list, and of the contract's released shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from factory.contract import Contract
from factory.evidence.records import croissant, datasheet, healthdcat, model_card, provenance, satre

FOLDER = "records"


def records(facts: Mapping[str, Any], contract: Contract, folder: Path) -> dict[str, bytes]:
    """The records by path; `folder` is the candidate's, of which only sizes of its tables are read.

    The Croissant record lies beside `data/`, since its readers resolve paths from where it is, and never upwards.
    """
    return {
        "croissant.json": croissant.record(facts, contract, folder),
        f"{FOLDER}/healthdcat-ap.jsonld": healthdcat.record(facts, contract, folder),
        f"{FOLDER}/provenance.jsonld": provenance.record(facts, contract),
        f"{FOLDER}/satre.json": satre.record(facts),
        f"{FOLDER}/datasheet.md": datasheet.record(facts, contract),
        f"{FOLDER}/model-card.md": model_card.record(facts),
    }
