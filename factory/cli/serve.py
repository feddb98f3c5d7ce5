"""factory serve: the review room and the catalogue in a browser, and the data under tokens."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "serve the review room, and the catalogue with its data for licensees"
EXAMPLE = """\
factory room people people.yaml --home room
factory room account "Dr Wong" --home room
factory serve --home room
factory serve --home room --as Catalogue --key catalogue.pem --metrics 9321
factory serve --home room --store postgresql://factory@db/room --host 0.0.0.0 --name review.hospital.example --https
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Arguments of the verb."""
    parser.add_argument("--home", type=Path, default=Path("room"), metavar="DIR", help="folder of the room; room/")
    parser.add_argument("--store", default="", metavar="URL", help="database; room.db in the folder (or FACTORY_STORE)")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen at; this machine's own"
    )
    parser.add_argument("--port", type=int, default=8321, metavar="N", help="port; 8321, and 0 takes a free one")
    parser.add_argument("--name", action="append", default=[], metavar="HOST", help="host name it is known under too")
    parser.add_argument(
        "--proxy", default="", metavar="ADDRESS", help="a proxy before it, whose word on who asks is believed"
    )
    parser.add_argument("--https", action="store_true", help="it stands behind a proxy that speaks https")
    parser.add_argument(
        "--storage", default="", metavar="URL", help="sealed files: a folder or s3://… (or FACTORY_STORAGE)"
    )
    parser.add_argument("--as", dest="signer", default="", metavar="NAME", help="who signs what was taken back")
    parser.add_argument("--key", type=Path, metavar="FILE", help="their private key, of the role catalogue")
    parser.add_argument(
        "--metrics",
        default="",
        metavar="[ADDRESS:]PORT",
        help="a port of its own for figures in Prometheus' format, at this machine's own address by default",
    )
    parser.add_argument("--oidc", type=Path, metavar="FILE", help="an OpenID provider to sign in with, a YAML file")


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop; requests under way are ended first."""
    import os
    import socket

    import uvicorn

    from factory.catalog.keeper import open_keeper, revoking
    from factory.core import logs
    from factory.core.errors import KeyInvalid, StorageError
    from factory.core.keys import load_private
    from factory.core.progress import say
    from factory.serve.app import create_app
    from factory.serve.metrics import Counted, Requests
    from factory.serve.metrics_port import listen, place
    from factory.serve.oidc import load_provider
    from factory.serve.settings import Settings

    storage = args.storage or os.environ.get("FACTORY_STORAGE", "")
    keeper = open_keeper(args.home, args.store or os.environ.get("FACTORY_STORE", ""), storage)
    room = keeper.room
    room.sweep()
    if bool(args.signer) != bool(args.key):
        raise KeyInvalid("Who signs what was taken back has a name and a key.", "Give --as NAME and --key FILE.")
    signer = (args.signer, load_private(args.key)) if args.key else None
    if signer:
        revoking.status(keeper, *signer)  # refused now rather than when somebody asks
    hosts = (*Settings().hosts, *(name.lower() for name in args.name))
    provider = load_provider(args.oidc) if args.oidc else None
    counted = Requests()
    app = Counted(create_app(room, Settings(hosts=hosts, https=args.https, provider=provider), keeper, signer), counted)
    try:
        listening = socket.create_server((args.host, args.port))
    except OSError:
        raise StorageError(f"Port {args.port} cannot be listened at.", "Name another with --port.") from None
    port = listening.getsockname()[1]
    if args.metrics:
        say(f"Figures are at port {listen(place(args.metrics), counted, keeper)}, /metrics.")
    logs.event("serving", port=port)
    say(f"The review room is at http://{args.host}:{port}/")
    print(f"http://{args.host}:{port}/", flush=True)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, timeout_keep_alive=10, limit_concurrency=400,
        timeout_graceful_shutdown=10,
        # Who asks is told by the connection, unless a proxy is named: anybody can write the header.
        proxy_headers=bool(args.proxy), forwarded_allow_ips=args.proxy or None,
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listening])
    return 0
