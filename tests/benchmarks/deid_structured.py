"""Structured de-identification at scale: seconds, rows a second and peak memory, each size in a process of its own.

python tests/benchmarks/deid_structured.py [--rows 1000000] [--profile NAME ...] [--format parquet|csv] [--workers N]

The table has 50 columns and 2.5 rows a person, whose rows lie in several partitions; the persons are a second table.
Prints a line for `--rows` and one for four times as many; the ratio of peak memory above imports says how far it grows
with rows. Pages of mapped files count as memory here, though the system may take them back.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import yaml

CHUNK = 100_000
MEASURE = """
import json, sys, time
from pathlib import Path
from factory.contract import load
from factory.deid import deidentify_hospital
def peak():
    # Not ru_maxrss, which begins with what the parent held when it forked.
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
contract, out, profiles, workers = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]), int(sys.argv[4])
before, began = peak(), time.monotonic()
deidentify_hospital(load(contract), contract.parent, out, profiles, 1, workers=workers)
print(json.dumps({"seconds": time.monotonic() - began, "imports": before, "peak": peak()}))
"""

VISITS = {
    "visit": {"role": "key", "type": "string", "as": "visit_id"},
    "person": {"role": "key", "type": "string", "as": "person_id"},
    "doctor": {"role": "identifier", "type": "string", "class": "name"},
    "policy_no": {"role": "identifier", "type": "string", "class": "health-plan"},
    "phone": {"role": "identifier", "type": "string", "class": "phone"},
    "admitted_at": {"role": "date", "type": "datetime"},
    "discharged_at": {"role": "date", "type": "datetime"},
    "age": {"role": "quasi-identifier", "type": "integer", "age": True},
    "marital": {"role": "quasi-identifier", "type": "category"},
    "zip": {"role": "quasi-identifier", "type": "category", "class": "postcode", "hierarchy": "us-zip"},
    **{f"diag_{i}": {"role": "sensitive", "type": "category", "hierarchy": "icd-9-cm"} for i in range(4)},
    **{f"lab_{i}": {"role": "clinical", "type": "number"} for i in range(12)},
    **{f"count_{i}": {"role": "clinical", "type": "integer"} for i in range(12)},
    **{f"kind_{i}": {"role": "clinical", "type": "category"} for i in range(12)},
}
PERSONS = {
    "person": {"role": "key", "type": "string", "as": "person_id"},
    "name": {"role": "identifier", "type": "string", "class": "name"},
    "born": {"role": "date", "type": "date", "birth": True},
    "sex": {"role": "quasi-identifier", "type": "category", "codes": ["F", "M"]},
}
CONTRACT = {
    "contract": 1,
    "name": "benchmark",
    "title": "Benchmark",
    "licensor": "Nobody",
    "person": "persons",
    "tables": {"persons": {"key": "person", "columns": PERSONS}, "visits": {"key": "visit", "columns": VISITS}},
    "relations": [{"child": "visits.person", "parent": "persons.person"}],
}
MARITAL = np.array(["single", "married", "widowed", "divorced"], dtype=object)
CODES = np.array([f"{a}.{b:02d}" for a in range(100, 999) for b in (0, 1, 25, 50)], dtype=object)


def main() -> None:
    """Measure the rows, then four times as many."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--profile", action="append", default=[])
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    profiles = args.profile or ["hipaa-safe-harbor"]
    with tempfile.TemporaryDirectory() as folder:
        peaks = []
        for rows in (args.rows, 4 * args.rows):
            data = Path(folder) / str(rows)
            write(data, rows, args.format)
            words = [data / "contract.yaml", data / "out", json.dumps(profiles), args.workers]
            done = subprocess.run(
                [sys.executable, "-c", MEASURE, *map(str, words)], capture_output=True, text=True, check=False
            )
            if done.returncode:
                sys.exit(done.stderr)
            found = json.loads(done.stdout)
            peaks.append(found["peak"] - found["imports"])
            print(
                f"{', '.join(profiles)}: {rows:,} rows x {len(VISITS)} columns ({args.format}) in "
                f"{found['seconds']:.1f} s, {rows / found['seconds']:,.0f} rows/s, "
                f"peak RSS {found['peak'] / 1024:,.0f} MB, of which {found['imports'] / 1024:,.0f} MB are imports",
                flush=True,
            )
            print("".join(f"  {line}\n" for line in done.stderr.splitlines() if line.startswith("done")), end="")
        print(f"four times the rows: {peaks[1] / peaks[0]:.2f} times the memory above imports")


