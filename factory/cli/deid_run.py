"""`factory deid run`: every table of a contract de-identified, in the source zone."""

from __future__ import annotations

import argparse
from pathlib import Path

from factory.cli.deid_table import add_common

HELP = "de-identify every table of a contract, notes included; the result stays in the source zone"
EXAMPLE = """
factory deid run contract.yaml --data hospital --out deidentified
factory deid run contract.yaml --out deidentified --profile hipaa-safe-harbor --profile pipl-anonymised
factory deid run contract.yaml --data postgresql://reader@localhost/ward --out deidentified
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("contract", type=Path)
    parser.add_argument(
        "--data",
        metavar="ADDRESS",
        help="a folder, a file or a database, as `produce` takes; default: the contract's folder",
    )
    parser.add_argument("--out", type=Path, required=True, help="a folder that is not there, or empty")
    add_common(parser)
    parser.add_argument("--audit", type=Path, help="log that gets the receipt of the key; default: OUT/audit.jsonl")
    parser.add_argument("--as", dest="who", default="deid", help="name in the log; default: %(default)s")


def run(args: argparse.Namespace) -> int:
    """De-identify and say where it is."""
    from factory.contract import load
    from factory.core.errors import FactoryError
    from factory.deid import deidentify_hospital

    if args.workers is not None and args.workers < 1:
        raise FactoryError("--workers must be 1 or more.")
    deidentify_hospital(
        load(args.contract),
        args.data or args.contract.parent,
        args.out,
        args.profile,
        args.seed,
        beside=args.contract.parent,
        workers=args.workers,
        audit=args.audit,
        who=args.who,
    )
    print(args.out)
    return 0
