"""Programs and libraries of the system: Chromium, PostgreSQL, and what sets the dossier on paper."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from factory.doctor.finding import Finding, Level, Machine, Purpose, fine

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
    "libfontconfig.so.1": "libfontconfig1",
}
"""What WeasyPrint loads, and the package of Debian that holds it."""


def chromium(machine: Machine) -> Iterator[Finding]:
    """The browser of the tests; nothing else needs one on this machine."""
    if machine.purposes == {Purpose.LICENSEE}:
        return
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        yield fine("chromium", "Chromium is there, for the tests of what a browser shows.")
    else:
        yield Finding(
            "chromium", Level.WARN, "Chromium is not found: tests of the pages are skipped. Nothing else needs it.",
            "On Debian: apt-get install chromium",
        )  # fmt: skip


def postgresql(machine: Machine) -> Iterator[Finding]:
    """PostgreSQL's own programs; needed on this machine only where no --store names a server elsewhere."""
    if machine.purposes == {Purpose.LICENSEE}:
        return
    path = os.pathsep.join([*map(str, sorted(DEBIAN_POSTGRESQL.glob("*/bin"))), os.environ.get("PATH", "")])
    if shutil.which("postgres", path=path):
        yield fine("postgresql", "PostgreSQL's server is installed here.")
    elif machine.store.startswith("postgres"):
        yield fine("postgresql", "No PostgreSQL server is installed here; the store names one.")
    else:
        yield Finding(
            "postgresql", Level.WARN,
            "PostgreSQL is not installed; the store and Prefect use SQLite, which serves a few runs at once.",
            "On Debian: apt-get install postgresql; then give --store postgresql://user@host/name",
        )  # fmt: skip


def paper(machine: Machine) -> Iterator[Finding]:
    """Libraries and Chinese fonts for the dossier as PDF."""
    if machine.purposes == {Purpose.LICENSEE}:
        return
    lacking = [package for library, package in LIBRARIES.items() if not _loads(library)]
    if lacking:
        yield Finding(
            "pdf", Level.WARN, f"The dossier cannot be set as PDF: {', '.join(lacking)} cannot be loaded.",
            f"On Debian: apt-get install {' '.join(lacking)}",
        )  # fmt: skip
    elif not _chinese_fonts():
        yield Finding(
            "pdf", Level.WARN, "No font with Chinese characters is found; a PDF in Chinese would be refused.",
            "On Debian: apt-get install fontconfig fonts-noto-cjk",
        )  # fmt: skip
    else:
        yield fine("pdf", "Pango and a font with Chinese characters are there.")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _chinese_fonts() -> bool:
    program = shutil.which("fc-list")
    if program is None:
        return False
    asked = subprocess.run(  # noqa: S603 - fontconfig's own program
        [program, ":lang=zh", "family"], capture_output=True, check=False, timeout=60
    )
    return bool(asked.stdout.strip())
