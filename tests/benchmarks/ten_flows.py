"""Ten flows at once against Prefect on PostgreSQL: how they end, what the limit holds, what the database is told.

python tests/benchmarks/ten_flows.py --flows 10 --limit 3
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from at_once import SEED, at_once, found_in
from operations import operating
from postgres import Postgres
from small_hospital import small_hospital, what_must_not_show


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, default=10)
    parser.add_argument("--limit", type=int, default=3, help="stages at once")
    parser.add_argument("--patients", type=int, default=100)
    parser.add_argument("--secret-seeds", action="store_true", help="each run throws its own, as runs in production do")
    args = parser.parse_args()
    postgres = Postgres.make()
    try:
        with tempfile.TemporaryDirectory(prefix="factory-ten-") as named:
            folder = Path(named)
            hospital = small_hospital(folder / "hospital", args.patients)
            values = what_must_not_show(hospital)
            with operating(folder, postgres.database("ten"), "--source-limit", args.limit) as up:
                outcome = at_once(up, hospital, args.flows, None if args.secret_seeds else SEED)
        dump = postgres.dump("ten")
    finally:
        postgres.stop()
    print(f"{args.flows} flows of {args.patients} patients: {dict(Counter(outcome.states.values()))}")
    for name, said in outcome.said.items():
        print(f"{name}: {said}")
    print(f"at once, limit {args.limit}: {outcome.slots} slots (server), {outcome.stages} stages (disk)")
    print(f"looks: {outcome.looks}; seconds: {outcome.seconds:.0f}")
    print(f"dump: {len(dump) / 1e6:.1f} MB; {len(found_in(dump, values))} of {len(values)} identifiers and texts found")


if __name__ == "__main__":
    main()
