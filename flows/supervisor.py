"""Processes that belong together: started in order, started again when one dies, ended together, none left behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import signal
import subprocess
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from factory.core import logs
from factory.core.errors import NotReady, StorageError
from factory.core.files import storage_errors
from factory.core.progress import say

MOST_RESTARTS = 5
WITHIN_SECONDS = 60.0
"""A service that dies more often than this within a minute will not live; all are ended."""
GRACE_SECONDS = 20.0


@dataclass(frozen=True)
class Service:
    """A process: name, command, environment, the folder it works in, its log; its user and umask where they differ."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    user: str | None = None
    umask: int = -1

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, leader of a process group of its own. Raises: StorageError."""
        other = {"user": self.user, "group": _group(self.user), "extra_groups": []} if self.user else {}
        with storage_errors(self.log), self.log.open("ab") as log:
            return subprocess.Popen(  # type: ignore[call-overload,no-any-return]  # noqa: S603 - our own commands
                self.command, env=dict(self.environment), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True, umask=self.umask, **other,
            )  # fmt: skip


def _group(user: str | None) -> int:
    return pwd.getpwnam(user or "").pw_gid


@dataclass
class Supervisor:
    """Keeps services alive until told to stop."""

    _running: dict[str, tuple[Service, subprocess.Popen[bytes]]] = field(default_factory=dict)
    _deaths: dict[str, deque[float]] = field(default_factory=dict)
    _stop: bool = False

    def start(self, service: Service) -> None:
        """Start a service and keep it alive from now on. Raises: StorageError."""
        self._running[service.name] = (service, service.start())
        self._deaths.setdefault(service.name, deque(maxlen=MOST_RESTARTS + 1))

    def pids(self) -> dict[str, int]:
        """The process of each service."""
        return {name: process.pid for name, (_, process) in self._running.items()}

    def on_signals(self) -> None:
        """Stop on SIGINT and SIGTERM."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: setattr(self, "_stop", True))

    @property
    def stopping(self) -> bool:
        """Whether a signal has come."""
        return self._stop

    def watch(self) -> None:
        """Start again what dies, until a signal comes. Raises: NotReady when one dies again and again."""
        while not self._stop:
            self.look()
            time.sleep(0.2)

    def look(self) -> None:
        """Start again each service that has died. Raises: NotReady."""
        for name, (service, process) in list(self._running.items()):
            if process.poll() is None:
                continue
            deaths = self._deaths[name]
            deaths.append(time.monotonic())
            if len(deaths) > MOST_RESTARTS and deaths[-1] - deaths[0] < WITHIN_SECONDS:
                raise NotReady(f"{name} ends again and again.", f"Read {service.log}, and see: factory doctor")
            say(f"{name} ended ({process.returncode}); started again")
            logs.event("service ended", service=name)
            # What a dead service left in its group would hold its port or its work.
            _signal(process.pid, signal.SIGKILL)
            self.start(service)

    def stop(self) -> None:
        """End every service with all it started: asked first, the last started first; then made to."""
        processes = [process for _, process in reversed(self._running.values())]
        self._running.clear()
        for process in processes:
            _signal(process.pid, signal.SIGTERM)
        until = time.monotonic() + GRACE_SECONDS
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, until - time.monotonic()))
            _signal(process.pid, signal.SIGKILL)
            process.wait()


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


@contextlib.contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold the pid file `path` while the block runs. Raises: NotReady when another process holds it."""
    with storage_errors(path), path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            raise NotReady(f"It runs already, as process {handle.read().strip()}.", f"kill $(cat {path})") from None
        except OSError:
            raise StorageError(f"{path} cannot be locked.", "Use a local file system.") from None
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
