"""A candidate on which every control passes or asks a person: small tables, facts of the shape `gather` gives."""

from __future__ import annotations

import copy
import datetime as dt
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd

from factory.contract import Contract, digest
from factory.contract.model import Regime
from factory.core.files import pretty_json, sha256_file
from factory.evidence.controls.base import Evidence
from factory.evidence.controls.judge import Judged, judge_controls

PEOPLE, VISITS = 240, 480
LICENCE = {
    "purposes": ["general-research-use"],
    "no_reidentification": True,
    "no_linkage": True,
    "onward_transfer": False,
    "expires": "2027-01-01",
    "licensee": {"territory": ["HK"]},
    "standard_contract": {"kind": "gba", "filed": "2026-01-02"},
    "destruction": "Every copy is destroyed.",
}
SEALED = {
    "signers": ["Dr Wong", "Dr Lau"],
    "producer": "Ms Cheung",
    "signature": True,
    "inclusion": True,
    "consistency": True,
    "fingerprint": {"p": 1e-9, "false_accusations": 0.0, "utility_cost": 0.001},
    "revoked_refused": True,
}
GATES = {
    "membership_auc": 0.5,
    "membership_auc_exposed": 0.5,
    "membership_tpr": 0.01,
    "singling_out": 0.01,
    "linkability": 0.01,
    "inference": 0.01,
    "identity_disclosure": 0.01,
    "attribute_disclosure": 0.01,
    "exact_copy_share": 0.0,
    "near_copy_share": 0.01,
    "rare_combination_share": 0.01,
    "linked_membership_auc": 0.5,
    "linked_membership_tpr": 0.01,
    "linked_epsilon": 2.0,
}


@dataclass
class Made:
    """A candidate to break: its folder, facts and contract, and what sealing found."""

    folder: Path
    facts: dict[str, Any]
    contract: Contract
    licence: dict[str, Any]
    sealed: dict[str, Any]
    as_written: bool = True

    def judged(self, *regimes: str) -> Judged:
        if self.as_written:
            write_documents(self)
        contract = self.contract.model_copy(update={"regimes": regimes or get_args(Regime)})
        facts = (
            {**self.facts, "contract": digest(contract)} if self.facts["contract"] == digest_of(self) else self.facts
        )
        return judge_controls(Evidence(contract, facts, self.folder, self.licence, self.sealed))

    def verdicts(self, *regimes: str) -> dict[str, str]:
        return {row["id"]: row["verdict"] for row in self.judged(*regimes).controls}

    def table(self, name: str, change) -> None:
        """Change a released table; the facts name the new bytes, as they would."""
        path = self.folder / "data" / f"{name}.parquet"
        change(pd.read_parquet(path)).to_parquet(path, index=False)
        self.facts["tables"][name]["sha256"] = sha256_file(path)

    def state(self, **fields: Any) -> None:
        """Change what the contract states; the facts name the new contract, as they would."""
        statement = self.contract.statement.model_copy(update=fields)
        self.contract = self.contract.model_copy(update={"statement": statement})
        self.facts["contract"] = digest_of(self)

    def measure(self, name: str, **fields: Any) -> None:
        next(row for row in self.facts["measures"] if row["name"] == name).update(fields)

    def identifier(self, control: str, **fields: Any) -> None:
        next(row for row in self.facts["identifiers"] if row["control"] == control).update(fields)

    def decision(self, column: str, **fields: Any) -> None:
        next(row for row in self.facts["decisions"] if row["column"] == column).update(fields)


def digest_of(made: Made) -> str:
    return digest(made.contract)


def contract() -> Contract:
    return Contract.model_validate(
        {
            "contract": 1,
            "name": "wards",
            "title": "Wards of a simulated hospital",
            "licensor": "Hospital of the Simulation",
            "person": "people",
            "regimes": list(get_args(Regime)),
            "tables": {
                "people": {
                    "key": "number",
                    "columns": {
                        "number": {"role": "key", "type": "string", "class": "mrn", "as": "person_id"},
                        "name": {"role": "identifier", "type": "string", "class": "name"},
                        "sex": {"role": "quasi-identifier", "type": "category"},
                        "zip": {
                            "role": "quasi-identifier",
                            "type": "string",
                            "class": "postcode",
                            "hierarchy": "us-zip",
                        },
                        "birth_date": {"role": "date", "type": "date", "birth": True},
                    },
                },
                "visits": {
                    "key": "visit",
                    "columns": {
                        "visit": {"role": "key", "type": "string", "as": "visit_id"},
                        "number": {"role": "key", "type": "string", "as": "person_id"},
                        "admitted_at": {"role": "date", "type": "date"},
                        "age": {"role": "quasi-identifier", "type": "category", "age": True},
                        "ward": {"role": "clinical", "type": "category"},
                        "diagnosis": {"role": "sensitive", "type": "category"},
                    },
                },
            },
            "relations": [{"child": "visits.number", "parent": "people.number"}],
            "statement": {
                "controller": "Hospital of the Simulation",
                "collected_for": "care, and research",
                "legal_basis": "research",
                "dpia": "SIM-DPIA-1",
                "dpo": "Data protection office",
                "review_on": dt.date(2028, 1, 1),
                "incident_plan": "revoke and tell",
                "destination": "HK",
                "onward_transfer": False,
                "route": "standard-contract",
                "people_sent": {2026: 0},
                "genetic_approval": None,
                "important_data": "no",
            },
        }
    )


