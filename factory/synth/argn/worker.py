"""Run by a Python that has mostlyai-engine: python worker.py fit|sample FOLDER

`fit` reads job.json {seed, epochs, batch} and rows.parquet (whole numbers, and whose each row is in `person`), and
leaves the trained network under ModelStore. `sample` reads job.json {seed, rows}, and ModelStore, and leaves
drawn.parquet. The file imports nothing of the factory, whose packages that Python may lack.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

PERSON = "person"
_JUDGES = 0.2  # share of the people whose rows tell when to stop, as the engine has it for rows
_AT_ONCE = 10_000  # rows drawn at once; by default this follows from the machine's memory, and the draws with it


def engine() -> Any:
    """The package, without two others that it never uses on tables and that a CPU build of PyTorch may break."""
    for unused in ("torchvision", "torchaudio"):
        sys.modules.setdefault(unused, None)  # type: ignore[arg-type]
    return import_module("mostlyai.engine")


def fit(folder: Path, job: dict[str, Any]) -> None:
    """Train."""
    pandas, numpy, argn = import_module("pandas"), import_module("numpy"), engine()
    rows = pandas.read_parquet(folder / "rows.parquet")
    owners = rows.pop(PERSON)
    people = numpy.random.default_rng(job["seed"]).permutation(owners.unique())
    judges = owners.isin(people[: max(1, round(_JUDGES * len(people)))]).to_numpy()
    argn.set_random_state(job["seed"])
    argn.split(
        rows.astype(str),
        tgt_encoding_types=dict.fromkeys(rows.columns, "TABULAR_CATEGORICAL"),
        trn_val_split=lambda keys: (keys[~judges], keys[judges]),
        workspace_dir=folder,
    )
    argn.analyze(workspace_dir=folder, value_protection=True)
    argn.encode(workspace_dir=folder)
    argn.train(
        workspace_dir=folder,
        max_epochs=job["epochs"],
        batch_size=job["batch"],
        enable_flexible_generation=False,
        device="cpu",
    )


def sample(folder: Path, job: dict[str, Any]) -> None:
    """Draw rows from the trained network."""
    pandas, argn = import_module("pandas"), engine()
    argn.set_random_state(job["seed"])
    argn.generate(
        workspace_dir=folder,
        sample_size=job["rows"],
        batch_size=_AT_ONCE,
        rare_category_replacement_method="SAMPLE",
        device="cpu",
    )
    drawn = pandas.read_parquet(folder / "SyntheticData")
    columns = [name for name in drawn.columns if name.startswith("c")]
    drawn[columns].astype("int64").to_parquet(folder / "drawn.parquet", index=False)


if __name__ == "__main__":
    where = Path(sys.argv[2])
    {"fit": fit, "sample": sample}[sys.argv[1]](where, json.loads((where / "job.json").read_text(encoding="utf-8")))
