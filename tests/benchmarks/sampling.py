"""How fast the engine `trees` draws the simulated hospital, alone and with two processes: rows of encounters a second.

    python tests/benchmarks/sampling.py --people 20000 --draw 100000

Counted: `table`, the columns of encounters alone, the people they belong to given; `sample`, all tables with keys,
rules and types, in memory; `pieces`, the same written to Parquet in pieces, by one process and by two, start and all.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import tempfile
import time
from pathlib import Path

from factory.contract import load
from factory.core.spread import ALONE, Spread
from factory.core.tables import read_dataset
from factory.deid import deidentify
from factory.intake import intake
from factory.simulate import simulate
from factory.synth.pieces import Drawn, draw_pieces, sizes
from factory.synth.relations.engine import Trees


def _fitted(root: Path, people: int) -> Trees:
    simulate(people, 1, root / "data")
    contract = load(root / "data" / "contract.yaml")
    intake(contract, str(root / "data"), root / "intake")
    deidentify(contract, root / "intake", root / "deid", 1)
    made = Trees()
    made.fit(read_dataset(root / "deid")[1], contract, 1)
    return made


def _in_memory(fitted: Trees, people: int) -> None:
    model = fitted._models["encounters"]
    inner, table = model.sample, [0.0, 0.0]

    def timed(*given):  # type: ignore[no-untyped-def]
        cpu, wall = time.process_time(), time.perf_counter()
        made = inner(*given)
        table[0] += time.process_time() - cpu
        table[1] += time.perf_counter() - wall
        return made

    model.sample = timed  # type: ignore[method-assign]
    cpu, wall = time.process_time(), time.perf_counter()
    rows = len(fitted.sample(people, 1)["encounters"])
    whole = [time.process_time() - cpu, time.perf_counter() - wall]
    del model.sample
    for name, (busy, passed) in (("table", table), ("sample", whole)):
        print(f"{name:8} {rows:,} encounters: {rows / passed:,.0f} rows/s, {rows / busy:,.0f} a second of processor")


def _in_pieces(fitted: Trees, people: int, at_once: int) -> None:
    took = []
    for spread in (ALONE, Spread(processes=2)):
        with tempfile.TemporaryDirectory() as folder:
            wall = time.perf_counter()
            wanted = sizes(people, at_once)
            draw_pieces(fitted, wanted, 1, Path(folder), spread=spread)
            took.append(time.perf_counter() - wall)
            drawn = Drawn(Path(folder), len(wanted), fitted.contract, fitted.shapes)
            digest = hashlib.sha256()
            for path in sorted(Path(folder).glob("*.parquet")):
                digest.update(path.read_bytes())
            rows = drawn.rows["encounters"]
        said = f"{rows:,} encounters in {len(wanted)} pieces: {rows / took[-1]:,.0f} rows/s"
        print(f"pieces   {spread.processes} process(es), {said}, bytes {digest.hexdigest()[:12]}")
    print(f"pieces   two processes against one: {took[0] / took[1]:.2f} times as fast")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=20_000, help="learned from")
    parser.add_argument("--draw", type=int, default=100_000, help="people drawn")
    parser.add_argument("--at-once", type=int, default=25_000, help="people of a piece")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fitted = _fitted(Path(folder), given.people)
    _in_memory(fitted, min(given.draw, given.at_once))
    _in_pieces(fitted, given.draw, given.at_once)
    print(f"memory   {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB at most in this process")


if __name__ == "__main__":
    main()
