"""factory audit: show the log of a run or a room, prove that nothing in it was altered, sign a checkpoint of it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factory.store import Store

HELP = "show the log of a run or a room, prove that no entry was altered, dropped or moved, sign a checkpoint"
EXAMPLE = """\
factory audit show RUN
factory audit verify RUN > checkpoint
factory audit verify RUN --checkpoint checkpoint
factory audit verify --home room
factory audit checkpoint --home room --as "Mr Ng" --key ng.pem --out room-2026-11.json
factory audit verify --home room --checkpoint room-2026-11.json --trust people.yaml
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    show = acts.add_parser("show", help="the entries, after proving them")
    verify = acts.add_parser("verify", help="prove the log and print its checkpoint, size:root")
    sign = acts.add_parser("checkpoint", help="prove the log and sign its checkpoint, to be kept elsewhere")
    for act in (show, verify, sign):
        act.add_argument("run_folder", type=Path, nargs="?", metavar="RUN", help="folder of the run")
        act.add_argument("--home", type=Path, metavar="DIR", help="a review room's folder, instead of a run")
        act.add_argument("--store", default="", metavar="URL", help="a review room's database (or FACTORY_STORE)")
    verify.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        help="an earlier checkpoint, kept where the log's keeper cannot write",
    )
    verify.add_argument("--trust", type=Path, metavar="KEYS", help="people.yaml, for a checkpoint that is signed")
    sign.add_argument("--as", dest="name", required=True, metavar="NAME", help="your name in people.yaml")
    sign.add_argument("--key", type=Path, required=True, metavar="FILE", help="your private key")
    sign.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write")


def run(args: argparse.Namespace) -> int:
    """Recompute the log; a checkpoint taken today shows tomorrow that nothing was cut off."""
    from factory.core.progress import say
    from factory.review.checkpoint import read_checkpoint
    from factory.review.people import load_people

    if args.act == "show":
        return _show(args)
    if args.act == "checkpoint":
        return _sign(args)
    earlier = ""
    if args.checkpoint:
        earlier = read_checkpoint(args.checkpoint, load_people(args.trust) if args.trust else None)
    print(_proven(args, earlier))
    say("Every entry follows from those before it." + (" The log extends the checkpoint." if earlier else ""))
    return 0


def _proven(args: argparse.Namespace, earlier: str = "") -> str:
    if args.run_folder is None:
        from factory.catalog.keeper.check import check_catalogue
        from factory.review.room.check import check_rows
        from factory.store.log import verify as verify_room

        store = _store(args)
        proven = verify_room(store, earlier)
        blobs = (args.home or Path("room")) / "blobs"
        check_rows(store, blobs if blobs.is_dir() else None)
        check_catalogue(store)
        return proven
    from factory.audit import verify

    return verify(_log_of_run(args.run_folder), earlier)


def _show(args: argparse.Namespace) -> int:
    if args.run_folder is None:
        from factory.store import log

        store = _store(args)
        log.verify(store)
        with store.reading() as connection:
            newest, _ = log.entries(connection, limit=1_000_000)
        entries = newest[::-1]
    else:
        from factory.audit import read

        entries = read(_log_of_run(args.run_folder))
    for entry in entries:
        print(f"{entry.number:>5}  {entry.at}  {entry.who}  {entry.act}  {entry.outcome}  {entry.subject[:16]}")
    return 0


def _sign(args: argparse.Namespace) -> int:
    import datetime as dt

    from factory.core.files import check_free, write_bytes
    from factory.core.keys import load_private
    from factory.review.checkpoint import taken

    key = load_private(args.key)
    check_free(args.out)
    made = taken(_proven(args), args.name, key, dt.datetime.now(dt.UTC))
    write_bytes(args.out, made.data())
    print(made.text)
    return 0


def _store(args: argparse.Namespace) -> Store:
    from factory.core.errors import NotReady
    from factory.store import open_store

    url = args.store or os.environ.get("FACTORY_STORE", "")
    if not url and args.home is None:
        raise NotReady("No log is named.", "Name the folder of a run, or a room with --home or --store.")
    path = (args.home or Path("room")).resolve() / "room.db"
    if not url and not path.is_file():
        raise NotReady(f"{args.home} is not the folder of a room.", "See: factory room --help")
    return open_store(url or f"sqlite:///{path}")


def _log_of_run(folder: Path) -> Path:
    from factory.core.errors import NotReady
    from factory.core.run import Run

    path = Run(folder).audit
    if not path.is_file():
        raise NotReady(f"{folder} has no audit log.", "Name the folder of a run.")
    return path
