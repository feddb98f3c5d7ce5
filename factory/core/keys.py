"""Ed25519 signatures (RFC 8032) with a word in each that says what it was given for.

What is signed is `factory/<purpose>/v1`, a line feed, and the payload: a signature under a vote can
never be shown as one under a bundle.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from factory.core.errors import KeyInvalid, OutputExists
from factory.core.files import storage_errors

PASSPHRASE_VARIABLE = "FACTORY_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable
_LARGEST_KEY_FILE = 1 << 16
_PRIME = 2**255 - 19

# y of the points of order 1, 2, 4 and 8: under such a key anybody's signature verifies.
_EIGHTH = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD83D3D706A17C7
_WEAK = {0, 1, _PRIME - 1, _EIGHTH, _PRIME - _EIGHTH}


def generate() -> Ed25519PrivateKey:
    """A new private key."""
    return Ed25519PrivateKey.generate()


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half as people.yaml holds it: base64 of the 32 raw bytes."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii")


def is_public_text(text: str) -> bool:
    """True for base64 of a usable public key in its one encoding."""
    raw = _decoded(text, 32)
    if raw is None:
        return False
    y = int.from_bytes(raw, "little") & ((1 << 255) - 1)
    return y < _PRIME and y not in _WEAK


def write_private(path: Path, key: Ed25519PrivateKey) -> None:
    """Write PKCS8 PEM, readable by its owner only, under the passphrase of the environment if there is one.

    Raises: OutputExists when the file is there, StorageError, DiskFull.
    """
    secret = _passphrase()
    lock = serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise OutputExists(f"{path} exists; keys are never overwritten.", "Name another file with --out.") from None
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(pem)
                out.flush()
                os.fsync(out.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                path.unlink()
            raise


def load_private(path: Path) -> Ed25519PrivateKey:
    """Read a private key. Raises: KeyInvalid for anything else, and when the file cannot be read."""
    try:
        with path.open("rb") as handle:
            data = handle.read(_LARGEST_KEY_FILE)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "it cannot be read"
        raise KeyInvalid(f"The key file {path}: {reason}.", "Name the file `factory keys new` wrote.") from None
    secret = _passphrase()
    try:
        key = _parsed(data, secret)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyInvalid(
            f"{path.name} is not a private key in PEM, or {PASSPHRASE_VARIABLE} is not its passphrase.",
            "Make a key with: factory keys new",
        ) from None
    except TypeError:
        raise KeyInvalid(f"{path.name} is protected by a passphrase.", f"Set {PASSPHRASE_VARIABLE} to it.") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyInvalid(f"{path.name} is not an Ed25519 key.", "Make one with: factory keys new")
    return key


def sign(key: Ed25519PrivateKey, purpose: str, payload: bytes) -> str:
    """Base64 of the signature over `payload` for one purpose."""
    return base64.b64encode(key.sign(_framed(purpose, payload))).decode("ascii")


def verify(public: str, purpose: str, payload: bytes, signature: str) -> bool:
    """True when `signature` is that of the owner of `public` over `payload` for this purpose."""
    raw = _decoded(signature, 64)
    if raw is None or not is_public_text(public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(public)).verify(raw, _framed(purpose, payload))
    except (InvalidSignature, ValueError):
        return False
    return True


def _framed(purpose: str, payload: bytes) -> bytes:
    return b"factory/" + purpose.encode("ascii") + b"/v1\n" + payload


def _passphrase() -> bytes | None:
    return os.environ.get(PASSPHRASE_VARIABLE, "").encode() or None


def _parsed(data: bytes, secret: bytes | None) -> object:
    if secret and b"ENCRYPTED" not in data:
        # The variable may be set for another key of the same person.
        secret = None
    return serialization.load_pem_private_key(data, secret)


def _decoded(text: str, size: int) -> bytes | None:
    """Bytes of base64 text of that size in its one spelling: spare bits and line breaks are refused."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == size and base64.b64encode(raw).decode("ascii") == text else None
