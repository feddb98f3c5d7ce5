"""How long it takes to prove a log of a million entries, in the store and in a file.

python tests/benchmarks/audit.py --entries 1000000 [--store postgresql://...]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from factory.audit import Act, Entry, Outcome, merkle
from factory.core.files import canonical_json
from factory.store import log, open_store
from factory.store.schema import log_entries, log_head


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--store", default="")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(args.store or f"sqlite:///{folder}/room.db")
        began = time.perf_counter()
        peaks: list[bytes] = []
        rows = []
        with store.writing() as connection:
            for number in range(1, args.entries + 1):
                entry = Entry(
                    number=number, at="2026-11-25T00:00:00Z", who="Dr Wong", act=Act.VOTE, subject=f"{number:064x}",
                    outcome=Outcome.DONE,
                )  # fmt: skip
                value = entry.model_dump(mode="json")
                peaks = merkle.grow(peaks, number - 1, merkle.leaf_hash(canonical_json(value)))
                rows.append({**value, "root": merkle.root_of(peaks).hex()})
                if len(rows) == 20_000:
                    connection.execute(sa.insert(log_entries), rows)
                    rows = []
            if rows:
                connection.execute(sa.insert(log_entries), rows)
            head = {
                "size": args.entries,
                "peaks": " ".join(p.hex() for p in peaks),
                "root": merkle.root_of(peaks).hex(),
            }
            connection.execute(sa.update(log_head).values(head))
        print(f"made {args.entries:,} entries in {time.perf_counter() - began:.1f} s")
        began = time.perf_counter()
        log.verify(store)
        print(f"verified in {time.perf_counter() - began:.1f} s ({store.engine.dialect.name})")
        began = time.perf_counter()
        with store.reading() as connection:
            assert log.prove(connection, {f"{args.entries // 2:064x}"}).holds()
        print(f"one inclusion proof in {time.perf_counter() - began:.1f} s")
        store.close()
        assert Path(folder).is_dir()


if __name__ == "__main__":
    main()
