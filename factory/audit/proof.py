"""What a bundle shows of the log: chosen entries, and proof that they stood in the tree of one root."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from factory.audit import merkle
from factory.audit.log import Entry
from factory.core.documents import Digest, Document


class Included(Document):
    """An entry and its audit path, nearest sibling first."""

    entry: Entry
    path: tuple[Digest, ...]


class Proof(Document):
    """Size and root of the tree, and the entries shown to be in it."""

    format: Literal[1] = 1
    size: int
    root: Digest
    entries: tuple[Included, ...]

    def holds(self) -> bool:
        """True when every entry is in the tree, under its own number, and each only once."""
        numbers = [item.entry.number for item in self.entries]
        return numbers == sorted(set(numbers)) and all(self._holds(item) for item in self.entries)

    def _holds(self, item: Included) -> bool:
        path = [bytes.fromhex(step) for step in item.path]
        root = bytes.fromhex(self.root)
        return merkle.included(item.entry.leaf(), item.entry.number - 1, self.size, path, root)


def prove(entries: tuple[Entry, ...], subjects: Collection[str]) -> Proof:
    """A proof for the entries about `subjects`, against the tree of all `entries`."""
    leaves = [entry.leaf() for entry in entries]
    shown = tuple(
        Included(entry=entry, path=tuple(step.hex() for step in merkle.inclusion_proof(leaves, number)))
        for number, entry in enumerate(entries)
        if entry.subject in subjects
    )
    return Proof(size=len(entries), root=merkle.root(leaves).hex(), entries=shown)
