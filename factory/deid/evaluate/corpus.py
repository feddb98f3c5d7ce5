"""A labelled corpus: documents, their gold spans, and which of the labels count."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from factory.deid.text.spans import PhiClass

if TYPE_CHECKING:
    from factory.deid.text import KnownPeople

Of = Literal["patient", "kin", "staff", "other"]

FORMATS = frozenset(
    {
        PhiClass.DATE,
        PhiClass.PHONE,
        PhiClass.EMAIL,
        PhiClass.URL,
        PhiClass.IP,
        PhiClass.ID,
        PhiClass.MRN,
        PhiClass.ACCOUNT,
        PhiClass.LICENCE,
        PhiClass.DEVICE,
        PhiClass.VEHICLE,
    }
)
"""Classes that have a form in any language, for text in a language whose names and addresses are not looked for."""

OWN_LANGUAGES = ("en", "zh")
_WORD = re.compile(r"[^\W\d_]{3,}")


class Gold(NamedTuple):
    """Characters `start` to `end` that an annotator marked `label`; `kind` None is neutral, neither owed nor wrong."""

    start: int
    end: int
    label: str
    kind: PhiClass | None
    of: Of = "other"


@dataclass(frozen=True)
class Document:
    """One text with its gold spans; documents of one `person` are handled together."""

    id: str
    text: str
    gold: tuple[Gold, ...]
    person: Hashable | None = None
    language: str = "en"


@dataclass(frozen=True)
class Corpus:
    """Documents, how their labels were mapped, and which labels are left out for what reason.

    `labelled` is False for text that holds no identifiers: only over-removal can be measured on it. `known` makes
    what the structured record knows of the people, in the form the detector takes; it may take a while.
    """

    name: str
    documents: list[Document]
    label_map: dict[str, PhiClass]
    excluded: dict[str, str] = field(default_factory=dict)
    labelled: bool = True
    known: Callable[[], KnownPeople] | None = None

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the documents, sorted."""
        return tuple(sorted({document.language for document in self.documents}))

    def in_language(self, language: str) -> Corpus:
        """The documents of one language; `zh` takes zh-Hans and zh-Hant with it."""
        kept = [d for d in self.documents if d.language == language or d.language.startswith(f"{language}-")]
        return replace(self, documents=kept)

    def formats_only(self) -> Corpus:
        """The same documents where only what has a form counts.

        In languages other than English and Chinese a date with a word in it (a month's name) is neutral too: it
        has no form that another language's reader could know.
        """
        documents = [replace(d, gold=tuple(_by_form(d, gold) for gold in d.gold)) for d in self.documents]
        reason = "no form common to all languages"
        others = {label: reason for label, kind in self.label_map.items() if kind not in FORMATS}
        return replace(self, documents=documents, excluded={**self.excluded, **others})


def _by_form(document: Document, gold: Gold) -> Gold:
    worded = (
        gold.kind is PhiClass.DATE
        and document.language.split("-")[0] not in OWN_LANGUAGES
        and _WORD.search(document.text, gold.start, gold.end) is not None
    )
    return gold if gold.kind in FORMATS and not worded else gold._replace(kind=None)
