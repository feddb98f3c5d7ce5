"""The run folder: where each stage reads and writes, and which side of the border it is on.

RUN/
  run.json            who produces, which contract, how far it is; no seed and no path of the source
  people.yaml         names, roles and public keys of those who may vote and release
  audit.jsonl         append-only Merkle log of every act
  source/             the source zone, readable by its owner only; never leaves
    request.json      contract, data folder, engine, seed
    <stage>/          what a stage made, and stage.json that says from what
  release/            the release side: nothing in it may hold a record of a person
    candidate/        what reviewers read and sign: synthetic tables, figures, dossier
    votes/            one signed file a reviewer
    attestations/     one signed file an answer
    room.json         where the review was held in a room: proof that its log holds votes and answers
    marks.key         the secret of the marks in licensees' copies; stays with the owner
    bundles/          the sealed bundle of each licence, a folder of the licence's id, and ID.zip beside it
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from factory.core.errors import NotReady, RunBusy, RunError, StorageError
from factory.core.files import pretty_json, read_json, storage_errors, write_bytes


class RunState(StrEnum):
    """How far a run is. The value is what people read."""

    DRAFT = "draft"
    FAILED_GATES = "refused by the gates"
    AWAITING_REVIEW = "awaiting review"
    CHANGES_ASKED = "changes asked"
    REFUSED = "refused"
    APPROVED = "approved"
    RELEASED = "released"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Run:
    """Paths of a run folder."""

    root: Path

    @property
    def name(self) -> str:
        """Name of the run: its folder's."""
        return self.root.name

    @property
    def source(self) -> Path:
        """The source zone."""
        return self.root / "source"

    @property
    def release(self) -> Path:
        """The release side."""
        return self.root / "release"

    @property
    def candidate(self) -> Path:
        """What reviewers read and sign."""
        return self.release / "candidate"

    @property
    def votes(self) -> Path:
        """Signed votes."""
        return self.release / "votes"

    @property
    def attestations(self) -> Path:
        """Signed answers to the candidate's questions."""
        return self.release / "attestations"

    @property
    def room_proof(self) -> Path:
        """Where the review was held in a room: proof of its votes and answers in the room's log."""
        return self.release / "room.json"

    @property
    def bundles(self) -> Path:
        """The sealed bundles, one a licence."""
        return self.release / "bundles"

    def bundle(self, licence: str) -> Path:
        """The bundle sealed under the licence of that id, a folder."""
        return self.bundles / licence

    def bundle_zip(self, licence: str) -> Path:
        """The same in one file."""
        return self.bundles / f"{licence}.zip"

    @property
    def marks_key(self) -> Path:
        """The secret of the marks in licensees' copies."""
        return self.release / "marks.key"

    @property
    def people(self) -> Path:
        """Who may vote and release."""
        return self.root / "people.yaml"

    @property
    def audit(self) -> Path:
        """The Merkle log."""
        return self.root / "audit.jsonl"

    def stage(self, name: str) -> Path:
        """Folder of a stage in the source zone."""
        return self.source / name

    def create(self) -> None:
        """Make the folders, the source zone closed to others. Raises: StorageError, DiskFull."""
        with storage_errors(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            self.source.mkdir(exist_ok=True)
            self.source.chmod(0o700)

    def state(self) -> dict[str, Any]:
        """Content of run.json: keys `state`, `contract`, `producer`, `title`. Raises: NotReady."""
        path = self.root / "run.json"
        if not path.exists():
            raise NotReady(f"{self.root} is not a run folder.", "Make one with: factory produce CONTRACT ...")
        state = read_json(path)
        if not isinstance(state, dict) or "state" not in state:
            raise RunError(f"{path} is damaged.", "Restore it, or produce the run again in another folder.")
        return state

    def set_state(self, **changes: Any) -> None:
        """Change keys of run.json atomically."""
        path = self.root / "run.json"
        state = read_json(path) if path.exists() else {}
        write_bytes(path, pretty_json({**state, **changes}))

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the run for this process; the kernel lets go of it if the process dies.

        Raises: RunBusy when another process holds it.
        """
        with storage_errors(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.root / ".lock", os.O_CREAT | os.O_RDWR, 0o664)  # less the umask
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RunBusy(
                    f"Another process works on the run {self.name}.",
                    "Wait for it to end, then run the same again.",
                ) from None
            except OSError:
                raise StorageError(f"{self.root} cannot be locked.", "Use a local file system.") from None
            yield
        finally:
            os.close(handle)
