"""`factory convert`: read tables wherever they are kept, and write them in another format."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "read tables wherever they are kept, and write them in another format"
EXAMPLE = """
factory convert export/ tables
factory convert postgresql://reader@db/hospital tables --tables patients,admissions
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("source", metavar="FROM", help="a folder, a file, or the address of a database")
    parser.add_argument("out", type=Path, metavar="OUT", help="a new or empty folder")
    parser.add_argument("--tables", default="", metavar="A,B", help="only these (default: all)")
    parser.add_argument("--to", default="parquet", metavar="FORMAT", help="how they are written (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Write all tables or nothing."""
    from factory.core.errors import StorageError
    from factory.formats import open_source
    from factory.formats.convert import WRITERS, convert

    if args.to not in WRITERS:
        raise StorageError(f"Nothing writes the format {args.to}.", f"There are {', '.join(sorted(WRITERS))}.")
    tables = tuple(name.strip() for name in args.tables.split(",") if name.strip())
    convert(open_source(args.source), args.out, args.to, tables)
    print(args.out)
    return 0
