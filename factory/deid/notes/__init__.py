"""Text files of any size and encoding, and the record of the person they are about."""

from __future__ import annotations

from factory.deid.notes.encoding import decode
from factory.deid.notes.pieces import pieces
from factory.deid.notes.record import known_record

__all__ = ["decode", "known_record", "pieces"]
