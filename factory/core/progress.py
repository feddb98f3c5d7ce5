"""Progress of long work: a live line on a terminal, plain lines elsewhere, always on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from factory.core import logs


@contextmanager
def step(title: str) -> Iterator[None]:
    """Say that a piece of work begins, and how long it took when it ends.

    `title` is fixed text or names from the contract, never a value of the data.
    """
    began = time.monotonic()
    if sys.stderr.isatty() and not logs.is_json():
        from rich.console import Console

        console = Console(stderr=True)
        with console.status(title):
            yield
        console.print(f"[green]done[/green] {title} [dim]{time.monotonic() - began:.1f} s[/dim]", highlight=False)
    else:
        say(f"begin {title}")
        yield
        say(f"done {title} {time.monotonic() - began:.1f} s")


def say(line: str) -> None:
    """One line on standard error, at once; none where lines of JSON were asked for, since this one is a sentence."""
    if logs.is_json():
        return
    print(line, file=sys.stderr, flush=True)
