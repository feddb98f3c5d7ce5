"""The measures as work that is spread: a part of the battery to a process, each of which reads the tables for itself.

What lies in the folder `work` are the contract, the seed, and what each part found; it is removed when the stage ends.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from factory.checks.battery import measured, parts, shares, together
from factory.checks.comparison import PARTS, Comparison
from factory.checks.stored import stored_comparison
from factory.contract import Contract
from factory.core.files import canonical_json, read_json, storage_errors, write_bytes
from factory.core.spread import Spread
from factory.core.tables import load_ref

Found = tuple[list[dict[str, Any]], dict[str, Any], dict[str, int]]
"""Rows of the measures, their details, and how many people of each part were compared."""
_ASKED, _SHARES = "asked.json", "marginals"


def assess_spread(contract: Contract, split: Path, synth: Path, seed: int, work: Path, spread: Spread) -> Found:
    """What `battery.assess` finds of the stored comparison, by the processes of `spread`."""
    with storage_errors(work):
        work.mkdir(mode=0o700)
    folders = {"train": split / "train", "holdout": split / "holdout", "synthetic": synth}
    asked = {
        # Not canonical: the order of columns is that of the tables.
        "contract": contract.model_dump_json(by_alias=True),
        "seed": seed,
        "split": str(split.resolve()),
        "synth": str(synth.resolve()),
        "tables": {part: _digests(folder) for part, folder in folders.items()},
    }
    write_bytes(work / _ASKED, canonical_json(asked), 0o600)
    names = [*(part.name for part in parts()), _SHARES]
    spread.over(measure_part, [{"work": str(work.resolve()), "part": name} for name in names])
    *found, shared = (read_json(work / f"{name}.json") for name in names)
    rows = [row for one in found for row in one["measures"]]
    details = together(parts(), [(len(one["measures"]), one["details"]) for one in found], shared["details"])
    return rows, details, shared["people"]


def measure_part(work: str, part: str) -> str:
    """Measure one part and write what it finds into `work`; returns the part."""
    folder = Path(work)
    compared = _compared(canonical_json(read_json(folder / _ASKED)))
    if part == _SHARES:
        made: dict[str, Any] = {"details": shares(compared), "people": people_of(compared)}
    else:
        measures, details = measured(next(one for one in parts() if one.name == part), compared)
        made = {"details": details, "measures": [measure.as_row() for measure in measures]}
    write_bytes(folder / f"{part}.json", canonical_json(made), 0o600)
    return part


def people_of(compared: Comparison) -> dict[str, int]:
    """How many people of each part are compared."""
    return {part: compared.people(part) for part in PARTS}


@functools.lru_cache(maxsize=1)
def _compared(asked: bytes) -> Comparison:
    """The comparison, kept for the next part. The digests of the tables are of what is asked: others are read anew."""
    said: Mapping[str, Any] = json.loads(asked)
    contract = Contract.model_validate_json(said["contract"])
    return stored_comparison(contract, Path(said["split"]), Path(said["synth"]), said["seed"])


def _digests(folder: Path) -> dict[str, str]:
    return {name: table.digest for name, table in load_ref(folder).tables.items()}
