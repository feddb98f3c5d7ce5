"""A real PostgreSQL, from Debian's package: made in a folder of its own, killed and started again, dumped."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

AS = "postgres"
"""PostgreSQL refuses to run as root; Debian's package makes this user."""
OPTIONS = "-c listen_addresses='' -c max_connections=300"


def programs() -> Path | None:
    """The folder of the newest PostgreSQL's programs, if there is one."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _as_user(command: list[str], folder: Path) -> list[str]:
    if os.geteuid() != 0:
        return command
    shutil.chown(folder, AS, AS)
    return ["setpriv", f"--reuid={AS}", f"--regid={AS}", "--clear-groups", *command]


@dataclass(frozen=True)
class Postgres:
    """A cluster that listens on a socket in `root` only. Kept on disk at once, if `durable`."""

    root: Path
    bin: Path
    durable: bool

    @classmethod
    def make(cls, durable: bool = True) -> Postgres:
        """Make and start one; `programs()` must be there."""
        # Not under pytest's own folder, whose parents another run closes to other users.
        root = Path(tempfile.mkdtemp(prefix="factory-pg-"))
        root.chmod(0o755)
        made = cls(root, programs() or Path(), durable)
        made.data.mkdir(mode=0o700)
        log = root / "log"
        log.touch()
        log.chmod(0o666)
        made._run("initdb", "-D", made.data, "-U", "factory", "-A", "trust", "--no-sync", "-E", "UTF8")
        shutil.chown(root, made.data.owner(), made.data.group())
        made.start()
        return made

    @property
    def data(self) -> Path:
        return self.root / "data"

    def _run(self, program: str, *words: object, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        command = _as_user([str(self.bin / program), *map(str, words)], self.data)
        return subprocess.run(command, check=check, capture_output=True, cwd="/")

    def start(self) -> None:
        """Start it, again for a while: what a killed one held is let go of when its last child has ended."""
        options = f"{OPTIONS} -c unix_socket_directories={self.root} -c fsync={'on' if self.durable else 'off'}"
        words = ("-D", self.data, "-l", self.root / "log", "-w", "-o", options, "start")
        for _ in range(40):
            if self._run("pg_ctl", *words, check=False).returncode == 0:
                return
            time.sleep(0.25)
        raise AssertionError((self.root / "log").read_text()[-2000:])

    def kill(self) -> None:
        """SIGKILL to the process that all others of it hang on."""
        os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def stop(self) -> None:
        """End it and remove its folder."""
        self._run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop", check=False)
        shutil.rmtree(self.root, ignore_errors=True)

    @contextlib.contextmanager
    def admin(self):
        """A connection that may make and drop databases."""
        with psycopg.connect(host=str(self.root), user="factory", dbname="postgres", autocommit=True) as connection:
            yield connection

    def database(self, name: str) -> str:
        """A fresh database; returns its address."""
        with self.admin() as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"postgresql://factory@/{name}?host={self.root}"

    def dump(self, name: str) -> str:
        """All of a database as `pg_dump` writes it."""
        return self._run("pg_dump", "-h", self.root, "-U", "factory", name).stdout.decode()
