"""factory audit: show the log of a run and prove that nothing in it was altered."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "show the log of a run, or prove that no entry was altered, dropped or moved"
EXAMPLE = """\
factory audit show RUN
factory audit verify RUN > checkpoint
factory audit verify RUN --checkpoint checkpoint
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    show = acts.add_parser("show", help="the entries, after proving them")
    verify = acts.add_parser("verify", help="prove the log and print its checkpoint, size:root")
    for act in (show, verify):
        act.add_argument("run_folder", type=Path, metavar="RUN", help="folder of the run")
    verify.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        help="an earlier checkpoint, kept where the log's keeper cannot write",
    )


def run(args: argparse.Namespace) -> int:
    """Recompute the log; a checkpoint printed today shows tomorrow that nothing was cut off."""
    from factory.audit import read, verify
    from factory.core.documents import read_capped
    from factory.core.errors import NotReady
    from factory.core.progress import say
    from factory.core.run import Run

    path = Run(args.run_folder).audit
    if not path.is_file():
        raise NotReady(f"{args.run_folder} has no audit log.", "Name the folder of a run.")
    if args.act == "show":
        for entry in read(path):
            print(f"{entry.number:>5}  {entry.at}  {entry.who}  {entry.act}  {entry.outcome}  {entry.subject[:16]}")
        return 0
    checkpoint = ""
    if args.checkpoint:
        checkpoint = read_capped(args.checkpoint, 1000).decode("ascii", "replace")
    print(verify(path, checkpoint))
    say("Every entry follows from those before it." + (" The log extends the checkpoint." if checkpoint else ""))
    return 0
