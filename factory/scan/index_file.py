"""A source index on disk: sealed under its key, the key in a file of its own."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import numpy as np

from factory.core.errors import KeyInvalid, StorageError
from factory.core.files import canonical_json, storage_errors, write_bytes
from factory.scan.index import SourceIndex
from factory.scan.keyed import KeyedSet, subkey

_MAGIC = b"factory source index 1\n"
_NONCE, _KEY = 12, 32


def save(index: SourceIndex, path: Path, key_path: Path) -> None:
    """Write the sealed index and its key (mode 600). Raises: DiskFull, StorageError."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    parts = [index.values.to_bytes(), index.digests.to_bytes(), index.prefilter.tobytes()]
    head = canonical_json({"sizes": [len(part) for part in parts], "held_back": list(index.held_back)})
    body = len(head).to_bytes(8, "big") + head + b"".join(parts)
    nonce = secrets.token_bytes(_NONCE)
    sealed = ChaCha20Poly1305(subkey(index.key, b"file")).encrypt(nonce, body, _MAGIC)
    write_bytes(path, _MAGIC + nonce + sealed, 0o600)
    write_bytes(key_path, index.key.hex().encode() + b"\n", 0o600)


def load(path: Path, key_path: Path) -> SourceIndex:
    """Read what `save` wrote.

    Raises: KeyInvalid when the key cannot be read or is not this index's, StorageError when the file is none.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    with storage_errors(key_path):
        written = key_path.read_bytes()
    with storage_errors(path):
        data = path.read_bytes()
    try:
        key = bytes.fromhex(written.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != _KEY:
        raise KeyInvalid(f"{key_path.name} is not the key of a source index.", "Name the file written beside it.")
    if not data.startswith(_MAGIC):
        raise StorageError(f"{path.name} is not a source index.", "Build it with factory scan --build-index.")
    nonce, sealed = data[len(_MAGIC) :][:_NONCE], data[len(_MAGIC) + _NONCE :]
    try:
        body = ChaCha20Poly1305(subkey(key, b"file")).decrypt(nonce, sealed, _MAGIC)
    except InvalidTag:
        raise KeyInvalid(f"{key_path.name} is not the key of {path.name}, or it was changed.") from None
    size = int.from_bytes(body[:8], "big")
    head = json.loads(body[8 : 8 + size])
    parts, at = [], 8 + size
    for length in head["sizes"]:
        parts.append(body[at : at + length])
        at += length
    values = KeyedSet.from_bytes(subkey(key, b"values"), parts[0])
    return SourceIndex(
        key,
        values,
        lambda: KeyedSet.from_bytes(subkey(key, b"digests"), parts[1]),
        np.frombuffer(parts[2], np.uint64),
        tuple(head["held_back"]),
        len(values),
    )
