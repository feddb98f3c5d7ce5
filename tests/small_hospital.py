"""A hospital cut down to few columns, for tests that need many runs of the whole line and ask nothing of the tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import yaml

from factory.simulate import simulate

COLUMNS = (
    "encounter_id", "mrn", "admitted_at", "discharged_at", "ward", "attending_name", "gender", "age",
    "time_in_hospital", "num_medications", "readmitted",
)  # fmt: skip
IDENTIFYING = ("identifier", "free-text")


def small_hospital(out: Path, patients: int = 100, seed: int = 11) -> Path:
    """Simulate it in the folder `out`, with its contract; returns `out`."""
    simulate(patients, seed, out)
    encounters = pd.read_csv(out / "encounters.csv", dtype=str, keep_default_na=False)
    encounters[list(COLUMNS)].to_csv(out / "encounters.csv", index=False)
    contract = yaml.safe_load((out / "contract.yaml").read_text())
    columns = contract["tables"]["encounters"]["columns"]
    contract["tables"]["encounters"]["columns"] = {name: columns[name] for name in COLUMNS}
    # So few people cannot support the membership bound, which is not what these tests ask.
    contract["policy"]["membership_auc"] = 0.95
    (out / "contract.yaml").write_text(yaml.safe_dump(contract, sort_keys=False))
    return out


def sampled_hospital(out: Path, patients: int, seed: int, **policy: float) -> Path:
    """Simulate a whole one in the folder `out` with limits of its own in the contract; returns the contract's path."""
    simulate(patients, seed, out)
    contract = yaml.safe_load((out / "contract.yaml").read_text())
    contract["policy"] |= policy
    (out / "contract.yaml").write_text(yaml.safe_dump(contract))
    return out / "contract.yaml"


def what_must_not_show(hospital: Path) -> set[str]:
    """Every identifier, key and free text of the source tables, the texts also a line at a time."""
    contract = yaml.safe_load((hospital / "contract.yaml").read_text())
    found: set[str] = set()
    for table, said in contract["tables"].items():
        frame = pd.read_csv(hospital / f"{table}.csv", dtype=str, keep_default_na=False)
        for name, column in said["columns"].items():
            if column["role"] in (*IDENTIFYING, "key"):
                found |= set(frame[name])
    pieces = {line.strip() for value in found for line in value.splitlines()}
    # A word or a number of few signs (a kin's "son", a postcode beside microseconds) is met by chance in any text.
    return {value for value in found | pieces if len(value) >= (8 if value.isdecimal() else 6)}
