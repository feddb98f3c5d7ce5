"""Memory, processors, open files, the encoding of text, and whether there is a way out of this machine."""

from __future__ import annotations

import contextlib
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

from factory.core.threads import processors as usable
from factory.doctor.finding import Finding, Level, Machine, Purpose, fine

GB = 1 << 30
LEAST_MEMORY = 2 * GB
GOOD_MEMORY = 6 * GB
LEAST_OPEN_FILES = 1024
"""Partitions, connections and the files of a flow together stay below this."""
_CONTROL_GROUP = Path("/sys/fs/cgroup/memory.max")
_ROUTES = (Path("/proc/net/route"), Path("/proc/net/ipv6_route"))


def memory(_: Machine) -> Iterator[Finding]:
    """Memory that is to be had now, or all that this control group may take."""
    have = _available()
    if have is None:
        yield Finding("memory", Level.WARN, "The system does not say how much memory there is.", "Have 6 GB free.")
        return
    mend = "Use a machine or a container with more memory, or fewer people at a time."
    said = f"{have / GB:.1f} GB of memory to be had"
    if have < LEAST_MEMORY:
        yield Finding(
            "memory", Level.FAIL, f"{said}, less than the {LEAST_MEMORY // GB} GB that a small run takes.", mend
        )
    elif have < GOOD_MEMORY:
        yield Finding("memory", Level.WARN, f"{said}; a large run takes up to {GOOD_MEMORY // GB} GB.", mend)
    else:
        yield fine("memory", f"{said}.")


def _available() -> int | None:
    found: list[int] = []
    with contextlib.suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/meminfo").read_text().splitlines()
        found.append(int(next(line for line in lines if line.startswith("MemAvailable")).split()[1]) * 1024)
    with contextlib.suppress(OSError, ValueError):  # "max" where the group has no limit
        found.append(int(_CONTROL_GROUP.read_text()))
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit != resource.RLIM_INFINITY:
        found.append(limit)
    return min(found) if found else None


def processors(_: Machine) -> Iterator[Finding]:
    """Processors this process may use."""
    count = usable()
    if count < 2:
        yield Finding("processors", Level.WARN, "One processor: a run and the server wait for each other.", "Have two.")
    else:
        yield fine("processors", f"{count} processors.")


def open_files(_: Machine) -> Iterator[Finding]:
    """How many files a process may hold open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < LEAST_OPEN_FILES:
        most = "more" if hard == resource.RLIM_INFINITY else min(hard, 65_536)
        yield Finding(
            "open files", Level.WARN, f"A process may hold {soft} files open, fewer than {LEAST_OPEN_FILES}.",
            f"Raise it where the factory is started: ulimit -n {most}, or LimitNOFILE= of the systemd unit.",
        )  # fmt: skip
    else:
        yield fine("open files", "A process may hold enough files open.")


def encoding(_: Machine) -> Iterator[Finding]:
    """Text is UTF-8 everywhere here; another locale garbles Chinese, or ends the process."""
    import locale

    used = {
        "text files": locale.getpreferredencoding(False),
        "file names": sys.getfilesystemencoding(),
        "the terminal": sys.stdout.encoding or "",
    }
    other = [f"{what} ({name})" for what, name in used.items() if name.lower().replace("-", "") != "utf8"]
    if other:
        yield Finding(
            "encoding", Level.FAIL, f"Not UTF-8: {', '.join(other)}.", "Set LC_ALL=C.UTF-8 and unset PYTHONIOENCODING."
        )
    else:
        yield fine("encoding", "Text is UTF-8.")


def way_out(machine: Machine) -> Iterator[Finding]:
    """Whether the kernel knows a way to other networks; read from its tables, nothing is sent."""
    if Purpose.LINE not in machine.purposes:
        return
    if any(_has_default(path) for path in _ROUTES):
        yield Finding(
            "network", Level.WARN, "This machine has a way out to other networks. The source zone needs none.",
            "Run the source zone's worker without one: RestrictAddressFamilies= and IPAddressDeny= in flows/deploy.",
        )  # fmt: skip
    else:
        yield fine("network", "The kernel knows no way out of this machine.")


def _has_default(path: Path) -> bool:
    with contextlib.suppress(OSError):
        for line in path.read_text().splitlines():
            words = line.split()
            if path.name == "route" and words[1] == "00000000" and words[7] == "00000000":
                return True
            # Destination ::/0 on another device than loopback, where the kernel keeps its `unreachable` entry.
            if path.name == "ipv6_route" and words[0].strip("0") == "" and words[1] == "00" and words[9] != "lo":
                return True
    return False
