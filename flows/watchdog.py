"""Ending Prefect's ephemeral server when this process is killed before it can do so itself.

Prefect starts the server as a child and ends it at exit; after SIGKILL it would go on for ever, holding the database.
A small process waits for our end of a pipe to close, which the kernel does however we die, and then ends whatever still
carries this run's mark in its environment. Where there is no /proc nothing is started.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

MARK = "FACTORY_RUNNER"

_WAIT_AND_END = """
import os, signal, sys
sys.stdin.buffer.read()
mark = sys.argv[1].encode()
for name in filter(str.isdigit, os.listdir("/proc")):
    try:
        with open(f"/proc/{name}/environ", "rb") as handle:
            if mark in handle.read() and int(name) != os.getpid():
                os.kill(int(name), signal.SIGTERM)
    except OSError:
        pass
"""


def start() -> None:
    """Mark this process's children-to-be, and start the process that outlives it by a moment."""
    if not Path("/proc/self/environ").exists():
        return
    bare = {name: value for name, value in os.environ.items() if name != MARK}
    mark = f"{MARK}={secrets.token_hex(12)}"
    ours, theirs = os.pipe()
    subprocess.Popen(  # noqa: S603 - our own interpreter and our own text
        [sys.executable, "-S", "-c", _WAIT_AND_END, mark],
        stdin=ours,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=bare,
        start_new_session=True,
    )
    os.close(ours)
    os.set_inheritable(theirs, False)
    os.environ[MARK] = mark.partition("=")[2]
