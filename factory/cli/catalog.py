"""factory catalog: publish, give out tokens, take back, see who used what; for who keeps the catalogue."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factory.catalog.keeper import Keeper

HELP = "keep the catalogue: publish releases, give out tokens, take back, see who used what"
REASONS = ("withdrawal", "breach", "error", "superseded", "other")
EXAMPLE = """\
factory catalog publish RUN --home room
factory catalog token L-2026-001 --home room
factory catalog client pharma-etl L-2026-001 --home room
factory catalog revoke sample-hospital@1.0.0 --reason withdrawal --as "Ms Lee" --key lee.pem --home room
factory catalog revoke L-2026-001 --reason breach --as "Ms Lee" --key lee.pem --home room
factory catalog deprecate sample-hospital@1.0.0 --for 1.1.0 --as "Ms Lee" --key lee.pem --home room
factory catalog usage --home room --csv > usage.csv
factory catalog expiring --home room --days 30
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    publish = acts.add_parser("publish", help="bring in a released run with all its bundles, or one sealed ZIP")
    publish.add_argument("run_folder", type=Path, metavar="RUN|ZIP", help="a run's folder, or a bundle that came alone")
    acts.add_parser("list", help="releases, newest version of each data set first")
    token = acts.add_parser("token", help="a new token for a licence; shown once")
    token.add_argument("licence", metavar="LICENCE", help="the licence's id")
    token.add_argument("--days", type=int, default=90, metavar="N", help="how long it is good; 90")
    token.add_argument("--scope", choices=("pull", "read"), default="pull", help="`read` shows the entry only")
    acts.add_parser("tokens", help="the tokens there are, by the beginning of their digests, and the clients")
    end = acts.add_parser("end-token", help="end a token at once, with all it was exchanged for")
    end.add_argument("token", metavar="DIGEST", help="the beginning of its digest, as `tokens` shows it")
    client = acts.add_parser("client", help="let a client of the OpenID provider pull under a licence")
    client.add_argument("client", metavar="CLIENT", help="its client_id at the provider")
    client.add_argument("licence", metavar="LICENCE", help="the licence's id")
    out = acts.add_parser("end-client", help="let a client of the OpenID provider pull no more")
    out.add_argument("client", metavar="CLIENT", help="its client_id at the provider")
    revoke = acts.add_parser("revoke", help="take a release back from everybody, or one licence")
    revoke.add_argument("what", metavar="NAME@VERSION|LICENCE", help="the release, or the licence's id")
    revoke.add_argument("--reason", choices=REASONS, required=True, help="why; a withdrawal also queues a re-synthesis")
    old = acts.add_parser("deprecate", help="say that a version is old, and which is better")
    old.add_argument("what", metavar="NAME@VERSION", help="the release")
    old.add_argument("--for", dest="successor", default="", metavar="VERSION", help="the version that is better")
    for act in (revoke, old):
        act.add_argument("--as", dest="name", required=True, metavar="NAME", help="the release officer")
        act.add_argument("--key", type=Path, required=True, metavar="FILE", help="their private key")
    acts.add_parser("queue", help="releases withdrawn for a person, and what replaced them")
    acts.add_parser("requests", help="who asks for a licence")
    ending = acts.add_parser("expiring", help="licences, evidence and tokens that end soon or have ended")
    ending.add_argument("--days", type=int, default=60, metavar="N", help="how far ahead; 60")
    usage = acts.add_parser("usage", help="each licence's pulls, bytes, copies and royalty due")
    usage.add_argument("--csv", action="store_true", help="all of it, as CSV")
    for act in acts.choices.values():
        act.add_argument("--home", type=Path, default=Path("room"), metavar="DIR", help="folder of the room; room/")
        act.add_argument("--store", default="", metavar="URL", help="database; room.db in it (or FACTORY_STORE)")
        act.add_argument(
            "--storage", default="", metavar="URL", help="sealed files: a folder or s3://… (or FACTORY_STORAGE)"
        )


def run(args: argparse.Namespace) -> int:
    """Do one act."""
    from factory.catalog.keeper import open_keeper

    store = args.store or os.environ.get("FACTORY_STORE", "")
    keeper = open_keeper(args.home, store, args.storage or os.environ.get("FACTORY_STORAGE", ""))
    acts = {
        "publish": _publish, "list": _list, "token": _token, "tokens": _tokens, "end-token": _end, "client": _client,
        "end-client": _end_client,
        "revoke": _revoke, "deprecate": _deprecate, "queue": _queue, "requests": _requests, "usage": _usage,
        "expiring": _expiring,
    }  # fmt: skip
    acts[args.act](keeper, args)
    return 0


