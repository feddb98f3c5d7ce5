"""Work pools, limits and deployments, as flows/prefect.yaml has them, made on a server or brought up to date.

    python -m flows.deployments HOME [source=4 release=1]

The flows are found by module, wherever they are installed, and the folders of the scheduled ones lie in HOME.
"""

from __future__ import annotations

import contextlib
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from flows import limits, settings

settings.apply()

from prefect.client.orchestration import get_client  # noqa: E402 - settings come first
from prefect.client.schemas.actions import WorkPoolCreate  # noqa: E402
from prefect.client.schemas.objects import ConcurrencyLimitConfig  # noqa: E402
from prefect.deployments.runner import RunnerDeployment  # noqa: E402
from prefect.exceptions import ObjectAlreadyExists  # noqa: E402
from prefect.flows import Flow  # noqa: E402
from prefect.types.entrypoint import EntrypointType  # noqa: E402

POOLS = (limits.SOURCE, limits.RELEASE)
FILE = Path(__file__).parent / "prefect.yaml"
_FOLDERS = ("runs", "home")
"""Fields of forms that are folders of HOME."""


def declared() -> list[dict[str, Any]]:
    """The deployments of prefect.yaml."""
    found: list[dict[str, Any]] = yaml.safe_load(FILE.read_text())["deployments"]
    return found


def make(home: Path, sizes: dict[str, int] | None = None) -> list[str]:
    """Make pools, limits and deployments on the configured server; returns the deployments' full names."""
    with get_client(sync_client=True) as client:
        for pool in POOLS:
            with contextlib.suppress(ObjectAlreadyExists):
                client.create_work_pool(WorkPoolCreate(name=pool, type="process"))
    limits.ensure(sizes)
    return [_deploy(each, home) for each in declared()]


def _deploy(each: dict[str, Any], home: Path) -> str:
    flow = _flow(each["entrypoint"])
    form = each.get("parameters", {}).get("form", {})
    absolute = {name: str(home / value) if name in _FOLDERS else value for name, value in form.items()}
    limit = each.get("concurrency_limit")
    made = flow.to_deployment(
        each["name"],
        description=each["description"],
        parameters={"form": absolute} if absolute else None,
        cron=next((one["cron"] for one in each.get("schedules", [])), None),
        concurrency_limit=ConcurrencyLimitConfig(**limit) if limit else None,
        work_pool_name=each["work_pool"]["name"],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    if isinstance(made, RunnerDeployment):  # the same call gives a coroutine where an event loop runs
        made.apply()
    return f"{flow.name}/{each['name']}"


def _flow(entrypoint: str) -> Flow[..., Any]:
    path, _, name = entrypoint.partition(":")
    found = getattr(import_module(path.removesuffix(".py").replace("/", ".")), name)
    if not isinstance(found, Flow):
        raise TypeError(f"{entrypoint} is no flow")
    return found


if __name__ == "__main__":
    words = dict(word.split("=") for word in sys.argv[2:])
    for name in make(Path(sys.argv[1]).resolve(), {zone: int(size) for zone, size in words.items()}):
        print(name)
