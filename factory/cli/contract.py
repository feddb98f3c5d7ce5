"""`factory contract`: draft a contract from data, or check data against one."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "draft a data contract from data, or check data against one"
EXAMPLE = """
factory contract draft export/patients.csv export/encounters.csv > contract.yaml
factory contract draft "postgresql://reader@db/hospital?schema=emr" --tables patients,admissions > contract.yaml
factory contract draft omop:cdm > contract.yaml
factory contract check contract.yaml --data export
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    drafting = actions.add_parser("draft", help="write a contract to standard output, each guess with its reason")
    drafting.add_argument(
        "paths", nargs="+", metavar="DATA", help="files, or the address of a folder, database or store"
    )
    drafting.add_argument("--tables", default="", metavar="A,B", help="only these (default: all)")
    drafting.add_argument("--name", default="data-set", help="name of the data set")
    checking = actions.add_parser("check", help="say everything that does not hold, and where")
    checking.add_argument("contract", type=Path)
    checking.add_argument("--data", metavar="ADDRESS", help="as for produce (default: the contract's folder)")


def run(args: argparse.Namespace) -> int:
    """Run the action."""
    return _draft(args) if args.action == "draft" else _check(args)


def _draft(args: argparse.Namespace) -> int:
    from factory.core.errors import TableMissing
    from factory.formats.combined import Chosen, Several
    from factory.formats.source import open_source
    from factory.intake.draft import draft_source

    sources = [open_source(path) for path in args.paths]
    source = sources[0] if len(sources) == 1 else Several(tuple(sources))
    tables = tuple(name.strip() for name in args.tables.split(",") if name.strip())
    source = Chosen(source, tables) if tables else source
    if not source.tables():
        raise TableMissing("There is no table there.", "Name files, a folder of them, or a database.")
    print(draft_source(source, args.name), end="")
    return 0


def _check(args: argparse.Namespace) -> int:
    from factory.contract import load
    from factory.intake.validate import examine

    contract = load(args.contract)
    _, findings = examine(contract, str(args.data or args.contract.parent))
    for finding in findings:
        print(f"{'error' if finding.fatal else 'note '} {finding.error}")
    fatal = [finding for finding in findings if finding.fatal]
    if not fatal:
        print(f"{args.contract.name}: the data keep the contract{f', with {len(findings)} notes' if findings else ''}.")
        return 0
    return fatal[0].error.exit_code
