"""One function over many pieces of work: in this process, in processes beside it, or on a Dask scheduler's workers.

A piece of work is a function of a module, called by keyword with paths, names and numbers. What it reads and makes lies
on storage that all workers share; what it returns is small: paths, digests and counts. So a Dask scheduler hears of
nothing else, and neither a cell value nor a secret may stand among the arguments: a seed is written to a file that the
work reads. Work writes each file whole, under a name that follows from its arguments, so that it may be done twice.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from typing import Any
from urllib.parse import urlsplit

from factory.core import errors
from factory.core.errors import FactoryError, NotReady, RunError, StorageError
from factory.core.files import canonical_json
from factory.core.guard import sentence_of
from factory.core.version import code_digest

Arguments = Mapping[str, Any]
"""What a piece of work is called with, as JSON holds it."""
_DEATHS = 3
"""How often work is given to others after the process that did it has died."""
MOST = 256
"""Processes of one machine, at most."""
_WAIT_SECONDS = 60


@dataclass(frozen=True)
class Spread:
    """How many processes share the work, or the address of the Dask scheduler whose workers do.

    With one process and no scheduler the work is done here.
    """

    processes: int = 1
    scheduler: str = ""

    @property
    def host(self) -> str | None:
        """The scheduler's host."""
        return urlsplit(self.scheduler).hostname if self.scheduler else None

    def over(self, work: Callable[..., Any], pieces: Sequence[Arguments]) -> list[Any]:
        """What `work` returns for each of the pieces, in their order.

        Raises: the FactoryError of the first piece that failed; NotReady when no worker of the scheduler comes;
        RunError when the processes that work on a piece die again and again.
        """
        name = f"{work.__module__}:{work.__qualname__}"
        canonical_json([dict(piece) for piece in pieces])  # what is no JSON is a defect, and is found here
        if self.scheduler:
            answers = _on_dask(self.scheduler, name, pieces)
        elif self.processes > 1 and len(pieces) > 1:
            answers = _in_processes(self.processes, name, pieces)
        else:
            return [work(**piece) for piece in pieces]
        return [_opened(answer) for answer in answers]

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep the processes from one call of `over` to the next in the block: each takes a second or more to start."""
        held = _Held(self.processes)
        token = _holding.set(held)
        try:
            yield
        finally:
            _holding.reset(token)
            held.end()


def check_scheduler(address: str) -> str:
    """The address of a scheduler as it was given. Raises: RunError when it is none."""
    parts = urlsplit(address)
    if parts.scheme not in ("tcp", "tls") or not parts.hostname or parts.username or parts.password:
        raise RunError(
            "The address of a Dask scheduler is tcp://HOST:PORT or tls://HOST:PORT.", "Look at what it says."
        )
    return address


def spread_of(workers: int, dask: str) -> Spread:
    """Who does the work: so many processes of this machine, or a Dask scheduler's workers.

    Raises: RunError when both are named, the number is out of range or the address is none.
    """
    if not 1 <= workers <= MOST:
        raise RunError(f"The number of workers is from 1 to {MOST}.")
    if dask and workers > 1:
        raise RunError("The work is shared either by workers or by Dask.", "Leave one of them out.")
    return Spread(workers, check_scheduler(dask) if dask else "")


def call(name: str, code: str, piece: Arguments) -> dict[str, Any]:
    """Do one piece of work where this runs; an error comes back as its class and sentence, never as an exception.

    An exception would be pickled with its message, and messages of libraries quote cells.
    """
    try:
        if code != code_digest():
            raise RunError("A worker runs another version of this software.", "Install the same version everywhere.")
        module, _, function = name.partition(":")
        return {"made": getattr(importlib.import_module(module), function)(**piece)}
    except Exception as error:  # noqa: BLE001 - this is the border that values may not cross
        said = sentence_of(error)
    return {"error": type(said).__name__, "message": said.message, "fix": said.fix}


def _opened(answer: Mapping[str, Any]) -> Any:
    if "error" not in answer:
        return answer["made"]
    kind = getattr(errors, answer["error"], FactoryError)
    raise kind(answer["message"], answer["fix"])


def _in_processes(count: int, name: str, pieces: Sequence[Arguments]) -> list[dict[str, Any]]:
    from concurrent.futures.process import BrokenProcessPool

    made: dict[int, dict[str, Any]] = {}
    for _ in range(_DEATHS + 1):
        left = [at for at in range(len(pieces)) if at not in made]
        with _pool(count, len(left)) as pool:
            waiting = {}
            with contextlib.suppress(BrokenProcessPool):
                for at in left:
                    waiting[at] = pool.submit(call, name, code_digest(), dict(pieces[at]))
            for at, future in waiting.items():
                with contextlib.suppress(BrokenProcessPool):
                    made[at] = future.result()
        if len(made) == len(pieces):
            return [made[at] for at in range(len(pieces))]
    raise _died()


class _Held:
    """Processes that are kept, once they are needed, and replaced when one of them has died."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._pool: ProcessPoolExecutor | None = None

    def pool(self) -> ProcessPoolExecutor:
        """The processes."""
        if self._pool is None:
            self._pool = _started(self.count)
        return self._pool

    def end(self) -> None:
        """End them, once their work is done."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


_holding: ContextVar[_Held | None] = ContextVar("holding", default=None)


@contextlib.contextmanager
def _pool(count: int, pieces: int) -> Iterator[ProcessPoolExecutor]:
    from concurrent.futures.process import BrokenProcessPool

    held = _holding.get()
    if held is None or held.count != count:
        with _started(min(count, pieces)) as pool:
            yield pool
        return
    pool = held.pool()
    yield pool
    try:
        pool.submit(int).result()
    except BrokenProcessPool:
        held.end()


def _started(count: int) -> ProcessPoolExecutor:
    # Spawned: a process that was forked while threads of Arrow hold their locks may wait for ever.
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_end_with_parent)


def _end_with_parent() -> None:
    """End this process when the one that started it ends, however that happens."""
    above = parent_process()
    if above is not None:
        threading.Thread(target=_wait_and_end, args=(above.sentinel,), daemon=True).start()


def _wait_and_end(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _on_dask(scheduler: str, name: str, pieces: Sequence[Arguments]) -> list[dict[str, Any]]:
    from distributed import KilledWorker

    code = code_digest()
    with _client(scheduler) as client:
        # A name of their own for each time: Dask would answer for work of the same name it did before.
        futures = [client.submit(call, name, code, dict(piece), pure=False, retries=_DEATHS) for piece in pieces]
        try:
            return list(client.gather(futures))
        except KilledWorker:
            raise _died() from None
        except Exception:  # noqa: BLE001 - `call` lets none out, so that this is the cluster's
            raise StorageError(
                "The Dask scheduler could not finish the work.", "Look at it and its workers, then run the same again."
            ) from None


@contextlib.contextmanager
def _client(scheduler: str) -> Iterator[Any]:
    try:
        import dask
        from distributed import Client
    except ImportError:
        raise RunError("Dask is not installed.", "Install the extra `dask`.") from None
    dask.config.set({"distributed.logging.distributed": "critical"})
    try:
        client = Client(scheduler, timeout=_WAIT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except Exception:  # noqa: BLE001 - many kinds, each with an address in it
        raise NotReady("The Dask scheduler does not answer.", "Start it, or name another address.") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_WAIT_SECONDS)
        except Exception:  # noqa: BLE001 - dask has changed its class between versions
            raise NotReady("The Dask scheduler has no worker.", "Start one: dask worker ADDRESS") from None
        yield client


def _died() -> RunError:
    return RunError(
        "The processes that work on a piece die again and again.", "Give them more memory, or the work to fewer."
    )


ALONE = Spread()
"""All the work in this process."""
