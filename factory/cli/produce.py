"""`factory produce`: from the hospital's tables to a candidate that awaits review."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "de-identify, synthesize, measure and judge a hospital's tables; ends awaiting review"
EXAMPLE = """
factory produce sample_data/hospital/contract.yaml --data sample_data/hospital --run runs/first
factory produce contract.yaml --data export --run runs/second --as alice --people people.yaml --plain
factory produce contract.yaml --data export --run runs/large --workers 4
factory produce contract.yaml --data "postgresql://reader@db/hospital?schema=emr" --run runs/third
factory produce contract.yaml --data export --run runs/fourth --since runs/third
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("contract", type=Path, help="the data contract, a YAML file")
    parser.add_argument(
        "--data",
        required=True,
        metavar="ADDRESS",
        help="a folder of tables, a file, or the address of a database or store",
    )
    parser.add_argument("--run", type=Path, required=True, dest="folder", help="run folder, made or continued")
    parser.add_argument("--engine", default="auto", help="synthesizer (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="secret of the source zone; drawn at random when not given")
    parser.add_argument("--as", dest="producer", default="producer", help="name of the producer, who may not review")
    parser.add_argument(
        "--people", type=Path, help="people.yaml: who may review and release (default: beside the contract)"
    )
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes that share the work (default: 1)"
    )
    parser.add_argument(
        "--dask",
        default="",
        metavar="ADDRESS",
        help="a Dask scheduler of the source zone whose workers share the work, and the storage: tcp://HOST:PORT",
    )
    parser.add_argument(
        "--since",
        type=Path,
        metavar="RUN",
        help="learn only from people who are new or changed since this earlier run's batch",
    )
    parser.add_argument(
        "--register",
        type=Path,
        metavar="FOLDER",
        help="the register of batches, of the source zone (default: .register beside the run folder)",
    )
    parser.add_argument("--plain", action="store_true", help="run the same stages without Prefect")


def run(args: argparse.Namespace) -> int:
    """Prepare the run folder and run the stages by Prefect or plainly."""
    from factory.core.spread import spread_of
    from factory.line.produce import prepare
    from factory.line.runner import run_line

    spread = spread_of(args.workers, args.dask)
    beside = args.contract.parent / "people.yaml"
    people = args.people or (beside if beside.is_file() else None)
    made = prepare(
        args.contract,
        args.data,
        args.folder,
        args.engine,
        args.seed,
        args.producer,
        people,
        spread,
        args.since,
        args.register,
    )
    state = run_line(made, args.plain)
    print(f"{made.name}: {state.value}")
    print(f"dossier: {made.candidate / 'dossier.html'}")
    return 0
