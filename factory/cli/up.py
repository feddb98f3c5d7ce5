"""factory up: Prefect with its workers, the review room and the catalogue, for one machine."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "start Prefect's server and workers, the review room and the catalogue on this machine"
EXAMPLE = """\
factory up --home /srv/factory
factory up --home /srv/factory --store postgresql://factory@db/factory --source-limit 4
factory up --home /srv/factory --source-user factory-source --release-user factory-release    # as root
kill $(cat /srv/factory/up.pid)
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("--home", type=Path, default=Path("factory-home"), metavar="DIR", help="folder; factory-home/")
    parser.add_argument(
        "--store", default="", metavar="URL", help="PostgreSQL for room and Prefect (or FACTORY_STORE); else SQLite"
    )
    parser.add_argument("--port", type=int, default=8321, metavar="N", help="port of the room; 8321")
    parser.add_argument("--prefect-port", type=int, default=4200, metavar="N", help="port of Prefect; 4200")
    parser.add_argument("--source-limit", type=int, metavar="N", help="stages of runs at work at once; 2")
    parser.add_argument("--release-limit", type=int, metavar="N", help="releases sealed at once; 1")
    parser.add_argument("--source-user", metavar="USER", help="who the source zone's worker runs as; root only")
    parser.add_argument(
        "--release-user", metavar="USER", help="who the release worker, the room and Prefect's server run as; root only"
    )
    parser.add_argument("--metrics", default="", metavar="[ADDRESS:]PORT", help="a port for the room's figures")
    parser.add_argument("--as", dest="signer", default="", metavar="NAME", help="who signs what was taken back")
    parser.add_argument("--key", type=Path, metavar="FILE", help="their private key, of the role catalogue")


def run(args: argparse.Namespace) -> int:
    """Check what can be checked, then become the process that looks after the others."""
    import os
    import sys
    from importlib.util import find_spec

    from factory.core.errors import NotReady
    from factory.core.telemetry import silence

    _check_users(args)
    _check_store(args.store or os.environ.get("FACTORY_STORE", ""))
    if find_spec("flows") is None or find_spec("prefect") is None:
        raise NotReady("Prefect or the flows are not installed.", "Install the extra `produce`; see: factory doctor")
    silence()
    if args.store:
        # Through the environment: a command line is shown to every user of the machine, and this may hold a password.
        os.environ["FACTORY_STORE"] = args.store
    words = [str(args.home), "--port", str(args.port), "--prefect-port", str(args.prefect_port)]
    for flag, value in (("--source-user", args.source_user), ("--release-user", args.release_user)):
        words += [flag, value] if value else []
    for zone, size in (("source", args.source_limit), ("release", args.release_limit)):
        words += ["--size", f"{zone}={size}"] if size else []
    if args.metrics:
        words += ["--serve=--metrics", f"--serve={args.metrics}"]
    if args.signer and args.key:
        words += [f"--serve={word}" for word in ("--as", args.signer, "--key", str(args.key.resolve()))]
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "flows.up", *words])  # noqa: S606 - our own module


def _check_users(args: argparse.Namespace) -> None:
    import os
    import pwd

    from factory.core.errors import NotReady

    named = [user for user in (args.source_user, args.release_user) if user]
    if named and os.geteuid() != 0:
        raise NotReady("Only root can start processes as other users.", "Leave --source-user and --release-user out.")
    for user in named:
        try:
            pwd.getpwnam(user)
        except KeyError:
            raise NotReady(f"There is no user {user} here.", f"Make one: useradd --system {user}") from None
    if len(set(named)) == 1 and len(named) == 2:
        raise NotReady("Source and release zone have one user.", "Name two, or none.")
    for size in (args.source_limit, args.release_limit):
        if size is not None and size < 1:
            raise NotReady("A limit below 1 lets nothing run.", "Say --source-limit 1 or more.")


def _check_store(store: str) -> None:
    from factory.core.errors import StorageError

    if store and not store.startswith(("postgresql://", "postgresql+psycopg://", "sqlite:///")):
        raise StorageError("The address of the store is not one of a database.", "Give postgresql://user@host/name.")
