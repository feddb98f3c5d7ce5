"""Layer (a): what a person's record says, looked up in that person's documents in every notation."""

from __future__ import annotations

from factory.deid.text.records.known import KnownPeople, Record, known_people, record_of
from factory.deid.text.records.match import find

__all__ = ["KnownPeople", "Record", "find", "known_people", "record_of"]
