"""`produce`: the stages one after another, ending in *awaiting review* or in a refusal by the gates."""

from __future__ import annotations

import datetime
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from factory.contract import digest
from factory.core.errors import GateFailed
from factory.core.files import atomic_folder, read_json, sha256_file, storage_errors
from factory.core.run import Run, RunState
from factory.core.spread import ALONE, Spread
from factory.line.request import load_request, open_request, run_contract
from factory.line.stages import STAGES, run_stage
from factory.review.states import TRANSITIONS, Event

Runner = Callable[[Path], None]


def plain(root: Path) -> None:
    """Run every stage in this process, without Prefect."""
    for stage in STAGES:
        run_stage(root, stage.name)


def prepare(
    contract: Path,
    data: str,
    root: Path,
    engine: str,
    seed: int | None,
    producer: str,
    people: Path | None,
    spread: Spread = ALONE,
    since: Path | None = None,
    register: Path | None = None,
) -> Run:
    """Open the run folder for a new run or the continuation of one; `data` is the address of a source.

    `since` is the earlier run since which people are new or changed; `register` the folder of the register of batches,
    beside the run folder where none is named.

    Raises: RunError, ContractError, TableMissing, StorageError.
    """
    from factory.contract import load

    policy = load(contract).policy
    review_by = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=policy.review_days)
    run = Run(root)
    until = review_by.isoformat()
    request = open_request(run, contract, data, engine, seed, producer, people, until, spread, since, register)
    if not (root / "run.json").exists():
        run.set_state(
            state=RunState.DRAFT.value,
            contract=digest(run_contract(run)),
            producer=request.producer,
            title=run_contract(run).title,
        )
    return run


def produce(run: Run, runner: Runner) -> RunState:
    """Run the stages by `runner`, put the candidate on the release side and set the state.

    Raises: GateFailed when a critical expectation is not met; the dossier says which. Any FactoryError of a stage.
    """
    with run.lock():
        state = RunState(run.state()["state"])
        if TRANSITIONS[state, Event.PRODUCE] is None:
            return state
        runner(run.root)
        publish(run)
        # The candidate's, which is the gates' and the controls' together.
        verdict = read_json(run.candidate / "dossier.json")
        state = RunState.FAILED_GATES if verdict["verdict"] == "fail" else RunState.AWAITING_REVIEW
        # The entry first: a process killed between the two appends the same entry again, which the log keeps once.
        _log(run, state)
        run.set_state(state=state.value)
    if state is RunState.FAILED_GATES:
        first = verdict["failures"][0]
        raise GateFailed(
            f"The gates refuse this run: {first['control']} on {first['table']}, {len(verdict['failures'])} in all.",
            f"Read {run.candidate / 'dossier.html'}.",
        )
    return state


def publish(run: Run) -> None:
    """Copy the candidate from the source zone to the release side, unless it is there already."""
    made = run.stage("dossier") / "candidate"
    for left in run.release.glob(".part-*"):
        shutil.rmtree(left)
    if run.candidate.is_dir():
        if _digests(run.candidate) == _digests(made):
            return
        # Renamed away first: a process killed while it removes a folder would leave a candidate without some files.
        with tempfile.TemporaryDirectory(prefix=".part-old-", dir=run.release) as old:
            run.candidate.rename(Path(old) / "candidate")
    with atomic_folder(run.candidate) as part, storage_errors(run.candidate):
        shutil.copytree(made, part, dirs_exist_ok=True)


def tidy(run: Run) -> int:
    """Remove what a killed process left half-made, unless another works on the run; returns how many folders and files.

    The next run would do the same stage by stage; a run that was cancelled for good has no next.
    """
    with run.lock(), storage_errors(run.root):
        left = [path for folder in (run.root, run.source, run.release) for path in folder.glob(".part-*")]
        for path in left:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    return len(left)


def _digests(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): sha256_file(path) for path in folder.rglob("*") if path.is_file()}


def _log(run: Run, state: RunState) -> None:
    from factory.audit.log import Act, Outcome, append

    request = load_request(run)
    outcome = Outcome.FAILED if state is RunState.FAILED_GATES else Outcome.DONE
    append(run.audit, request.producer, Act.PRODUCE, sha256_file(run.candidate / "candidate.json"), outcome)
