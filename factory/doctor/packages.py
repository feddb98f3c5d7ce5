"""Python, the packages of each extra, PyTorch's build, and Prefect with the FastAPI it runs on."""

from __future__ import annotations

import contextlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from factory.doctor.finding import Finding, Level, Machine, Purpose, fine

DISTRIBUTION = "clinical-data-factory"
OLDEST_PYTHON = (3, 11)
NEEDED = {Purpose.LINE: ("produce",), Purpose.ROOM: ("serve",), Purpose.LICENSEE: ()}
"""Extras each purpose cannot do without; the base packages all need."""
OPTIONAL = {
    "pdf": "the dossier on paper",
    "postgres": "a store in PostgreSQL",
    "s3": "sealed files in what speaks S3",
    "dp": "the engine `dp`",
    "argn": "the engine `argn`",
}
_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*([^;]*?)\s*(?:;.*extra == ['\"]([^'\"]+)['\"].*)?$")


def python(_: Machine) -> Iterator[Finding]:
    """The interpreter's version."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        yield Finding("python", Level.FAIL, f"Python {version} is too old.", "Install Python 3.11 or later.")
    else:
        yield fine("python", f"Python {version}.")


def extras(machine: Machine) -> Iterator[Finding]:
    """The packages of what this machine is for, and which of the optional ones are there."""
    needed = {extra for purpose in machine.purposes for extra in NEEDED[purpose]}
    if machine.store.startswith("postgres"):
        needed.add("postgres")
    try:
        wanted = _requirements()
    except metadata.PackageNotFoundError:
        yield Finding(
            "packages", Level.WARN, "The factory itself is not installed, so what it needs cannot be told.",
            "Install it from its folder: pip install -e .",
        )  # fmt: skip
        return
    for extra in ("", *sorted(needed)):
        yield _packages(extra, wanted.get(extra, []))
    for extra, what in sorted(OPTIONAL.items()):
        if extra not in needed:
            lacking = _lacking(wanted.get(extra, []))
            there = "installed" if not lacking else "not installed"
            yield fine(f"packages {extra}", f"For {what}, if wanted: {there}.")


def _packages(extra: str, wanted: list[tuple[str, str]]) -> Finding:
    name = f"packages {extra or 'base'}"
    lacking = _lacking(wanted)
    if not lacking:
        return fine(name, f"All {len(wanted)} are there, in versions that fit.")
    which = f"{DISTRIBUTION}[{extra}]" if extra else DISTRIBUTION
    return Finding(
        name, Level.FAIL, f"{len(lacking)} of {len(wanted)} do not fit: {'; '.join(lacking)}.",
        f"Set up again with `make setup`, or: pip install -c constraints.txt '{which}'",
    )  # fmt: skip


def _requirements() -> dict[str, list[tuple[str, str]]]:
    """Name and version specifier of each requirement, by extra; `""` holds the base."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in metadata.requires(DISTRIBUTION) or []:
        if match := _REQUIREMENT.match(line):
            found.setdefault(match[3] or "", []).append((match[1], match[2]))
    return found


def _lacking(wanted: list[tuple[str, str]]) -> list[str]:
    return [said for name, specifier in wanted if (said := _unfit(name, specifier))]


def _unfit(name: str, specifier: str) -> str:
    """Why a package does not fit, or nothing."""
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f"{name} is not installed"
    # Part of no extra of its own; where it is missing, that the package is there must be enough.
    with contextlib.suppress(ImportError):
        from packaging.specifiers import SpecifierSet

        if not SpecifierSet(specifier).contains(version, prereleases=True):
            return f"{name} {version} is not {specifier}"
    return ""


def torch(machine: Machine) -> Iterator[Finding]:
    """PyTorch, which SDV needs, and what its build is for. Read rather than imported: that takes seconds."""
    if Purpose.LINE not in machine.purposes:
        return
    mend = "Run `make setup`, which installs a CPU build of a few hundred MB before SDV asks for one."
    place = _place("torch")
    if place is None:
        yield Finding("torch", Level.FAIL, "PyTorch is not installed; SDV's engines need it.", mend)
        return
    version = place / "version.py"
    text = version.read_text() if version.is_file() else ""
    build = re.search(r"^cuda[^=]*= *['\"]([^'\"]+)", text, re.MULTILINE)
    if build:
        yield Finding(
            "torch",
            Level.WARN,
            f"PyTorch is a CUDA {build[1]} build of several GB; nothing here uses a graphics card.",
            mend,
        )
    else:
        yield fine("torch", "PyTorch is there, a CPU build.")


def prefect(machine: Machine) -> Iterator[Finding]:
    """Prefect, the FastAPI its server runs on, and whether our flows can be found."""
    if Purpose.LINE not in machine.purposes:
        return
    if _place("prefect") is None:
        yield Finding(
            "prefect", Level.FAIL, "Prefect is not installed.",
            f"pip install -c constraints.txt '{DISTRIBUTION}[produce]', or run with --plain.",
        )  # fmt: skip
        return
    with contextlib.suppress(metadata.PackageNotFoundError):
        fastapi = metadata.version("fastapi")
        if tuple(map(int, fastapi.split(".")[:2])) >= (0, 151):
            yield Finding(
                "prefect", Level.FAIL, f"Prefect's server does not start with FastAPI {fastapi}.",
                "pip install 'fastapi>=0.139,<0.151'",
            )  # fmt: skip
            return
    if not metadata.entry_points(group="factory.runners"):
        yield Finding(
            "prefect", Level.FAIL, "Prefect is there, but the flows are not installed.",
            "Install the factory from its folder: pip install -e .",
        )  # fmt: skip
        return
    yield fine("prefect", f"Prefect {metadata.version('prefect')}, and the flows are found.")


def _place(package: str) -> Path | None:
    """Folder of a package that could be imported; None where it could not."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):  # what an import hook or a blocked name comes to
        return None
    where = list(spec.submodule_search_locations or []) if spec else []
    return Path(where[0]) if where else None
