"""`factory simulate`: a hospital's raw export of any size, with real clinical values and invented identities."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "write a simulated hospital: patients, encounters, notes and their contract"
EXAMPLE = """
factory simulate --patients 2000 --seed 7 --out hospital
factory simulate --patients 1000000 --seed 1 --out big --format parquet
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("--patients", type=int, required=True, help="number of people")
    parser.add_argument("--seed", type=int, required=True, help="the same seed gives the same bytes")
    parser.add_argument("--out", type=Path, required=True, help="a folder that is not there, or empty")
    parser.add_argument("--format", choices=("csv", "parquet"), default="csv", help="default: %(default)s")
    parser.add_argument("--clinical", type=Path, help="another copy of diabetes130 (csv, csv.gz or parquet)")


def run(args: argparse.Namespace) -> int:
    """Simulate and say where it is."""
    from factory.core.errors import FactoryError
    from factory.core.progress import step
    from factory.simulate import simulate

    if args.patients < 1:
        raise FactoryError("--patients must be 1 or more.")
    with step(f"simulate {args.patients:,} patients"):
        simulate(args.patients, args.seed, args.out, args.format, args.clinical)
    print(args.out)
    return 0
