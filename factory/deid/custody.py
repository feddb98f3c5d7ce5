"""The place of one batch: held by one process, cleared of what a killed one left, its key destroyed with a receipt."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from factory.audit import Act, Outcome, append
from factory.core.errors import RunBusy
from factory.core.files import pretty_json, sha256_bytes, storage_errors, write_bytes
from factory.core.progress import say
from factory.deid.decisions import Decision
from factory.deid.keys import destroy

DECISIONS = "deid_decisions.json"
RECEIPT = "key_receipt.json"
AUDIT = "audit.jsonl"


def keys_of(out: Path) -> Path:
    """Folder of the key while a batch is made into `out`; it is there only as long."""
    return out.parent / f".{out.name}.keys"


@contextlib.contextmanager
def held(out: Path) -> Iterator[bool]:
    """Hold `out` for this process; what a killed process left of key and data is destroyed first.

    Yields whether there was such a key. Raises: RunBusy, StorageError.
    """
    home = keys_of(out)
    with storage_errors(home):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(home, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunBusy(f"Another process de-identifies into {out.name}.", "Wait for it to end.") from None
        found = destroy(home)
        with storage_errors(out):
            for left in out.parent.glob(f".part-{out.name}-*"):
                # What mkdtemp adds has no hyphen: the parts of `a-b` are not those of `a`.
                if "-" not in left.name.removeprefix(f".part-{out.name}-"):
                    shutil.rmtree(left)
        if found:
            say("note a killed run left its key; it was destroyed")
        yield found
    finally:
        with contextlib.suppress(OSError):
            home.rmdir()
        os.close(handle)


def close(folder: Path, decisions: Sequence[Decision], receipt: dict[str, Any], audit: Path | None, who: str) -> None:
    """Write decisions and receipt into `folder`, and log that the key is destroyed. Raises: StorageError, RunError."""
    write_bytes(folder / DECISIONS, pretty_json([decision.as_row() for decision in decisions]), 0o600)
    said = pretty_json(receipt)
    write_bytes(folder / RECEIPT, said, 0o600)
    append(audit or folder / AUDIT, who, Act.DESTROY_KEYS, sha256_bytes(said), Outcome.DONE)
