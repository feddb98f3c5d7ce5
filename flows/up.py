"""`factory up`: Prefect's server, its workers, the review room and the catalogue, on this machine's loopback.

HOME/runs       the runs; each with its source zone, closed to all but the source worker's user
HOME/room       the review room and the catalogue
HOME/prefect    Prefect's database, where no store is given, and a folder for each process that uses it
HOME/log        what each process says
"""

from __future__ import annotations

import argparse
import os
import pwd
import shutil
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from factory.core import logs
from factory.core.errors import FactoryError, NotReady
from factory.core.files import storage_errors
from factory.core.progress import say, step
from flows import settings, store_for_prefect, watchdog
from flows.supervisor import Service, Supervisor, only_one

LOOPBACK = "127.0.0.1"
READY_SECONDS = 180.0


@dataclass(frozen=True)
class Plan:
    """What is to run: where, on which ports, as whom."""

    home: Path
    store: str
    port: int
    prefect_port: int
    source_user: str | None
    release_user: str | None
    sizes: tuple[str, ...]
    serve: tuple[str, ...]

    @property
    def api(self) -> str:
        """Address of Prefect's API."""
        return f"http://{LOOPBACK}:{self.prefect_port}/api"


def main(argv: list[str]) -> int:
    """Run until told to stop; returns the exit code."""
    try:
        _run(_plan(argv))
    except FactoryError as error:
        if logs.is_json():
            logs.event("failed", error=type(error).__name__, exit_code=error.exit_code)
        else:
            print(f"factory: {error.message}\n  {error.fix}", file=sys.stderr)
        return error.exit_code
    return 0


def _plan(argv: list[str]) -> Plan:
    """The arguments as `factory up` passes them on; they are checked there."""
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--prefect-port", type=int, required=True)
    parser.add_argument("--source-user")
    parser.add_argument("--release-user")
    parser.add_argument("--size", action="append", default=[])
    parser.add_argument("--serve", action="append", default=[])
    said = parser.parse_args(argv)
    return Plan(
        said.home.resolve(), os.environ.get("FACTORY_STORE", ""), said.port, said.prefect_port, said.source_user,
        said.release_user, tuple(said.size), tuple(said.serve),
    )  # fmt: skip


def _run(plan: Plan) -> None:
    settings.apply()
    _folders(plan)
    with only_one(plan.home / "up.pid"):
        watchdog.start()
        made = Supervisor()
        made.on_signals()
        try:
            with step("start Prefect's server"):
                made.start(_server(plan))
                _wait(made, f"{plan.api}/health")
            if not made.stopping:
                with step("make work pools, limits and deployments"):
                    _deploy(plan)
                for service in (_worker(plan, "source"), _worker(plan, "release"), _room(plan)):
                    made.start(service)
                _wait(made, f"http://{LOOPBACK}:{plan.port}/static/room.css", any_answer=True)
            if not made.stopping:
                _tell(plan)
                made.watch()
        finally:
            with step("stop"):
                made.stop()


def _folders(plan: Plan) -> None:
    """Make the folders of HOME, each owned by who works in it. Raises: StorageError."""
    owners = {
        "": (None, 0o755),
        "log": (None, 0o750),
        "prefect": (None, 0o755),
        "runs": (plan.source_user, 0o755),
        "prefect/source": (plan.source_user, 0o700),
        "prefect/release": (plan.release_user, 0o700),
        "prefect/server": (plan.release_user, 0o700),
        "room": (plan.release_user, 0o700),
        "releases": (plan.release_user, 0o700),
    }
    for name, (user, mode) in owners.items():
        folder = plan.home / name
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)
            if user:
                shutil.chown(folder, user, -1)
    if plan.source_user and plan.release_user:
        share(plan.home / "runs", -1, -1, pwd.getpwnam(plan.release_user).pw_gid)


def share(runs: Path, user: int, group: int, sealing: int) -> None:
    """Let the group of who seals write into runs that another user makes; a run's source zone stays its owner's."""
    with storage_errors(runs):
        os.chown(runs, user, group)
        os.chown(runs, -1, sealing)
        runs.chmod(0o2775)  # what is made in it is of that group


def _environment(plan: Plan, who: str) -> dict[str, str]:
    folder = str(plan.home / "prefect" / who)
    # HOME too: some libraries cache in it, and another user's is closed.
    given = {**os.environ, "PREFECT_HOME": folder, "PREFECT_API_URL": plan.api, "HOME": folder}
    if who == "server":
        del given["PREFECT_API_URL"]
        given |= store_for_prefect.environment(plan.store)
    if who == "source":
        # An officer's key and the store, whose address may hold a password, are nothing for the source zone.
        for name in ("FACTORY_KEY", "FACTORY_STORE", "FACTORY_STORAGE"):
            given.pop(name, None)
    return given


def _service(plan: Plan, name: str, who: str, user: str | None, *command: str) -> Service:
    log = plan.home / "log" / f"{name}.log"
    # Files of a run are writable for the group that seals; without users of their own there is no such group.
    mask = 0o002 if plan.source_user and plan.release_user and who == "source" else -1
    return Service(name, (sys.executable, "-m", *command), _environment(plan, who), plan.home, log, user, mask)


def _server(plan: Plan) -> Service:
    words = ("server", "start", "--host", LOOPBACK, "--port", str(plan.prefect_port))
    return _service(plan, "prefect-server", "server", plan.release_user, "prefect", *words)


def _worker(plan: Plan, zone: str) -> Service:
    user = plan.source_user if zone == "source" else plan.release_user
    words = ("worker", "start", "--pool", zone, "--type", "process", "--name", f"{zone}-1")
    return _service(plan, f"worker-{zone}", zone, user, "prefect", *words)


def _room(plan: Plan) -> Service:
    words = ("serve", "--home", str(plan.home / "room"), "--port", str(plan.port), *plan.serve)
    return _service(plan, "room", "release", plan.release_user, "factory.cli", *words)


def _deploy(plan: Plan) -> None:
    """Raises: NotReady."""
    service = _service(
        plan, "deployments", "source", plan.source_user, "flows.deployments", str(plan.home), *plan.sizes
    )
    if service.start().wait(READY_SECONDS) != 0:
        raise NotReady("The deployments could not be made.", f"Read {service.log}, and see: factory doctor")


def _wait(made: Supervisor, address: str, any_answer: bool = False) -> None:
    """Wait until somebody answers, or a signal comes. Raises: NotReady."""
    until = time.monotonic() + READY_SECONDS
    while not made.stopping:
        made.look()
        try:
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310 - our own, on loopback
            return
        except urllib.error.HTTPError:
            if any_answer:
                return
        except OSError:
            pass
        if time.monotonic() > until:
            raise NotReady(f"Nobody answers at {address}.", "Read the logs in HOME/log, and see: factory doctor")
        time.sleep(0.3)


def _tell(plan: Plan) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(show_header=False, box=None)
    table.add_row("review room, catalogue", f"http://{LOOPBACK}:{plan.port}/")
    table.add_row("Prefect", f"http://{LOOPBACK}:{plan.prefect_port}/")
    table.add_row("runs", str(plan.home / "runs"))
    table.add_row("logs", str(plan.home / "log"))
    table.add_row("stop", f"kill {os.getpid()}, or Ctrl-C")
    Console(width=200).print(table, highlight=False)
    sys.stdout.flush()
    say("up")
    logs.event("up")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
