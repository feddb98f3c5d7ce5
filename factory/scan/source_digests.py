"""Digests of source identifiers: which a release could hold, and which runs of a text may be one."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator

SHORTEST = 12
_ALGORITHMS = ("md5", "sha1", "sha256", "sha512", "blake2b")
_HEX = re.compile(
    r"(?<![0-9A-Za-z])(?:0x)?([0-9A-Fa-f]{12,}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})(?![0-9A-Za-z])"
)
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}")
_LONGEST = 256


def prefixes(value: str, forms: set[str], held_keys: tuple[bytes, ...]) -> Iterator[str]:
    """First and last twelve hexadecimal digits of every digest of a value in its spellings."""
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
        for name in _ALGORITHMS:
            yield from _ends(hashlib.new(name, data, usedforsecurity=False).hexdigest())
        yield from _ends(hashlib.blake2b(data, digest_size=32).hexdigest())
        for key in held_keys:
            yield from _ends(hmac.new(key, data, hashlib.sha256).hexdigest())


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
