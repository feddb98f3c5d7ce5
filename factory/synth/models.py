"""Fitted models on disk: they know real people, so they are marked, private to the user, and read here only."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

from factory.core.errors import BrokenFile, OutputExists
from factory.core.files import sha256_bytes, storage_errors, write_bytes
from factory.core.version import code_digest

_MARK = b"CLINICAL DATA FACTORY: FITTED MODEL, SOURCE ZONE ONLY, NEVER RELEASE\n"


def check_absent(path: Path) -> None:
    """Raises: OutputExists when there is a file already, which is better said before a long fit than after it."""
    if path.exists():
        raise OutputExists(f"{path} is there already.", "Name another file.")


def keep_model(held: Any, engine: str, path: Path) -> None:
    """Write a fitted model, readable by its owner only. Raises: OutputExists, StorageError."""
    check_absent(path)
    body = pickle.dumps(held, protocol=5)
    head = {"engine": engine, "code": code_digest(), "sha256": sha256_bytes(body)}
    write_bytes(path, _MARK + json.dumps(head, sort_keys=True).encode() + b"\n" + body, mode=0o600)


def load_model(path: Path) -> Any:
    """The fitted model in `path`, which must come from one's own source zone: a pickle runs what it says.

    Raises: BrokenFile when it is no model, was cut short, or was written by another version; StorageError.
    """
    with storage_errors(path):
        data = path.read_bytes()
    if not data.startswith(_MARK):
        raise BrokenFile(f"{path.name} is not a fitted model.", "Name a file that --keep-model wrote.")
    head, _, body = data[len(_MARK) :].partition(b"\n")
    try:
        said = json.loads(head)
    except ValueError:
        said = {}
    if said.get("sha256") != sha256_bytes(body):
        raise BrokenFile(f"{path.name} is not whole.", "Fit the model again.")
    if said.get("code") != code_digest():
        raise BrokenFile(f"{path.name} was fitted by another version of this software.", "Fit the model again.")
    return pickle.loads(body)  # noqa: S301 - written by keep_model in the same source zone
