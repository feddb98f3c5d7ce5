"""How many stages may be at work at once in each zone: limits that are made before they are asked for, and strict.

A limit that is not there would otherwise be passed over with a warning.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from flows import settings

settings.apply()

from prefect.client.orchestration import get_client  # noqa: E402 - settings come first
from prefect.client.schemas.actions import (  # noqa: E402
    GlobalConcurrencyLimitCreate,
    GlobalConcurrencyLimitUpdate,
)
from prefect.concurrency.sync import concurrency  # noqa: E402
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound  # noqa: E402
from prefect.settings import PREFECT_API_URL  # noqa: E402

SOURCE, RELEASE = "source", "release"
DEFAULTS = {SOURCE: 2, RELEASE: 1}
"""Stages at once: two hold up to 12 GB and keep two processors at work; releases are sealed one after another."""
LEASE_SECONDS = 60.0
"""A holder that died gives its slot back after this long at the latest."""


def ensure(wanted: dict[str, int] | None = None) -> None:
    """Make each limit that is not there. One that is keeps its size, unless `wanted` gives another."""
    with get_client(sync_client=True) as client:
        for name, size in {**DEFAULTS, **(wanted or {})}.items():
            try:
                there = client.read_global_concurrency_limit_by_name(name)
            except ObjectNotFound:
                with contextlib.suppress(ObjectAlreadyExists):  # another process was faster
                    client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=name, limit=size))
            else:
                if wanted and name in wanted and there.limit != size:
                    client.update_global_concurrency_limit(name, GlobalConcurrencyLimitUpdate(limit=size))


@contextlib.contextmanager
def slot(zone: str) -> Iterator[None]:
    """Hold one slot of a zone while the block runs; waits for it.

    Work goes on when the server is away for a while: what a stage makes does not depend on it, and ending a stage
    because its lease could not be renewed would lose an hour to a restart.
    """
    if not PREFECT_API_URL.value():
        # Prefect's ephemeral server, of this one process: nobody else is there to be held back, and a slot held by a
        # process that was killed would be waited for.
        yield
        return
    with concurrency(zone, strict=True, lease_duration=LEASE_SECONDS, raise_on_lease_renewal_failure=False):
        yield


if __name__ == "__main__":
    # python -m flows.limits source=4 release=1
    ensure({name: int(size) for name, _, size in (word.partition("=") for word in sys.argv[1:])})
