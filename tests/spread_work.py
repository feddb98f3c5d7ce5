"""Work that the tests spread: it says where it was done, dies, or fails with a cell in its message."""

import os
import signal
import time
from pathlib import Path

from factory.core.errors import OrphanRow

CELL = "Chan Tai Man"


def where(number, met=""):
    """Says who did it; in the folder `met` two processes wait for each other, so that one cannot do all."""
    if met:
        (Path(met) / str(os.getpid())).touch()
        until = time.monotonic() + 60
        while len(list(Path(met).iterdir())) < 2 and time.monotonic() < until:
            time.sleep(0.02)
    return {"number": number, "process": os.getpid()}


def dies_once(number, mark):
    """The first to come to it with number 2 is killed as the kernel does when memory runs out."""
    if number == 2 and not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def dies(number):
    os.kill(os.getpid(), signal.SIGKILL)


def quotes(number):
    if number == 1:
        raise ValueError(f"could not convert {CELL}")
    return number


def refuses(number):
    raise OrphanRow(f"{number} rows are lost.", "Find them.")
