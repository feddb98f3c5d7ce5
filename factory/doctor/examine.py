"""All looks, in the order people would take them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from factory.core.guard import sentence_of
from factory.doctor import clock, folders, packages, programs, resources, store
from factory.doctor.finding import Finding, Level, Machine

Look = Callable[[Machine], Iterable[Finding]]

LOOKS: tuple[Look, ...] = (
    packages.python,
    packages.extras,
    packages.torch,
    packages.prefect,
    programs.chromium,
    programs.postgresql,
    programs.paper,
    store.store,
    folders.writable,
    folders.space,
    clock.clock,
    resources.memory,
    resources.processors,
    resources.open_files,
    resources.encoding,
    resources.way_out,
)


def examine(machine: Machine) -> list[Finding]:
    """Every finding about `machine`. A look that breaks is a finding itself, so that the others are still made."""
    found: list[Finding] = []
    for look in LOOKS:
        try:
            found += look(machine)
        except Exception as error:  # noqa: BLE001 - the doctor is for machines on which nothing can be relied on
            said = sentence_of(error)
            found.append(Finding(look.__name__.replace("_", " "), Level.FAIL, said.message, said.fix, said.exit_code))
    return found
