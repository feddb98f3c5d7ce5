"""The line on simulated hospitals of growing size: wall time, processor time and peak memory by stage, and by person.

python tests/benchmarks/scale.py WORK [PATIENTS ...] [--stages intake,deid,split] [--workers 1,2] [--engine trees]

Data and runs lie in the folder WORK and are kept, so that a run is gone on with. With several numbers of workers the
stage `deid` is done by each, the ratio of their wall times is printed, and their tables are compared by digest. The
load of the machine is printed beside: a ratio measured beside other work says little.
"""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

from factory.core.spread import Spread
from factory.core.tables import load_ref
from factory.line.produce import prepare
from factory.line.stages import STAGES, run_stage
from factory.line.timings import timings
from factory.simulate import simulate

GB = 1 << 30


def main() -> None:
    asked = _arguments()
    for patients in asked.patients:
        data = asked.work / f"hospital-{patients}"
        if not data.exists():
            simulate(patients, 1, data, "parquet")
        print(f"{patients:,} patients; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors", flush=True)
        made = {}
        for workers in map(int, asked.workers.split(",")):
            run = prepare(
                data / "contract.yaml", str(data), asked.work / f"run-{patients}", asked.engine, 1, "producer", None,
                Spread(workers),
            )  # fmt: skip
            if made:
                shutil.rmtree(run.stage("deid"))
            for stage in asked.stages.split(",") if not made else ["deid"]:
                before = len(timings(run))
                run_stage(run.root, stage)
                for cost in timings(run)[before:]:
                    _show(cost, patients, workers)
            if run.stage("deid").exists():
                made[workers] = (_last(run), load_ref(run.stage("deid")).tables)
        if len(made) > 1:
            _compare(made)


def _last(run):
    return [cost for cost in timings(run) if cost.stage == "deid"][-1]


def _show(cost, patients, workers) -> None:
    each = 1000 / patients
    print(
        f"  {cost.stage:8} workers {workers}  wall {cost.wall_s:8.1f} s  processor {cost.cpu_s:8.1f} s"
        f"  peak {cost.peak_bytes / GB:5.2f} GB  a person {cost.cpu_s * each:6.3f} ms of processor",
        flush=True,
    )


def _compare(made) -> None:
    first, *others = made
    for other in others:
        ratio = made[first][0].wall_s / made[other][0].wall_s
        same = "the same" if made[first][1] == made[other][1] else "OTHER"
        print(f"  deid: {other} workers against {first}: {ratio:.2f} times as fast, {same} tables", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("patients", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--stages", default=",".join(stage.name for stage in STAGES))
    parser.add_argument("--workers", default="1")
    parser.add_argument("--engine", default="trees")
    return parser.parse_args()


if __name__ == "__main__":
    main()
