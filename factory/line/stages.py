"""The stages of `produce`, what each needs, and how one is run: skipped when done, whole or not at all."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from factory.batches.register import FOLDER
from factory.batches.stage import Asked, marks_of, raw_of
from factory.contract import Contract
from factory.core import logs
from factory.core.files import (
    atomic_folder,
    canonical_json,
    pretty_json,
    read_json,
    sha256_bytes,
    sha256_file,
    write_bytes,
)
from factory.core.guard import closed
from factory.core.offline import offline
from factory.core.progress import say, step
from factory.core.run import Run
from factory.core.version import code_digest
from factory.formats import open_source
from factory.formats.address import prefixed, scheme
from factory.line.request import Request, load_request, run_contract
from factory.line.timings import timed

MARK = "stage.json"


@dataclass(frozen=True)
class Work:
    """What a stage gets: the run, its contract and request, and the folder to write into."""

    run: Run
    contract: Contract
    request: Request
    out: Path


@dataclass(frozen=True)
class Stage:
    """A stage: its name, what people read, the stages it reads from, and the function that does it."""

    name: str
    title: str
    needs: tuple[str, ...]
    work: Callable[[Work], None]


def asked_of(run: Run, contract: Contract) -> Asked:
    """What a run asks of its register; its release may go out from its first day until the review's last."""
    request = load_request(run)
    last = dt.date.fromisoformat(request.review_by)
    first = last - dt.timedelta(days=contract.policy.review_days)
    # A request that was kept before there were registers names none: its is where a new one would be.
    register = Path(request.register) if request.register else run.root.resolve().parent / FOLDER
    return Asked(register, Path(request.since) if request.since else None, (first.year, last.year))


def _intake(work: Work) -> None:
    from factory.intake import intake

    intake(work.contract, work.request.data, work.out)


def _batch(work: Work) -> None:
    from factory.batches.stage import take_batch

    take_batch(work.contract, work.run, asked_of(work.run, work.contract), work.out)


def _deid(work: Work) -> None:
    from factory.deid import deidentify

    deidentify(work.contract, raw_of(work.run), work.out, work.request.seed, work.request.spread)


def _split(work: Work) -> None:
    import pandas as pd

    from factory.batches.stage import PEOPLE
    from factory.synth.split import split

    people = pd.read_parquet(work.run.stage("batch") / PEOPLE)
    sides = people.loc[people["taken"], "side"].tolist()
    split(work.contract, work.run.stage("deid"), work.out, work.request.seed, sides)


def _synth(work: Work) -> None:
    from factory.synth import synthesize

    synthesize(
        work.contract, work.run.stage("split"), work.out, work.request.engine, work.request.seed, work.request.spread
    )


def _checks(work: Work) -> None:
    from factory.batches.together import measure_together
    from factory.checks import check

    seed = work.request.seed
    more = measure_together(work.contract, work.run, asked_of(work.run, work.contract), seed)
    at = work.run.stage
    check(work.contract, at("split"), at("synth"), work.out, seed, more, work.request.spread)


def _gates(work: Work) -> None:
    from factory.gates import judge

    at = work.run.stage
    judge(work.contract, raw_of(work.run), at("deid"), at("synth"), at("checks"), work.out)


def _dossier(work: Work) -> None:
    from factory.evidence.candidate import make_candidate
    from factory.evidence.facts import Stages

    at = work.run.stage
    stages = Stages(at("deid"), at("split"), at("synth"), at("checks"), at("gates"), at("batch"))
    make_candidate(work.contract, stages, work.request.producer, work.request.review_by, work.out / "candidate")


STAGES = (
    Stage("intake", "read and check the hospital's tables", (), _intake),
    Stage("batch", "enter the batch in the register", ("intake",), _batch),
    Stage("deid", "de-identify", ("intake", "batch"), _deid),
    Stage("split", "split people into training and hold-out", ("batch", "deid"), _split),
    Stage("synth", "synthesize", ("split",), _synth),
    Stage("checks", "measure privacy, fidelity and utility", ("batch", "deid", "split", "synth"), _checks),
    Stage("gates", "judge with Great Expectations", ("intake", "batch", "deid", "synth", "checks"), _gates),
    Stage("dossier", "write the dossier", ("batch", "deid", "synth", "checks", "gates"), _dossier),
)


@closed
def run_stage(root: Path, name: str) -> str:
    """Run one stage of the run folder `root`, or skip it when its inputs are those it was last made from.

    Returns the digest of what the stage made. Raises: FactoryError, with no value in it and no cause attached.
    """
    run = Run(root)
    stage = next(stage for stage in STAGES if stage.name == name)
    folder = run.stage(name)
    key = _key(run, stage)
    if (made := _made(folder, key)) is not None:
        say(f"skip {stage.title}: done before")
        logs.event("stage skipped", stage=name)
        return made
    with step(stage.title), timed(run, name), _zone(run, name):
        _discard(folder)
        with atomic_folder(folder) as part:
            part.chmod(0o700)
            stage.work(Work(run, run_contract(run), load_request(run), part))
            files = {
                path.relative_to(part).as_posix(): sha256_file(path)
                for path in sorted(part.rglob("*"))
                if path.is_file()
            }
            write_bytes(part / MARK, pretty_json({"key": key, "files": files}))
    return _digest(files)


def _zone(run: Run, name: str) -> contextlib.AbstractContextManager[None]:
    """No network for a stage, but for the intake of data that lie in another machine's database or store.

    A Dask scheduler is of the source zone; it hears of paths and digests.
    """
    request = load_request(run)
    if name == "intake" and scheme(prefixed(request.data)[1]):
        return contextlib.nullcontext()
    return offline(request.spread.host)


def _key(run: Run, stage: Stage) -> str:
    """Digest of all that a stage's output depends on: inputs, parameters, code."""
    request = load_request(run)
    inputs: Any = {need: _digest(read_json(run.stage(need) / MARK)["files"]) for need in stage.needs}
    if stage.name == "intake":
        inputs = open_source(request.data).digests(tuple(run_contract(run).tables))
        # What cannot be digested is read once: this stage is then the run's snapshot of what is at that address.
        inputs = {"address": request.data} if inputs is None else inputs
    if stage.name == "batch" and request.since:
        inputs["since"] = marks_of(Run(Path(request.since)))
    return sha256_bytes(
        canonical_json({"stage": stage.name, "inputs": inputs, "request": request.digest(), "code": code_digest()})
    )


def _digest(files: dict[str, str]) -> str:
    return sha256_bytes(canonical_json(files))


def _made(folder: Path, key: str) -> str | None:
    """Digest of what is in `folder` when it was made from `key` and is still whole."""
    if not (folder / MARK).exists():
        return None
    mark = read_json(folder / MARK)
    if mark["key"] != key:
        return None
    whole = all(
        (folder / name).is_file() and sha256_file(folder / name) == digest for name, digest in mark["files"].items()
    )
    return _digest(mark["files"]) if whole else None


def _discard(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
    for left in folder.parent.glob(f".part-{folder.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
