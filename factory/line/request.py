"""What a run was asked to do, kept in the source zone because it holds the seed and where the data are."""

from __future__ import annotations

import dataclasses
from dataclasses import asdict, dataclass
from pathlib import Path

from factory.batches.register import FOLDER
from factory.batches.stage import check_since
from factory.contract import Contract, load
from factory.core.errors import RunError
from factory.core.files import (
    canonical_json,
    pretty_json,
    read_json,
    sha256_bytes,
    sha256_file,
    storage_errors,
    write_bytes,
)
from factory.core.run import Run
from factory.core.spread import ALONE, Spread
from factory.formats import open_source
from factory.formats.address import absolute
from factory.synth.protocol import check_engine

_NO_PART = ("data", "since", "register", "workers", "dask")


@dataclass(frozen=True)
class Request:
    """Parameters of a run. `contract` is the SHA-256 of contract.yaml, `data` an address without a password.

    `workers` and `dask` say over how many processes, or by which Dask scheduler, the work is spread.
    `since`: the earlier run since which people are new or changed, `register`: folder of the register of batches.
    """

    contract: str
    data: str
    engine: str
    seed: int
    producer: str
    review_by: str
    workers: int = 1
    dask: str = ""
    since: str = ""
    register: str = ""

    @property
    def spread(self) -> Spread:
        """Who does the work."""
        return Spread(self.workers, self.dask)

    def digest(self) -> str:
        """Digest of what the outputs depend on: not where things lie, but their bytes are; nor who does the work."""
        return sha256_bytes(canonical_json({key: value for key, value in asdict(self).items() if key not in _NO_PART}))


def load_request(run: Run) -> Request:
    """The request of a run. Raises: NotReady."""
    return Request(**read_json(run.source / "request.json"))


def run_contract(run: Run) -> Contract:
    """The contract as it was when the run began. Raises: ContractError."""
    return load(run.source / "contract.yaml")


def open_request(
    run: Run,
    contract: Path,
    data: str,
    engine: str,
    seed: int | None,
    producer: str,
    people: Path | None,
    review_by: str,
    spread: Spread = ALONE,
    since: Path | None = None,
    register: Path | None = None,
) -> Request:
    """Write the request of a new run, or return that of a run begun before with the same parameters.

    The data, people.yaml and who does the work may be named anew; what was made from other bytes is made again.
    A seed that is not given is the earlier one, or a fresh secret. Raises: RunError when the run folder was begun with
    another contract, engine, seed, producer, earlier run or register; ContractError; StorageError.
    """
    from factory.core.seeds import fresh_seed

    load(contract)
    check_engine(engine)
    address = absolute(data)
    open_source(address)
    with storage_errors(contract):
        digest = sha256_file(contract)
    path = run.source / "request.json"
    earlier = "" if since is None else str(since.resolve())
    home = str((run.root.resolve().parent / FOLDER) if register is None else register.resolve())
    if path.exists():
        before = load_request(run)
        asked = (digest, engine, producer, before.seed if seed is None else seed)
        if asked != (before.contract, before.engine, before.producer, before.seed):
            raise RunError(
                f"The run {run.name} was begun with another contract, engine, seed or producer.",
                "Name another --run folder.",
            )
        if earlier != before.since or (register is not None and home != before.register):
            raise RunError(
                f"The run {run.name} was begun with another --since or --register.", "Name another --run folder."
            )
        _bring_people(run, people)
        now = dataclasses.replace(before, data=address, workers=spread.processes, dask=spread.scheduler)
        if now != before:
            write_bytes(path, pretty_json(asdict(now)), mode=0o600)
        return now
    if since is not None:
        check_since(Run(since))
    run.create()
    with storage_errors(contract):
        write_bytes(run.source / "contract.yaml", contract.read_bytes())
    _bring_people(run, people)
    drawn = fresh_seed() if seed is None else seed
    made = Request(
        digest, address, engine, drawn, producer, review_by, spread.processes, spread.scheduler, earlier, home
    )
    write_bytes(path, pretty_json(asdict(made)), mode=0o600)
    return made


def _bring_people(run: Run, people: Path | None) -> None:
    """Put people.yaml into the run folder; a run with votes keeps its own. Raises: StorageError, KeyInvalid."""
    from factory.review.people import load_people

    if people is None or (run.people.exists() and run.votes.exists()):
        return
    load_people(people)
    with storage_errors(people):
        write_bytes(run.people, people.read_bytes())