def _publish(keeper: Keeper, args: argparse.Namespace) -> None:
    from factory.catalog.keeper.publishing import publish, publish_sealed
    from factory.core.progress import say, step
    from factory.core.run import Run

    with step("verify the bundles and bring them in"):
        alone = args.run_folder.suffix == ".zip"
        candidate, fresh = publish_sealed(keeper, args.run_folder) if alone else publish(keeper, Run(args.run_folder))
    print(f"{candidate.name}@{candidate.version}")
    for licence in fresh:
        say(f"Licence {licence}: give its token to the licensee: factory catalog token {licence}")


def _list(keeper: Keeper, _: argparse.Namespace) -> None:
    from factory.catalog.keeper import listing

    for newest in listing.found(keeper):
        for item in listing.versions(keeper, newest.name):
            print(f"{item.name}@{item.version}  {item.state:10}  {item.published[:10]}  {item.title}")


def _token(keeper: Keeper, args: argparse.Namespace) -> None:
    from factory.catalog.keeper import tokens
    from factory.core.errors import NotReady
    from factory.core.progress import say

    if not 1 <= args.days <= 366:
        raise NotReady("A token is good for 1 to 366 days.", "Say --days 90.")
    print(tokens.issue(keeper, args.licence, "terminal", args.days, args.scope))
    say("It is not shown again, and kept as a digest only.")


def _tokens(keeper: Keeper, _: argparse.Namespace) -> None:
    from factory.catalog.keeper import tokens

    for row in tokens.listed(keeper):
        ended = f"ended {row.ended}" if row.ended else ""
        print(f"{row.digest[:12]}  {row.id}  {row.scope:4}  {row.created}  until {row.expires}  {ended}".rstrip())
    for row in tokens.clients_listed(keeper):
        ended = f"ended {row.ended}" if row.ended else ""
        print(f"client {row.client}  {row.id}  {row.created}  {ended}".rstrip())


def _end(keeper: Keeper, args: argparse.Namespace) -> None:
    from factory.catalog.keeper import tokens

    print(tokens.end(keeper, args.token, "terminal"), "ended")


def _client(keeper: Keeper, args: argparse.Namespace) -> None:
    from factory.catalog.keeper import tokens

    tokens.admit_client(keeper, args.client, args.licence, "terminal")


def _end_client(keeper: Keeper, args: argparse.Namespace) -> None:
    from factory.catalog.keeper import tokens

    tokens.end_client(keeper, args.client, "terminal")


def _revoke(keeper: Keeper, args: argparse.Namespace) -> None:
    from factory.catalog.keeper import revoking
    from factory.core.errors import NotReady
    from factory.core.keys import load_private
    from factory.core.progress import say

    revoking.check_officer(keeper, args.name, load_private(args.key))
    name, at, version = args.what.partition("@")
    if at and not version:
        raise NotReady("A release is taken back by its version.", "Say NAME@VERSION.")
    if at:
        revoking.revoke_release(keeper, name, version, args.name, args.reason)
    else:
        revoking.revoke_licence(keeper, args.what, args.name, args.reason)
    say("Taken back: pulls stop now, and who asks is told so.")
    if at and args.reason == "withdrawal":
        say("A re-synthesis is queued: produce the next version without the person, and publish it.")


def _deprecate(keeper: Keeper, args: argparse.Namespace) -> None:
    from factory.catalog.keeper import revoking
    from factory.core.keys import load_private

    revoking.check_officer(keeper, args.name, load_private(args.key))
    name, _, version = args.what.partition("@")
    revoking.deprecate(keeper, name, version, args.successor, args.name)


def _queue(keeper: Keeper, _: argparse.Namespace) -> None:
    from factory.catalog.keeper import revoking

    for row in revoking.queued(keeper):
        after = f"replaced by {row.successor}" if row.successor else "queued"
        print(f"{row.name}@{row.version}  withdrawn {row.at[:10]}  {after}")


def _requests(keeper: Keeper, _: argparse.Namespace) -> None:
    from factory.catalog.keeper import listing

    for item in listing.asked(keeper):
        print(f"{item['at']}  {item['name']}  {item['who']}  {item['purpose']}: {' '.join(item['text'].split())}")


def _expiring(keeper: Keeper, args: argparse.Namespace) -> None:
    import datetime as dt

    from factory.catalog.keeper.notices import notices

    for item in notices(keeper, dt.timedelta(days=args.days)):
        left = f"{item.days} days left" if item.days >= 0 else f"ended {-item.days} days ago"
        print(f"{item.last}  {item.kind:8}  {item.what}  {item.data}  {left}")


def _usage(keeper: Keeper, args: argparse.Namespace) -> None:
    from factory.catalog.keeper import usage

    found = usage.uses(keeper)
    if args.csv:
        print(usage.as_csv(found), end="")
        return
    for use in found:
        due = "as reported" if use.due is None else f"{use.due} {use.currency}".strip() if use.meter else "free"
        print(
            f"{use.licence}  {use.licensee}  {use.name}@{use.version}  {use.state}  {use.pulls} pulls, "
            f"{use.bytes:,} bytes, {use.copies} copies, due {due}"
        )
