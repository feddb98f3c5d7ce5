"""All of mimic-iv-demo-fhir read, written back and validated: prints figures, asserts nothing.

    FACTORY_DATA=../shared/data python tests/benchmarks/fhir_round.py

With --run RUN also the synthetic resources of that run, written with the codings of the export.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from factory.formats import open_source
from factory.formats.fhir import FhirSource, write
from factory.formats.fhir.coding import CODING
from factory.formats.fhir.write import to_fhir
from factory.formats.release_source import ReleaseSource

DATA = Path(os.environ.get("FACTORY_DATA", "../shared/data")) / "mimic-iv-demo-fhir"


def references(value: Any) -> Iterator[str]:
    """Every reference in a resource."""
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from references(inner)


def told(folder: Path) -> str:
    """How many resources and references a written folder holds, and how many of them lead nowhere."""
    there, targets = set(), []
    for path in folder.glob("*.ndjson"):
        for line in path.open():
            made = json.loads(line)
            there.add(f"{made['resourceType']}/{made['id']}")
            targets += references(made)
    return f"{len(there):,} resources, {len(targets):,} references, {sum(t not in there for t in targets):,} to nowhere"


def peak() -> str:
    """Most memory of the process so far."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", help="a run folder")
    args = parser.parse_args()
    began = time.process_time()
    source = FhirSource(DATA)
    tables = {name: source.read(name, ()) for name in source.tables() if name != CODING}
    rows = sum(len(table) for table in tables.values())
    print(f"read: {rows:,} rows of {len(tables)} tables, {time.process_time() - began:.1f} s of CPU, {peak()}")
    for table, left in source.left_out.items():
        for path, count in left.items():
            print(f"  left out of {table}: {path} {count:,}")
    for every, said in ((10**9, "written"), (1, "written, and each held against fhir.resources")):
        with tempfile.TemporaryDirectory() as out:
            began = time.process_time()
            write(tables, Path(out), every)
            print(f"{said}: {time.process_time() - began:.1f} s of CPU, {peak()}; {told(Path(out))}")
            again = FhirSource(Path(out))
            print(f"  tables equal when read again: {all(again.read(n, ()).equals(t) for n, t in tables.items())}")
    if args.run:
        release = open_source(args.run)
        assert isinstance(release, ReleaseSource)
        with tempfile.TemporaryDirectory() as out:
            to_fhir(ReleaseSource(release.release, source), Path(out))
            print(f"synthetic, each held against fhir.resources: {told(Path(out))}")


if __name__ == "__main__":
    main()