def write(folder: Path, rows: int, form: str) -> None:
    """Two tables and their contract."""
    folder.mkdir()
    (folder / "contract.yaml").write_text(yaml.safe_dump(CONTRACT))
    rng = np.random.default_rng(3)
    people = rows * 2 // 5
    persons = (_persons(rng, start, min(CHUNK, people - start)) for start in range(0, people, CHUNK))
    _write(folder / f"persons.{form}", persons)
    visits = (_visits(rng, start, min(CHUNK, rows - start), people) for start in range(0, rows, CHUNK))
    _write(folder / f"visits.{form}", visits)


def _write(path: Path, frames: Iterable[pd.DataFrame]) -> None:
    writer = None
    for frame in frames:
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if writer is None:
            writer = (pq.ParquetWriter if path.suffix == ".parquet" else pacsv.CSVWriter)(path, table.schema)
        writer.write_table(table)
    writer.close()


def _texts(prefix: str, numbers: np.ndarray) -> np.ndarray:
    return np.char.add(prefix, numbers.astype(str)).astype(object)


def _persons(rng: np.random.Generator, start: int, n: int) -> pd.DataFrame:
    born = np.datetime64("1920-01-01") + rng.integers(0, 30_000, n).astype("timedelta64[D]")
    return pd.DataFrame(
        {
            "person": _texts("P", np.arange(start, start + n)),
            "name": _texts("Name ", rng.integers(0, 10**6, n)),
            "born": born.astype("datetime64[D]").astype(str).astype(object),
            "sex": rng.choice(np.array(["F", "M"], dtype=object), n),
        }
    )


def _visits(rng: np.random.Generator, start: int, n: int, people: int) -> pd.DataFrame:
    numbers = np.arange(start, start + n)
    admitted = np.datetime64("2005-01-01T00:00:00") + rng.integers(0, 3600 * 24 * 3000, n).astype("timedelta64[s]")
    stay = rng.integers(1, 3600 * 24 * 14, n).astype("timedelta64[s]")
    made: dict[str, object] = {
        "visit": _texts("V", numbers),
        "person": _texts("P", np.where(numbers < people, numbers, rng.integers(0, people, n))),
        "doctor": _texts("Dr ", rng.integers(0, 500, n)),
        "policy_no": _texts("HP", rng.integers(10**6, 10**7, n)),
        "phone": _texts("9", rng.integers(10**6, 10**7, n)),
        "admitted_at": _stamp(admitted),
        "discharged_at": _stamp(admitted + stay),
        "age": rng.integers(18, 100, n),
        "marital": rng.choice(MARITAL, n),
        "zip": np.char.zfill(rng.choice(rng.integers(501, 99950, 2000), n).astype(str), 5).astype(object),
    }
    for i in range(4):
        made[f"diag_{i}"] = CODES[(rng.pareto(1.0, n) * 20).astype(int) % len(CODES)]
    for i in range(12):
        made[f"lab_{i}"] = np.where(rng.random(n) < 0.1, np.nan, rng.normal(50, 10, n).round(2 if i % 2 else 4))
    for i in range(12):
        made[f"count_{i}"] = rng.poisson(3 + i, n)
    for i in range(12):
        kinds = np.array([f"kind {j}" for j in range(10 * (i + 1))], dtype=object)
        made[f"kind_{i}"] = kinds[(rng.pareto(0.8, n) * 3).astype(int) % len(kinds)]
    return pd.DataFrame(made)


def _stamp(times: np.ndarray) -> np.ndarray:
    return np.char.replace(times.astype("datetime64[s]").astype(str), "T", " ").astype(object)


if __name__ == "__main__":
    main()
