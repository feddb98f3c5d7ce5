"""The owner's fingerprint secret, and the stream of dice that each licence has for each column."""

from __future__ import annotations

import hashlib
import hmac

import numpy as np

SECRET_BYTES = 32


def dice(secret: bytes, licence: str, table: str, column: str) -> np.random.Generator:
    """The generator of one licence's marks in one column: Philox under HMAC-SHA-256 of their names.

    Without the secret nobody can tell it from chance, and the streams of two licences have nothing to do with each
    other, which is what the false-accusation bound of `trace` rests on.
    """
    name = "\x1f".join(("fingerprint/v1", licence, table, column)).encode("utf-8")
    digest = hmac.new(secret, name, hashlib.sha256).digest()
    return np.random.Generator(np.random.Philox(key=np.frombuffer(digest[:16], dtype=np.uint64)))
