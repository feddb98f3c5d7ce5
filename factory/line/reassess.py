"""Measuring what was made before with the code of today: an attack that is stronger now may find what none found then.

The same code on the same tables gives the same figures, so a run is measured again only when the code has changed
since; asked every night, it costs a digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from factory.audit.log import Act, Outcome, append, read
from factory.batches.stage import STAGE, raw_of
from factory.core.errors import FactoryError, NotReady, RunError
from factory.core.files import (
    atomic_folder,
    canonical_json,
    pretty_json,
    read_json,
    sha256_bytes,
    sha256_file,
    storage_errors,
    write_bytes,
)
from factory.core.guard import closed
from factory.core.progress import say, step
from factory.core.run import Run, RunState
from factory.core.tables import load_ref
from factory.core.version import code_digest
from factory.line.request import load_request, run_contract
from factory.line.stages import asked_of
from factory.line.timings import timed

STANDING = (RunState.AWAITING_REVIEW, RunState.APPROVED, RunState.RELEASED)
"""States in which somebody relies on the figures, or will."""
READ = ("intake", STAGE, "deid", "split", "synth")
WHO = "re-assessment"
REASSESS = "reassess"
"""What its timing is called among those of the stages."""
_RESULT = "reassessment.json"


@dataclass(frozen=True)
class Reassessment:
    """Of a run: the verdict its candidate holds, that of the gates now, and the critical controls not met now."""

    run: str
    state: str
    before: str
    now: str
    failures: tuple[str, ...]

    @property
    def stands(self) -> bool:
        """Whether what was found good is still found so."""
        return self.now != "fail"


def standing(folder: Path) -> list[Run]:
    """Runs in `folder`, or `folder` itself, whose state is one of `STANDING`, by name. Raises: StorageError."""
    with storage_errors(folder):
        found = [Run(path) for path in (folder, *sorted(folder.iterdir())) if (path / "run.json").is_file()]
    return [run for run in found if run.state()["state"] in STANDING]


def reassess_all(folder: Path) -> tuple[list[Reassessment], dict[str, FactoryError]]:
    """Every run of `folder` that somebody relies on; and of those that could not be measured, why not."""
    made, failed = [], {}
    for run in standing(folder):
        try:
            made.append(reassess(run))
        except FactoryError as error:
            failed[run.name] = error
    return made, failed


@closed
def reassess(run: Run) -> Reassessment:
    """Measure and judge the tables of `run` again, unless this code has already; enter it in the run's log.

    Raises: NotReady when a stage is not there, RunError when the stages hold other tables than the candidate.
    """
    _check_same(run)
    out = run.source / "reassessed" / _key(run)[:16]
    if (out / _RESULT).is_file():
        say(f"{run.name}: measured by this code before")
    else:
        with step(f"measure {run.name} again"), timed(run, REASSESS):
            _measure(run, out)
    made = read_json(out / _RESULT)
    _enter(run, sha256_file(out / _RESULT), Outcome.FAILED if made["verdict"] == "fail" else Outcome.DONE)
    before = read_json(run.candidate / "candidate.json")["verdict"]
    return Reassessment(run.name, run.state()["state"], before, made["verdict"], tuple(made["failures"]))


def _enter(run: Run, result: str, outcome: Outcome) -> None:
    """Once for each result, also when a process was killed between the result and its entry."""
    if not any(entry.act == Act.CHECK and entry.subject == result for entry in read(run.audit)):
        append(run.audit, WHO, Act.CHECK, result, outcome)


def _check_same(run: Run) -> None:
    held = {table.digest for table in load_ref(run.stage("synth")).tables.values()}
    if {sha256_file(path) for path in (run.candidate / "data").glob("*.parquet")} != held:
        raise RunError(
            f"The stages of {run.name} hold other tables than its candidate.",
            "Produce it again, or restore its folder.",
        )


def _key(run: Run) -> str:
    """Digest of the code and of all that is read."""
    read = {}
    for stage in READ:
        if not (mark := run.stage(stage) / "stage.json").is_file():
            if stage == STAGE:
                continue  # a run from before there was a register
            raise NotReady(f"The stage {stage} of {run.name} is not there.", "Produce it again.")
        read[stage] = read_json(mark)["files"]
    return sha256_bytes(canonical_json({"code": code_digest(), "read": read, "request": load_request(run).digest()}))


def _measure(run: Run, out: Path) -> None:
    from factory.batches.together import measure_together
    from factory.checks import check
    from factory.gates import judge

    at, contract = run.stage, run_contract(run)
    with atomic_folder(out, mode=0o700) as part:
        seed = load_request(run).seed
        more = measure_together(contract, run, asked_of(run, contract), seed)
        check(contract, at("split"), at("synth"), part, seed, more)
        verdict = judge(contract, raw_of(run), at("deid"), at("synth"), part, part)
        failures = sorted({item["control"] for item in read_json(part / "verdict.json")["failures"]})
        write_bytes(part / _RESULT, pretty_json({"verdict": verdict, "failures": failures, "code": code_digest()}))
