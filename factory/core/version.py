"""Which code ran: the version, and a digest of the sources so that an edit makes stages run again."""

from __future__ import annotations

import functools
import hashlib
from importlib import metadata
from pathlib import Path

ENGINES = ("sdv", "rdt", "copulas", "pandas", "numpy", "scipy", "pyarrow", "scikit-learn")


@functools.cache
def code_digest() -> str:
    """SHA-256 over the package's sources and the versions of what computes values."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".yaml", ".j2"):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    for name in ENGINES:
        digest.update(f"{name}={package_version(name)}".encode())
    return digest.hexdigest()


def package_version(name: str) -> str:
    """Installed version of a distribution, or `absent`."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"