def people() -> pd.DataFrame:
    rows = np.arange(PEOPLE)
    return pd.DataFrame(
        {
            "person_id": rows + 1,
            "sex": np.where(rows % 2, "F", "M"),
            "birth_year": 1930 + rows % 60,
            "zip": np.array(["100", "454", "000"])[rows // 2 % 3],
        }
    )


def visits() -> pd.DataFrame:
    rows = np.arange(VISITS)
    return pd.DataFrame(
        {
            "visit_id": rows + 1,
            "person_id": rows % PEOPLE + 1,
            "admitted_year": 2000 + rows % 9,
            "admitted_day": rows % 700,
            "age": np.array(["[60-70)", "[80-90)", "90+"])[rows % 3],
            "ward": np.array(["Medical A", "Emergency Short Stay"])[rows % 2],
            # The second is the shape of a LOINC code, which is no month.
            "diagnosis": np.array(["250.83", "1988-5", "V57"])[rows % 3],
        }
    )


def make(folder: Path) -> Made:
    """The candidate, written to `folder`."""
    (folder / "data").mkdir(parents=True)
    for name, frame in {"people": people(), "visits": visits()}.items():
        frame.to_parquet(folder / "data" / f"{name}.parquet", index=False)
    made = Made(folder, {}, contract(), copy.deepcopy(LICENCE), copy.deepcopy(SEALED))
    made.facts.update(_facts(made))
    write_documents(made)
    return made


def write_documents(made: Made) -> None:
    """The dossier as the facts have it."""
    (made.folder / "dossier.json").write_bytes(pretty_json(made.facts))
    citations = "".join(f"<li>{row['title']}: {row['citation']}</li>" for row in made.facts["measures"])
    (made.folder / "dossier.html").write_text(
        f'<!doctype html><html lang="en"><title>Dossier</title><p>Review ends {made.facts["review_by"]}, by Ms Cheung.'
        f"</p>{citations}<p>{made.facts['contract']}</p></html>"
    )


def copied(made: Made, folder: Path) -> Made:
    """A copy to break."""
    shutil.copytree(made.folder, folder)
    return Made(folder, *(copy.deepcopy(part) for part in (made.facts, made.contract, made.licence, made.sealed)))


def _measure(name: str, value: float) -> dict[str, Any]:
    return {
        "name": name,
        "title": name.replace("_", " "),
        "value": value,
        "low": value,
        "high": value,
        "threshold": 0.05,
        "direction": "at most",
        "n": 200,
        "citation": "Lu et al., PoPETs 2019; Opinion of 10 April 2014",
        "outcome": "pass",
        "where": "",
        "bearing": "gate",
        "weak": "",
    }


def _facts(made: Made) -> dict[str, Any]:
    letters = [f"SH-{letter}" for letter in "ABCDEFGHIJKLMNOPQR"]
    scanned = [
        {"control": control, "verdict": "pass", "hits": 0, "basis": ""}
        for control in (*letters, "SH-LINK", "SH-CANARY")
    ]
    decisions = [
        {
            "table": table,
            "column": column,
            "role": about.role.value,
            "operator": "removed" if about.role == "identifier" else "random row id" if about.role == "key" else "kept",
            "because": "45 CFR 164.514(b)(2)(i)",
            "released_as": [] if about.role == "identifier" else [column],
            "changed": "<11",
            "cells": PEOPLE,
            "profiles": ["hipaa-safe-harbor"],
        }
        for table, shape in made.contract.tables.items()
        for column, about in shape.columns.items()
    ]
    bars = [{"label": "F", "real": 0.5, "synthetic": 0.5}, {"label": "M", "real": 0.5, "synthetic": 0.5}]
    return {
        "format": 1,
        "batch": {
            "since": {"new": PEOPLE, "changed": 100, "unchanged": 50, "gone": 0},
            "sent": {"2026": PEOPLE + 200},
            "linked": [100],
        },
        "title": made.contract.title,
        "name": made.contract.name,
        "licensor": made.contract.licensor,
        "purposes": ["general-research-use"],
        "producer": "Ms Cheung",
        "review_by": "2026-12-25",
        "expires": "2027-12-25",
        "contract": digest(made.contract),
        "verdict": "pass",
        "shortfalls": [],
        "failures": [],
        "measures": [_measure(name, value) for name, value in GATES.items()],
        "identifiers": scanned,
        "gates": [],
        "decisions": decisions,
        "quality": {},
        "tasks": {},
        "rules": {"synthetic": {"order": 0}},
        "marginals": {"people.sex": bars},
        "counts": {
            "people": {"train": PEOPLE, "holdout": 100, "synthetic": PEOPLE},
            "visits": {"train": VISITS, "holdout": 200, "synthetic": VISITS},
        },
        "engine": {
            "name": "dp",
            "version": "1",
            "licence": "MIT",
            "abilities": {"private": True},
            "epsilon": 1.0,
            "delta": 1e-7,
            "unit": "patient",
        },
        "tables": {
            name: {"sha256": sha256_file(made.folder / "data" / f"{name}.parquet"), "rows": rows, "columns": 4}
            for name, rows in (("people", PEOPLE), ("visits", VISITS))
        },
        "policy": made.contract.policy.model_dump(mode="json"),
        "code": {"version": "0", "digest": "d" * 64, "tools": {}},
    }


def rewrite(made: Made, change) -> None:
    """Change dossier.json as it lies in the folder."""
    made.as_written = False
    path = made.folder / "dossier.json"
    facts = json.loads(path.read_bytes())
    change(facts)
    path.write_bytes(pretty_json(facts))
