"""factory pull: verify a bundle and take the tables out of it."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "verify a bundle, then write its tables, documents and licence into a folder"
EXAMPLE = """\
factory pull bundle.zip --trust hospital-people.yaml --out data
factory pull bundle.zip --trust hospital-people.yaml --out data --format csv
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a bundle's folder or its .zip file")
    parser.add_argument(
        "--trust", type=Path, required=True, metavar="KEYS", help="people.yaml you had over another channel"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new or empty folder")
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet", help="how tables are written")


def run(args: argparse.Namespace) -> int:
    """Verify, then write everything or nothing."""
    from factory.catalog.client import pull
    from factory.core.progress import say

    verified = pull(args.bundle, args.trust, args.out, args.format)
    for path in verified.candidate.tables().values():
        print((args.out / path).with_suffix(f".{args.format}"))
    licence = verified.licence
    say(f"Licensed to {licence.licensee.name} until {licence.expires}; read {args.out / 'licence.txt'} first.")
    return 0
