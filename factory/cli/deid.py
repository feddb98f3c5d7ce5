"""`factory deid`: de-identify text, a table or a whole hospital, or measure how well it is done."""

from __future__ import annotations

import argparse
import importlib

HELP = "de-identify text, a table or a hospital, or measure it on a labelled corpus"
EXAMPLE = """
factory deid text note.txt
factory deid table patients.csv --out patients.deid.csv
factory deid run contract.yaml --data hospital --out deidentified
factory deid evaluate ../shared/data/phi-presidio-synth
"""
VERBS = ("text", "table", "run", "evaluate")


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb: those of the four it holds."""
    verbs = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    for name in VERBS:
        module = importlib.import_module(f"factory.cli.deid_{name}")
        verb = verbs.add_parser(
            name,
            help=module.HELP,
            description=module.HELP,
            epilog="example:\n" + "\n".join(f"  {line}" for line in module.EXAMPLE.strip().splitlines()),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.configure(verb)
        verb.set_defaults(run=module.run)


def run(args: argparse.Namespace) -> int:
    """Never called: each verb below sets its own."""
    raise AssertionError(args.what)
