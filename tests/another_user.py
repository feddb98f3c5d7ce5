"""This process as another user for a moment, for what that user may not do."""

import contextlib
import os
import tempfile
from pathlib import Path

import pytest

NOBODY = 65534


@contextlib.contextmanager
def as_nobody():
    """Run the block as nobody; the interpreter itself may lie where nobody cannot start it anew."""
    if os.geteuid() != 0:
        pytest.skip("only root can be another user")
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextlib.contextmanager
def folder_for_all():
    """A folder that every user may enter: pytest's own is closed to others."""
    with tempfile.TemporaryDirectory(prefix="factory-open-") as named:
        Path(named).chmod(0o755)
        yield Path(named)
