"""Flows by the calendar: earlier runs measured again with the code of today, and notices of what ends."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from pathlib import Path

from flows import settings

settings.apply()

from prefect import flow, task  # noqa: E402 - settings come first

from factory.catalog.keeper import open_keeper  # noqa: E402
from factory.catalog.keeper.notices import notices  # noqa: E402
from factory.core.errors import AssessmentFailed, FactoryError  # noqa: E402
from factory.core.guard import closed  # noqa: E402
from factory.core.run import Run  # noqa: E402
from factory.line.reassess import reassess, standing  # noqa: E402
from flows.forms import ExpiryForm, ReassessForm  # noqa: E402
from flows.limits import SOURCE, slot  # noqa: E402
from flows.outcomes import RETRIES, RETRY_SECONDS, show_table, worth_retrying  # noqa: E402


@task(
    name="reassess",
    task_run_name="{run}",
    persist_result=False,
    retries=RETRIES,
    retry_delay_seconds=RETRY_SECONDS,
    retry_condition_fn=worth_retrying,
)
def again(run: str) -> dict[str, str]:
    """Measure one run; returns its verdicts then and now."""
    with slot(SOURCE):
        made = reassess(Run(Path(run)))
    failures = ", ".join(made.failures)
    return {"run": made.run, "state": made.state, "then": made.before, "now": made.now, "not met": failures}


@flow(name="reassess", persist_result=False)
def reassess_runs(form: ReassessForm) -> None:
    """Measure every run that somebody relies on. Fails, after all are measured, when one would be refused now."""
    rows, failed = [], []
    for run in closed(standing)(Path(form.runs)):
        try:
            rows.append(again(str(run.root)))
        except FactoryError as error:
            failed.append(error)
            rows.append({"run": run.name, "state": "", "then": "", "now": error.message, "not met": ""})
    fallen = [row["run"] for row in rows if row["now"] == "fail"]
    show_table("reassessment", rows, f"{len(rows)} runs, {len(fallen)} refused now")
    if fallen:
        raise AssessmentFailed(f"Refused now: {', '.join(fallen)}.", "Take them back: factory catalog revoke.")
    if failed:
        raise failed[0]


@flow(name="expiry", persist_result=False, retries=0)
def expiry(form: ExpiryForm) -> int:
    """Refuse what nobody answered in time, expire what is over, and list what ends soon; returns how many notices."""
    found = closed(_ending)(form)
    show_table("expiry", found, f"{len(found)} end within {form.days} days or have ended")
    return len(found)


def _ending(form: ExpiryForm) -> list[dict[str, str | int]]:
    keeper = open_keeper(form.folder, os.environ.get("FACTORY_STORE", ""), os.environ.get("FACTORY_STORAGE", ""))
    keeper.room.settle()
    found = notices(keeper, dt.timedelta(days=form.days))
    return [{**dataclasses.asdict(item), "last": item.last.isoformat()} for item in found]
