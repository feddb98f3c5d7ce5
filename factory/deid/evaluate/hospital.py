"""A hospital's own export with a gold standard of its notes: documents of persons, and what the register knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from factory.core.errors import BrokenFile
from factory.deid.evaluate.corpus import Corpus, Document, Gold
from factory.deid.evaluate.reading import json_lines, span_of
from factory.deid.text.spans import PhiClass

if TYPE_CHECKING:
    from factory.deid.text import KnownPeople

LABELS = {kind.value: kind for kind in PhiClass}
GOLD = "notes_gold.jsonl"
CONTRACT = "contract.yaml"


def read(folder: Path) -> Corpus:
    """patients, encounters and notes (csv or parquet), notes_gold.jsonl and contract.yaml of one folder.

    Raises: DataError, ContractError, StorageError.
    """
    gold = {str(row["note_id"]): row["spans"] for row in json_lines(folder / GOLD)}
    frames = _frames(folder, ("encounters", "notes"))
    people = dict(zip(frames["encounters"]["encounter_id"], frames["encounters"]["mrn"], strict=True))
    notes = frames["notes"]
    documents = []
    for note, encounter, language, text in zip(
        notes["note_id"], notes["encounter_id"], notes["language"], notes["text"], strict=True
    ):
        if note not in gold:
            raise BrokenFile(f"{GOLD} has no line for a note of {folder.name}.", "Simulate the hospital again.")
        spans = tuple(_gold(str(text), span, folder / GOLD) for span in gold[note])
        documents.append(Document(str(note), str(text), spans, people.get(encounter), str(language)))
    return Corpus("hospital", documents, LABELS, known=_register(folder))


def _gold(text: str, span: dict[str, Any], path: Path) -> Gold:
    start, end, label = span_of(text, span["start"], span["end"], span["class"], path)
    return Gold(start, end, label, LABELS.get(label), span["of"])


def _frames(folder: Path, names: tuple[str, ...]) -> dict[str, Any]:
    from factory.formats.files import find, read

    return {name: read(find(folder, name), ("",)).to_pandas() for name in names}


def _register(folder: Path) -> Callable[[], KnownPeople]:
    def known() -> KnownPeople:
        from factory.contract.load import load
        from factory.deid.text import known_people

        contract = load(folder / CONTRACT)
        return known_people(contract, _frames(folder, tuple(contract.tables)))

    return known
