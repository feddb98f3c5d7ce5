"""`factory deid table`: one table de-identified, from a file or a pipe."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HELP = "de-identify one table, with a contract or with one drafted from it"
EXAMPLE = """
factory deid table patients.csv --contract contract.yaml --out patients.deid.csv
factory deid table - --profile hipaa-safe-harbor < a.csv > b.csv
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("file", metavar="FILE", help="CSV or Parquet; - is the standard input")
    parser.add_argument("--out", type=Path, help="CSV or Parquet by its name; default: CSV to the standard output")
    parser.add_argument("--contract", type=Path, help="default: one is drafted, each row a person")
    parser.add_argument("--table", help="name of the table in the contract; default: the file's")
    add_common(parser)
    parser.add_argument("--log", type=Path, help="folder for decisions, receipt and audit log; default: OUT.log")


def add_common(parser: argparse.ArgumentParser) -> None:
    """Arguments that `deid table` and `deid run` share."""
    parser.add_argument(
        "--profile",
        action="append",
        default=[],
        help="repeat for several, the strictest wins: hipaa-safe-harbor, hipaa-expert-determination, gdpr-anonymous, "
        "pipl-anonymised; default: the contract's regimes",
    )
    parser.add_argument("--seed", type=int, help="the same seed gives the same bytes; default: a fresh secret")
    parser.add_argument("--workers", type=int, help="threads; default: as many as processors, 4 at most")


def run(args: argparse.Namespace) -> int:
    """De-identify, and say where decisions and receipt are."""
    from factory.contract import load
    from factory.core.errors import FactoryError
    from factory.core.progress import say
    from factory.deid import deidentify_table
    from factory.deid.custody import close

    if args.workers is not None and args.workers < 1:
        raise FactoryError("--workers must be 1 or more.")
    done = deidentify_table(
        sys.stdin.buffer if args.file == "-" else Path(args.file),
        args.out or sys.stdout.buffer,
        load(args.contract) if args.contract else None,
        args.table,
        args.profile,
        args.seed,
        beside=args.contract.parent if args.contract else None,
        workers=args.workers,
    )
    for decision in done.decisions:
        notes = "".join(f"; {note}" for note in decision.notes)
        say(f"{decision.column}: {decision.operator} ({decision.changed:,} of {decision.cells:,} cells){notes}")
    log = args.log or (args.out.with_name(f"{args.out.name}.log") if args.out else None)
    if log is not None:
        close(log, done.decisions, done.receipt, None, "deid")
        say(f"decisions and the receipt of the key: {log}")
    say(f"key {done.receipt['key']} was in memory only and is destroyed")
    return 0
