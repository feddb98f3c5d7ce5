"""What a piece of work cost: seconds, processor seconds, and the most memory it held with the processes it started.

The kernel keeps a process's greatest resident size (`VmHWM` in proc(5)) for its whole life; writing 5 to
/proc/self/clear_refs starts it anew, so that a stage is not charged for the one before it.
"""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.25
_PROC = Path("/proc")


@dataclass
class Usage:
    """Filled in when the work ends, whether well or not.

    `wall_s` and `cpu_s` in seconds; `peak_bytes` of this process and its children. Where the kernel cannot start its
    mark anew, `peak_of` is "process": the peak is then that of the process's whole life, an upper bound.
    """

    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_bytes: int = 0
    peak_of: str = "work"


@contextlib.contextmanager
def measured() -> Iterator[Usage]:
    """Measure the block. One at a time in a process: the kernel's mark is the process's."""
    usage = Usage(peak_of="work" if _reset_peak() else "process")
    family = _Family()
    family.start()
    began, cpu = time.monotonic(), _cpu()
    try:
        yield usage
    finally:
        usage.wall_s = round(time.monotonic() - began, 3)
        usage.cpu_s = round(_cpu() - cpu, 3)
        usage.peak_bytes = max(_own_peak(), family.stop())


class _Family(threading.Thread):
    """Looks a few times a second at what this process and all below it hold; only children make it more than VmHWM."""

    def __init__(self) -> None:
        super().__init__(name="memory", daemon=True)
        self._ended = threading.Event()
        self._peak = 0

    def run(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            if below := _below(os.getpid()):
                held = [_status(pid, "VmRSS") for pid in (os.getpid(), *below)]
                self._peak = max(self._peak, sum(held))

    def stop(self) -> int:
        """Bytes at the highest look; 0 where there were no children to look at."""
        self._ended.set()
        self.join()
        return self._peak


def _below(pid: int) -> list[int]:
    """Every process below `pid`. A file read a thread; empty where the kernel does not list children."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in (_PROC / str(pid) / "task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found + [deeper for child in found for deeper in _below(child)]


def _status(pid: int, field: str) -> int:
    """A field of /proc/PID/status in bytes; 0 where the process or the field is not there."""
    with contextlib.suppress(OSError, ValueError):
        for line in (_PROC / str(pid) / "status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == field:
                return int(value.split()[0]) * 1024
    return 0


def _reset_peak() -> bool:
    try:
        (_PROC / "self" / "clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _own_peak() -> int:
    # ru_maxrss is in KiB but on macOS, where it is in bytes; it knows the whole life only.
    unit = 1 if sys.platform == "darwin" else 1024
    return _status(os.getpid(), "VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _cpu() -> float:
    """Processor seconds of this process and of the children it has waited for."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in spent)
