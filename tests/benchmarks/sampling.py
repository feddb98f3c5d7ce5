"""How fast the engine `trees` draws the simulated hospital, alone and with two processes: rows of encounters a second.

    python tests/benchmarks/sampling.py --people 20000 --draw 100000 --dask

Counted: `table`, the columns of encounters alone, the people they belong to given; `sample`, all tables with keys,
rules and types, in memory; `pieces`, the same written to Parquet in pieces, by one process and by two, start and all;
with `--dask` by a scheduler's workers, one and two, which were there before.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from dask_cluster import cluster

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
    took = [
        _drawn(fitted, sizes(people, at_once), spread, f"pieces   {spread.processes} process(es)")
        for spread in (ALONE, Spread(processes=2))
    ]
    print(f"pieces   two processes against one: {took[0] / took[1]:.2f} times as fast")


def _on_dask(fitted: Trees, people: int, at_once: int) -> None:
    took = []
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as folder, cluster(workers, Path(folder)) as made:
            spread = Spread(scheduler=made.address)
            # What workers import they have imported, as those have that wait for work.
            with tempfile.TemporaryDirectory() as other:
                draw_pieces(fitted, [500] * 4 * workers, 3, Path(other), spread=spread)
            took.append(_drawn(fitted, sizes(people, at_once), spread, f"dask     {workers} worker(s)"))
    print(f"dask     two workers against one: {took[0] / took[1]:.2f} times as fast")


def _drawn(fitted: Trees, wanted: list[int], spread: Spread, who: str) -> float:
    """Seconds that drawing pieces took; prints rows a second and the digest of all bytes."""
    with tempfile.TemporaryDirectory() as folder:
        wall = time.perf_counter()
        draw_pieces(fitted, wanted, 1, Path(folder), spread=spread)
        took = time.perf_counter() - wall
        rows = Drawn(Path(folder), len(wanted), fitted.contract, fitted.shapes).rows["encounters"]
        digest = hashlib.sha256()
        for path in sorted(Path(folder).glob("*.parquet")):
            digest.update(path.read_bytes())
    said = f"{rows:,} encounters in {len(wanted)} pieces: {rows / took:,.0f} rows/s"
    print(f"{who}, {said}, bytes {digest.hexdigest()[:12]}", flush=True)
    return took


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=20_000, help="learned from")
    parser.add_argument("--draw", type=int, default=100_000, help="people drawn")
    parser.add_argument("--at-once", type=int, default=25_000, help="people of a piece")
    parser.add_argument("--dask", action="store_true", help="by a Dask scheduler's workers too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fitted = _fitted(Path(folder), given.people)
    _in_memory(fitted, min(given.draw, given.at_once))
    _in_pieces(fitted, given.draw, given.at_once)
    if given.dask:
        _on_dask(fitted, given.draw, given.at_once)
    print(f"memory   {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB at most in this process")


if __name__ == "__main__":
    main()
