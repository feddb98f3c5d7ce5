"""factory room: people, accounts and candidates of a review room, from a terminal."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factory.review.room import Room, Submission

HELP = "people, accounts and candidates of a review room"
EXAMPLE = """\
factory room people people.yaml --home room
factory room account "Dr Wong" --home room
factory room submit RUN --key alice.pem --home room
factory room list --home room
factory room settle --home room
factory room export DIGEST --home room --out RUN/release
factory room revoke DIGEST --home room --as "Ms Lee" --reason "A person withdrew."
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    people = acts.add_parser("people", help="register everybody of a people.yaml")
    people.add_argument("file", type=Path, metavar="FILE", help="people.yaml")
    account = acts.add_parser("account", help="give a registered person a password and a second factor")
    account.add_argument("name", metavar="NAME", help="a name of people.yaml")
    account.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    submit = acts.add_parser("submit", help="bring a run's candidate in, or a candidate's folder")
    submit.add_argument("folder", type=Path, metavar="RUN", help="a run, or a candidate's folder")
    submit.add_argument("--key", type=Path, required=True, metavar="FILE", help="its producer's private key")
    acts.add_parser("settle", help="refuse what nobody answered in time, expire what is over, clear stray files")
    acts.add_parser("list", help="the candidates, newest first")
    show = acts.add_parser("show", help="one candidate and what was done to it")
    export = acts.add_parser("export", help="votes, answers and proof of a decided candidate, for its release")
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write into: RUN/release")
    revoke = acts.add_parser("revoke", help="take a release back")
    revoke.add_argument("--as", dest="name", required=True, metavar="NAME", help="the release officer")
    revoke.add_argument("--reason", required=True, metavar="TEXT", help="why; kept as a comment")
    for act in (show, export, revoke):
        act.add_argument("digest", metavar="DIGEST", help="the candidate's digest, or the beginning of it")
    for act in acts.choices.values():
        act.add_argument("--home", type=Path, default=Path("room"), metavar="DIR", help="folder of the room; room/")
        act.add_argument("--store", default="", metavar="URL", help="database; room.db in it (or FACTORY_STORE)")


def run(args: argparse.Namespace) -> int:
    """Do one act."""
    from factory.review.room import open_room

    room = open_room(args.home, args.store or os.environ.get("FACTORY_STORE", ""))
    acts = {
        "people": _people, "account": _account, "submit": _submit, "list": _list, "show": _show, "export": _export,
        "revoke": _revoke, "settle": _settle,
    }  # fmt: skip
    acts[args.act](room, args)
    return 0


def _people(room: Room, args: argparse.Namespace) -> None:
    from factory.review.people import load_people

    room.add_people(load_people(args.file), "terminal")
    for person in room.people().people:
        print(f"{person.name}: {', '.join(person.roles)}")


def _account(room: Room, args: argparse.Namespace) -> None:
    import getpass
    import sys

    from factory.serve.accounts import create_account

    password = sys.stdin.readline().rstrip("\n") if args.password_stdin else getpass.getpass("Password: ")
    uri = create_account(room, args.name, password)
    print(uri)
    print("Scan this address with an authenticator; it is not shown again.", file=sys.stderr)


def _submit(room: Room, args: argparse.Namespace) -> None:
    from factory.core.keys import load_private
    from factory.core.run import Run
    from factory.review.candidate import load_candidate
    from factory.review.permissions import check_owns_key

    folder = Run(args.folder).candidate if (args.folder / "run.json").is_file() else args.folder
    candidate, _ = load_candidate(folder)
    check_owns_key(room.people(), candidate.producer, load_private(args.key))
    print(room.submit(folder, candidate.producer).digest)


def _settle(room: Room, _: argparse.Namespace) -> None:
    print(f"{room.settle()} candidates timed out or expired, {room.sweep()} stray files cleared")


def _list(room: Room, _: argparse.Namespace) -> None:
    for item in room.queue(limit=500).items:
        print(f"{item.digest[:12]}  {item.state:16}  {item.review_by}  {item.name} {item.version}")


def _show(room: Room, args: argparse.Namespace) -> None:
    from factory.core.run import RunState

    found = _found(room, args.digest)
    print(f"candidate  {found.digest}")
    print(f"data       {found.name} {found.version}: {found.title}")
    print(f"state      {found.state}" + ("" if found.state is RunState.AWAITING_REVIEW else f", {found.votes} votes"))
    for entry in reversed(room.history(found.digest, limit=500).items):
        print(f"{entry.number:8}   {entry.at} {entry.who}: {entry.act}, {entry.outcome}")


def _export(room: Room, args: argparse.Namespace) -> None:
    from factory.review.room.export import export

    export(room, _found(room, args.digest).digest, args.out)
    print(args.out)


def _revoke(room: Room, args: argparse.Namespace) -> None:
    from factory.core.errors import ReviewError
    from factory.review.people import Role

    person = room.people().get(args.name)
    if person is None or Role.RELEASE_OFFICER not in person.roles:
        raise ReviewError(f"{args.name} is no release officer of this room.", "See: factory room people FILE")
    print(room.revoke(_found(room, args.digest).digest, args.name, args.reason).state)


def _found(room: Room, beginning: str) -> Submission:
    from factory.core.errors import NotReady

    if len(beginning) == 64:
        return room.get(beginning)
    found = [item for item in room.queue(limit=10_000).items if item.digest.startswith(beginning)]
    if len(found) != 1:
        raise NotReady("There is no such candidate in this room, or more than one.", "See: factory room list")
    return found[0]
