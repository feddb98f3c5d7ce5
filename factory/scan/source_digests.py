"""Digests of source identifiers: which a release could hold, and which runs of a text may be one."""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

SHORTEST = 12
_ALGORITHMS: tuple[Callable[[bytes], Any], ...] = (
    functools.partial(hashlib.md5, usedforsecurity=False),
    functools.partial(hashlib.sha1, usedforsecurity=False),
    hashlib.sha256,
    hashlib.sha512,
    hashlib.blake2b,
    functools.partial(hashlib.blake2b, digest_size=32),
)
_HEX = re.compile(
    r"(?<![0-9A-Za-z])(?:0x)?([0-9A-Fa-f]{12,}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})(?![0-9A-Za-z])"
)
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}")
_LONGEST = 256


def prefixes(value: str, forms: set[str], held_keys: tuple[bytes, ...]) -> Iterator[str]:
    """First and last twelve hexadecimal digits of every digest of a value in its spellings."""
    for digest in _digests(value, forms, held_keys):
        yield from _ends(digest.hex())


class Wanted:
    """Ends of digests that were asked for, as `candidates` gives them."""

    def __init__(self, prefixes: Collection[str]) -> None:
        self._first = frozenset(bytes.fromhex(one) for one in prefixes if not one.startswith("~"))
        self._last = frozenset(bytes.fromhex(one[1:]) for one in prefixes if one.startswith("~"))

    def of(self, value: str, forms: set[str], held_keys: tuple[bytes, ...]) -> Iterator[str]:
        """Of the `prefixes` of a value those that were asked for; of the others nothing is spelled out."""
        for digest in _digests(value, forms, held_keys):
            if digest[: SHORTEST // 2] in self._first or digest[-SHORTEST // 2 :] in self._last:
                yield from _ends(digest.hex())


def _digests(value: str, forms: set[str], held_keys: tuple[bytes, ...]) -> Iterator[bytes]:
    spelled = {
        value,
        value.strip(),
        value.strip().upper(),
        value.strip().lower(),
        *forms,
        *(form.upper() for form in forms),
    }
    for text in spelled:
        data = text.encode("utf-8", "surrogatepass")
        for algorithm in _ALGORITHMS:
            yield algorithm(data).digest()
        for key in held_keys:
            yield hmac.digest(key, data, "sha256")


def _ends(digest: str) -> Iterator[str]:
    yield digest[:SHORTEST]
    yield f"~{digest[-SHORTEST:]}"


def candidates(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Runs of a text that may be a digest: half-open range, and what `prefixes` would give for them."""
    for match in _HEX.finditer(text):
        digits = match[1].replace("-", "").lower()
        yield *match.span(1), list(_ends(digits))
    for match in _BASE64.finditer(text):
        run = match[0].rstrip("=")[:_LONGEST].replace("-", "+").replace("_", "/")
        try:
            data = base64.b64decode(run[: len(run) // 4 * 4] + _tail(run), validate=True)
        except (binascii.Error, ValueError):
            continue
        if len(data) >= SHORTEST // 2:
            yield *match.span(), list(_ends(data.hex()))


def _tail(run: str) -> str:
    rest = run[len(run) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""
