"""Work that the tests spread: it says where it was done, dies, or fails with a cell in its message."""

import os
import signal
import time
from pathlib import Path

from factory.core.errors import OrphanRow

CELL = "Chan Tai Man"


def where(number):
    time.sleep(0.2)
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
